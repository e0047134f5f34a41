"""Questions about the feed: what comes after a place, and how the sequencer is doing."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min
from django.db.models.functions import Now

from opsplatform.feed.cursors import Cursor
from opsplatform.feed.errors import ResyncNeeded
from opsplatform.feed.models import Event, Head, Standing


@dataclass(frozen=True)
class Page:
    """Events in their order, the place after them, and up to where positions may have been compacted away."""

    events: list[Event]
    next: Cursor
    has_more: bool
    compacted_to: int


def end_of_feed() -> Cursor:
    """The place after everything that has a position now."""
    head = Head.objects.get()
    return Cursor(head.epoch, head.position)


def read_after(cursor: Cursor | None, limit: int) -> Page:
    """The next events after the place, without one from the beginning; raises ResyncNeeded for one of another epoch.

    The head is read last: whatever was stamped or compacted among these events, it knows of.
    """
    after = cursor.position if cursor else 0
    found = list(Event.objects.filter(position__gt=after).order_by("position")[: limit + 1])
    head = Head.objects.get()
    if cursor is not None and (cursor.epoch != head.epoch or cursor.position > head.position):
        raise ResyncNeeded(after=str(Cursor(head.epoch, head.position)), live="/api/v1/export/themes/")
    events = found[:limit]
    last = events[-1].position if events else after
    return Page(events, Cursor(head.epoch, last or 0), len(found) > limit, head.compacted_to)


def standing() -> Standing:
    """How the feed stands at this moment."""
    head = Head.objects.annotate(moment=Now()).get()
    waiting = Event.objects.waiting().aggregate(count=Count("pk"), since=Min("announced_at"))
    since = waiting["since"] or head.moment
    return Standing(head, waiting["count"], max(head.moment - since, timedelta()), head.lease_until >= head.moment)
