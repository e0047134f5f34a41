"""What a message says: an event as readers of the feed get it, or something about the feed or the endpoint itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from opsplatform.feed.cursors import Cursor
from opsplatform.feed.models import Event
from opsplatform.kernel.canonical import canonical_bytes

PING = "webhooks.ping"
RESYNC = "feed.resync_needed"


def of_event(event: Event) -> dict[str, Any]:
    """The event exactly as `GET /api/v1/export/feed/` shows it."""
    return {
        "id": str(event.event_id),
        "position": event.position,
        "type": event.type,
        "kind": event.kind,
        "code": event.code,
        "division": event.division_code,
        "version": event.version,
        "digest": event.digest,
        "tombstone": event.is_tombstone,
        "facts": event.facts,
        "at": _moment(event.at),
    }


def of_ping(message_id: UUID, at: datetime) -> dict[str, Any]:
    """A message that says nothing has happened."""
    return _about_ourselves(message_id, PING, "webhook", at, {})


def of_resync(message_id: UUID, at: datetime, after: Cursor) -> dict[str, Any]:
    """The feed went back in time: take stock of what is live, then read on after the cursor."""
    return _about_ourselves(message_id, RESYNC, "feed", at, {"after": str(after), "live": "/api/v1/export/themes/"})


def spelled(message: dict[str, Any]) -> str:
    """The message as it is sent."""
    return canonical_bytes(message).decode()


def _about_ourselves(message_id: UUID, type_: str, kind: str, at: datetime, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(message_id), "position": None, "type": type_, "kind": kind, "code": "", "division": "",
        "version": None, "digest": "", "tombstone": False, "facts": facts, "at": _moment(at),
    }  # fmt: skip


def _moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat()
