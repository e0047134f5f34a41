"""Withdrawal: nothing of a subject is on show in divisions any more, and nothing takes its place."""

from collections.abc import Sequence

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.models import Release
from opsplatform.release.services import on_show
from opsplatform.release.subjects import kind_of


@transaction.atomic
def withdraw(
    *, actor: User, subject_id: int, divisions: Sequence[Division], note: str, public_note: str = ""
) -> list[Release]:
    """Nothing of the subject is on show in the divisions any more; the history keeps what was."""
    note = require_note(note)
    public_note = on_show.public_sentence(public_note, "已停止办理。")
    subject = selectors.lock_subject(subject_id)
    on_show.require_in(actor, "withdraw", subject, divisions)
    live = on_show.lock_live(subject)
    ended = [live[division.pk] for division in divisions if division.pk in live]
    if not ended:
        raise WrongState(f"“{subject}”在所选区划没有在用的版本。")
    moment = on_show.moment_after(subject)
    for row in ended:
        on_show.end(
            row, actor=actor, ending=Release.Ending.WITHDRAWN, note=note, public_note=public_note, moment=moment
        )
        on_show.end_pause(row)
        trail.record(
            actor, f"{subject.kind}.withdrawn", subject, division=row.division.code, reason=note,
            digest=row.package_id,
        )  # fmt: skip
    kind_of(subject).released(subject, divisions)
    return ended
