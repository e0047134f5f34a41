"""Another subject takes a place: people are led to one that is on show there already, or one goes on show instead."""

from collections.abc import Sequence

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.models import Release, Subject
from opsplatform.release.services import on_show
from opsplatform.release.services.releasing import release
from opsplatform.release.subjects import kind_of

_PAST = {Release.Ending.REDIRECTED: "redirected", Release.Ending.REPLACED: "replaced"}


@transaction.atomic
def redirect(
    *,
    actor: User,
    subject_id: int,
    successor_id: int,
    divisions: Sequence[Division],
    note: str,
    public_note: str = "",
) -> list[Release]:
    """The subject is off show in the divisions, and people there are led to the other, which is on show there."""
    note = require_note(note)
    subject, successor = _lock_both(subject_id, successor_id)
    on_show.require_in(actor, "withdraw", subject, divisions)
    shown = on_show.lock_live(successor)
    missing = [division.name for division in divisions if division.pk not in shown]
    if missing:
        raise WrongState(f"“{successor}”在{'、'.join(missing)}没有上线，不能跳转过去。")
    public_note = on_show.public_sentence(public_note, f"请改办“{successor}”。")
    return _hand_over(actor, subject, successor, divisions, Release.Ending.REDIRECTED, note, public_note)


@transaction.atomic
def replace(
    *,
    actor: User,
    subject_id: int,
    successor_id: int,
    version_number: int,
    divisions: Sequence[Division],
    note: str,
    public_note: str = "",
) -> list[Release]:
    """The other subject's approved version is on show in the divisions in place of the subject, or nothing changed.

    Raises WrongState where a division has to decide about that version first.
    """
    note = require_note(note)
    subject, successor = _lock_both(subject_id, successor_id)
    on_show.require_in(actor, "withdraw", subject, divisions)
    release(
        actor=actor,
        subject_id=successor.pk,
        version_number=version_number,
        divisions=divisions,
        note=f"替换“{subject}”：{note}",
        public_note=public_note,
    )
    shown = on_show.lock_live(successor)
    held = [one.name for one in divisions if one.pk not in shown or shown[one.pk].version.number != version_number]
    if held:
        raise WrongState(
            f"“{successor}”的版本 {version_number} 与{'、'.join(held)}的改动有冲突，不能直接替换。"
            "请先发布它，由本区决定，上线后再跳转过去。"
        )
    public_note = on_show.public_sentence(public_note, f"已由“{successor}”替换。")
    return _hand_over(actor, subject, successor, divisions, Release.Ending.REPLACED, note, public_note)


def _lock_both(subject_id: int, successor_id: int) -> tuple[Subject, Subject]:
    if subject_id == successor_id:
        raise WrongState("不能改办它自己，请另选一个。")
    locked = selectors.lock_subjects((subject_id, successor_id))
    return locked[subject_id], locked[successor_id]


def _hand_over(
    actor: User,
    subject: Subject,
    successor: Subject,
    divisions: Sequence[Division],
    ending: Release.Ending,
    note: str,
    public_note: str,
) -> list[Release]:
    live = on_show.lock_live(subject)
    missing = [division.name for division in divisions if division.pk not in live]
    if missing:
        raise WrongState(f"“{subject}”在{'、'.join(missing)}没有上线。")
    moment = on_show.moment_after(subject)
    ended = [live[division.pk] for division in divisions]
    for row in ended:
        on_show.end(
            row, actor=actor, ending=ending, note=note, public_note=public_note, moment=moment, successor=successor
        )
        on_show.end_pause(row)
        trail.record(
            actor, f"{subject.kind}.{_PAST[ending]}", subject, division=row.division.code, reason=note,
            digest=row.package_id, successor=successor.code,
        )  # fmt: skip
    kind_of(subject).released(subject, divisions)
    return ended
