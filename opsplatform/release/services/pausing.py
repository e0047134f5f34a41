"""Pauses: a subject stays on show, its bytes unchanged, while nobody may apply; applicants are told why."""

from collections.abc import Sequence

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import Invalid, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.models import Pause
from opsplatform.release.services import on_show
from opsplatform.release.services.announcing import announce_paused, announce_resumed

LONGEST_MESSAGE = 300  # characters: it stands at the head of a form on a phone


@transaction.atomic
def pause(*, actor: User, subject_id: int, divisions: Sequence[Division], message: str, note: str) -> list[Pause]:
    """Applications are paused in the divisions with this message; a pause that stood there gives way to this one."""
    note, message = require_note(note), _require_message(message)
    subject = selectors.lock_subject(subject_id)
    on_show.require_in(actor, "pause", subject, divisions)
    live = on_show.lock_live(subject)
    missing = [division.name for division in divisions if division.pk not in live]
    if missing:
        raise WrongState(f"“{subject}”在{'、'.join(missing)}没有上线，谈不上暂停。")
    moment = on_show.moment_after(subject)
    standing = Pause.objects.open().filter(subject=subject, division__in=divisions)
    standing.update(resumed_at=moment, resumed_by=actor, resume_note="换了给申请人的话。")
    pauses = []
    for division in divisions:
        pauses.append(
            Pause.objects.create(
                subject=subject, division=division, message=message, note=note, paused_by=actor, paused_at=moment
            )
        )
        announce_paused(live[division.pk], pauses[-1])
        trail.record(actor, f"{subject.kind}.paused", subject, division=division.code, reason=note, message=message)
    return pauses


@transaction.atomic
def resume(*, actor: User, subject_id: int, divisions: Sequence[Division], note: str) -> list[Pause]:
    """Applications are open again in those of the divisions where they were paused."""
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    on_show.require_in(actor, "pause", subject, divisions)
    pauses = list(Pause.objects.open().filter(subject=subject, division__in=divisions).select_related("division"))
    if not pauses:
        raise WrongState(f"“{subject}”在所选区划没有暂停受理。")
    live, moment = on_show.lock_live(subject), on_show.moment_after(subject)
    for row in pauses:
        row.resumed_at, row.resumed_by, row.resume_note = moment, actor, note
        row.save(update_fields=["resumed_at", "resumed_by", "resume_note"])
        announce_resumed(live[row.division_id], at=moment)
        trail.record(actor, f"{subject.kind}.resumed", subject, division=row.division.code, reason=note)
    return pauses


def _require_message(message: str) -> str:
    stripped = message.strip()
    if not stripped:
        raise Invalid(problems=(Problem("/message", "required", "请写明给申请人的话。"),))
    if len(stripped) > LONGEST_MESSAGE:
        sentence = f"给申请人的话最多 {LONGEST_MESSAGE} 个字。"
        raise Invalid(problems=(Problem("/message", "too_long", sentence),))
    return stripped
