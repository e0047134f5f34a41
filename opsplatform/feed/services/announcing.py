"""Acts announce themselves: the event is a row of the act's own transaction, without a position yet."""

from datetime import datetime
from typing import Any

from django.db import connection

from opsplatform.feed.models import Event
from opsplatform.feed.vocabulary import EventType


def announce(
    event_type: EventType,
    *,
    kind: str,
    code: str,
    at: datetime,
    division: str = "",
    version: int | None = None,
    digest: str = "",
    facts: dict[str, Any] | None = None,
) -> Event:
    """Readers of the feed learn of the act once the surrounding transaction commits.

    The caller holds a lock on the object, which orders its acts; their events keep that order. Whatever is said here
    is public: no names of people, no internal notes.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is announced in the transaction of its act")
    return Event.objects.create(
        type=event_type.name,
        kind=kind,
        code=code,
        division_code=division,
        version=version,
        digest=digest,
        is_tombstone=event_type.is_end,
        facts=facts or {},
        at=at,
    )
