"""Old events go, the latest of each object stays, and readers are told from where on nothing is missing."""

from datetime import timedelta

import pytest

from opsplatform.feed import selectors
from opsplatform.feed.models import Event
from opsplatform.feed.services import compacting
from opsplatform.feed.services.compacting import compact
from opsplatform.feed.services.stamping import stamp
from opsplatform.feed.tests.announced import tell, told

pytestmark = pytest.mark.django_db


def _left() -> list[tuple[int, str]]:
    return [(event.position or 0, event.code) for event in selectors.read_after(None, 200).events]


def test_what_is_young_stays() -> None:
    told("A", "A", "A")
    assert compact() == 0
    assert selectors.read_after(None, 200).compacted_to == 0


def test_of_old_events_the_latest_of_each_object_is_left_tombstones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told("A", "B", "A", "B")
    tell("B", is_gone=True)
    tell("A", division="310104")
    stamp("test")
    tell("A")
    monkeypatch.setattr(compacting, "KEPT", timedelta(0))
    monkeypatch.setattr(compacting, "DELETED_AT_ONCE", 1)
    assert compact() == 3
    assert _left() == [(3, "A"), (5, "B"), (6, "A")]
    assert Event.objects.get(position=5).is_tombstone
    assert Event.objects.waiting().count() == 1
    assert compact() == 0


def test_readers_are_told_up_to_where_positions_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    told("A", "A")
    monkeypatch.setattr(compacting, "KEPT", timedelta(0))
    compact()
    told("A")
    monkeypatch.setattr(compacting, "KEPT", timedelta(days=1))
    compact()
    page = selectors.read_after(None, 200)
    assert (page.compacted_to, [event.position for event in page.events]) == (2, [2, 3])


def test_a_reader_who_was_away_learns_how_everything_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    told("A", "B")
    place = selectors.end_of_feed()
    told("A", "B", "A")
    tell("B", is_gone=True)
    stamp("test")
    monkeypatch.setattr(compacting, "KEPT", timedelta(0))
    compact()
    page = selectors.read_after(place, 200)
    assert [(event.code, event.is_tombstone) for event in page.events] == [("A", False), ("B", True)]
    assert page.next == selectors.end_of_feed()
