"""Expiry: a release whose effective period is over ends by itself."""

from collections.abc import Collection, Sequence

from django.db import transaction

from opsplatform.audit import trail
from opsplatform.jobs.services import asking
from opsplatform.kernel import clock
from opsplatform.release import selectors
from opsplatform.release.models import Release, Subject
from opsplatform.release.services import on_show
from opsplatform.release.subjects import kind_of

EXPIRE = "release.expire"  # the kind of work that does this


def ask_to_expire(releases: Sequence[Release]) -> None:
    """What begins with an end to its period will end then, each for itself."""
    for until in sorted({row.effective_until for row in releases if row.effective_until is not None}):
        rows = [row for row in releases if row.effective_until == until]
        asking.ask(EXPIRE, payload={"releases": [str(row.pk) for row in rows]}, due_at=until)


@transaction.atomic
def expire(release_id: int) -> None:
    """The release has ended, if it was still on show and its period is over; whoever released it answers for that."""
    row = Release.objects.filter(pk=release_id).only("subject_id").first()
    if row is None:
        return
    subject = selectors.lock_subject(row.subject_id)
    expire_overdue(subject, [live for live in on_show.lock_live(subject).values() if live.pk == release_id])


def expire_overdue(subject: Subject, shown: Collection[Release]) -> list[Release]:
    """Those of the locked releases of the subject whose period is over have ended; the others are returned."""
    now = clock.now()
    due = [live for live in shown if live.effective_until is not None and live.effective_until <= now]
    for live in due:
        note, actor = "有效期已满。", live.released_by
        on_show.end(
            live, actor=actor, ending=Release.Ending.EXPIRED, note=note, public_note=note,
            moment=on_show.moment_after(subject),
        )  # fmt: skip
        on_show.end_pause(live)
        trail.record(
            actor, f"{subject.kind}.expired", subject, division=live.division.code, reason=note, digest=live.package_id
        )
        kind_of(subject).released(subject, [live.division])
    return [live for live in shown if live not in due]
