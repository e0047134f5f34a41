"""What the change feed says of releases: one event for each act, which tells how the subject stands there now."""

from datetime import datetime
from typing import Any

from opsplatform.feed import vocabulary
from opsplatform.feed.services.announcing import announce
from opsplatform.release.models import Pause, Release
from opsplatform.release.subjects import kind_of

BEGUN = vocabulary.register("release.begun", "上线")
ENDED = vocabulary.register("release.ended", "不再在用", is_end=True)
PAUSED = vocabulary.register("release.paused", "暂停受理")
RESUMED = vocabulary.register("release.resumed", "恢复受理")


def announce_begun(release: Release) -> None:
    """Outsiders learn that the release is on show, in place of whatever was, and what they are told in a pause."""
    pause = Pause.objects.open().filter(subject=release.subject_id, division=release.division_id).first()
    _announce(BEGUN, release, at=release.released_at, facts={"paused": pause.message} if pause else None)


def announce_ended(release: Release) -> None:
    """Outsiders learn that nothing is on show there any more, how that came, and which other subject follows.

    What is superseded is told by its successor.
    """
    if release.ending != Release.Ending.SUPERSEDED and release.ended_at is not None:
        facts = {"ending": release.ending, "note": release.end_public_note}
        if release.successor is not None:
            facts["successor"] = release.successor.code
        _announce(ENDED, release, at=release.ended_at, facts=facts)


def announce_paused(release: Release, pause: Pause) -> None:
    """Outsiders learn that nobody may apply for what is on show, and what applicants are told."""
    _announce(PAUSED, release, at=pause.paused_at, facts={"paused": pause.message})


def announce_resumed(release: Release, *, at: datetime) -> None:
    """Outsiders learn that people may apply again."""
    _announce(RESUMED, release, at=at)


def _announce(
    event_type: vocabulary.EventType, release: Release, *, at: datetime, facts: dict[str, Any] | None = None
) -> None:
    if not kind_of(release.subject).is_announced:
        return
    announce(
        event_type,
        kind=release.subject.kind,
        code=release.subject.code,
        division=release.division.code,
        version=release.version.number,
        digest=release.package_id,
        at=at,
        facts=facts,
    )
