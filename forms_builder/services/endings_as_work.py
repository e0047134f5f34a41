"""Ending a code: at once where few places follow, else by background work.

What can be judged when it is asked for is judged then; the work judges again, with the rights and revisions of then.
"""

from datetime import date
from typing import Any

from django.db import transaction

from forms_builder.models import DictionaryEntry
from forms_builder.services import where_used
from forms_builder.services.ending_codes import Decision, Ending, Successor, end_code, judged_for_ending
from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import asking
from opsplatform.kernel.errors import WrongState

END = "forms_builder.end_code"  # the kind of work that does this
ENTRY = DictionaryEntry._meta.label_lower  # what such work says it is about
AT_ONCE = 40  # documents and rows that a request rewrites: each takes some hundredths of a second


@transaction.atomic
def end_or_ask(*, actor: User, ending: Ending, expected_revision: int | None, note: str) -> DictionaryEntry | Job:
    """The code has its last day, or work that gives it one is asked for.

    Raises what `end_code` raises, short of what single places refuse; then nothing was changed and nothing asked for.
    """
    if _count_places(ending) <= AT_ONCE:
        return end_code(actor=actor, ending=ending, expected_revision=expected_revision, note=note)
    judged = judged_for_ending(actor, ending, expected_revision, note)
    payload = {"actor": actor.pk, "note": judged.note, "seen": expected_revision, **_spelled(ending)}
    job = asking.ask(
        END,
        actor=actor,
        payload=payload,
        dedupe_key=f"{END}:{judged.entry.audit_key}",
        object_type=ENTRY,
        object_key=judged.entry.audit_key,
    )
    if job.payload != payload:
        raise WrongState("这个代码已有一项后台任务在等候，请等它完成，或先取消它。")
    return job


def end_as_asked(payload: dict[str, Any]) -> DictionaryEntry:
    """The code ends as it was asked for, in the name of who asked."""
    ending = Ending(
        dictionary=payload["dictionary"],
        code=payload["code"],
        last_day=date.fromisoformat(payload["last_day"]),
        successors=tuple(Successor(code, name) for code, name in payload["successors"]),
        decisions={place: Decision(tuple(codes), ends) for place, codes, ends in payload["decisions"]},
    )
    actor = User.objects.get(pk=payload["actor"])
    return end_code(actor=actor, ending=ending, expected_revision=payload["seen"], note=payload["note"])


def _spelled(ending: Ending) -> dict[str, Any]:
    return {
        "dictionary": ending.dictionary,
        "code": ending.code,
        "last_day": ending.last_day.isoformat(),
        "successors": [[one.code, one.name] for one in ending.successors],
        "decisions": [[place, list(one.codes), one.ends] for place, one in ending.decisions.items()],
    }


def _count_places(ending: Ending) -> int:
    uses = where_used.outliving(ending.dictionary, ending.code, ending.last_day)
    return len({(use.source, use.key) for use in uses})
