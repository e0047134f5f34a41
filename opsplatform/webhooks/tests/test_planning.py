"""Which events become deliveries, to whom, and that each does once, whatever the feed goes through."""

from typing import Any

import pytest

from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.feed.api.serializers import EventSerializer
from opsplatform.feed.models import Event, Head
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.parsing import parse_json
from opsplatform.organizations.tests.factories import CityFactory, DistrictFactory, StreetFactory
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services import planning
from opsplatform.webhooks.services.endpoints import pause_endpoint, resume_endpoint
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import BEGUN, ENDED, happen, peer, registered

pytestmark = pytest.mark.django_db


def planned(endpoint: Endpoint) -> list[str]:
    """What the endpoint is going to be told of, the oldest first."""
    return list(Delivery.objects.filter(endpoint=endpoint).order_by("id").values_list("about", flat=True))


def test_every_event_after_the_registration_is_planned_once_under_its_own_id() -> None:
    happen("before")
    endpoint, _ = registered()
    events = happen("a", "b")
    assert (plan(), plan()) == (2, 0)
    assert planned(endpoint) == ["a", "b"]
    ids = Delivery.objects.order_by("id").values_list("message_id", flat=True)
    assert list(ids) == [str(event.event_id) for event in events]


def test_an_event_without_a_position_waits_for_it() -> None:
    endpoint, _ = registered()
    Event.objects.create(type=BEGUN.name, kind="thing", code="a", at="2026-01-01T00:00:00Z")
    assert plan() == 0
    happen("b")
    assert plan() == 2
    assert planned(endpoint) == ["a", "b"]


def test_a_message_says_exactly_what_the_feed_says() -> None:
    registered()
    (event,) = happen("餐饮")
    plan()
    body = Delivery.objects.get().body
    shown = {**EventSerializer(Event.objects.get(pk=event.pk)).data}
    assert parse_json(body.encode()) == parse_json(canonical_bytes(_plain(shown)))


def _plain(shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "id": str(shown["id"])}


def test_only_wanted_types_and_only_the_division_and_below_and_what_is_of_no_division() -> None:
    city = CityFactory()
    here, there = DistrictFactory(parent=city), DistrictFactory(parent=city)
    street = StreetFactory(parent=here)
    endpoint, _ = registered(actor=peer(division=city), division=here, event_types=[BEGUN.name])
    for code, division in (("here", here), ("there", there), ("street", street), ("city", city)):
        happen(code, division=division.code)
    happen("everywhere")
    happen("ended", division=here.code, event_type=ENDED)
    plan()
    assert planned(endpoint) == [f"here {here.code}", f"street {street.code}", "everywhere"]


def test_many_events_are_planned_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGE", 3)
    endpoint, _ = registered()
    codes = [f"thing-{number}" for number in range(8)]
    happen(*codes)
    assert plan() == 8
    assert planned(endpoint) == codes


def test_what_happens_during_a_pause_is_planned_afterwards() -> None:
    endpoint, _ = registered()
    kept = {"actor": endpoint.peer, "endpoint_id": endpoint.pk, "note": "对方检修"}
    pause_endpoint(**kept)
    happen("a")
    assert plan() == 0
    resume_endpoint(**kept)
    assert plan() == 1


def test_a_feed_that_went_back_in_time_is_told_and_read_on() -> None:
    endpoint, _ = registered()
    happen("a")
    plan()
    Head.objects.update(epoch="00000000-0000-4000-8000-00000000000e")
    happen("b")
    assert plan() == 2
    resync = Delivery.objects.get(type="feed.resync_needed")
    told = parse_json(resync.body.encode())
    assert told["facts"] == {"after": "0000000000004000800000000000000e.1", "live": "/api/v1/export/themes/"}
    assert planned(endpoint) == ["a", "", "b"]


def test_a_system_that_lost_its_rights_is_told_nothing_more_and_people_learn_of_it() -> None:
    endpoint, _ = registered()
    User.objects.filter(pk=endpoint.peer_id).update(is_active=False)
    happen("a")
    assert plan() == 0
    endpoint.refresh_from_db()
    assert (endpoint.state, planned(endpoint)) == ("parked", [])
    assert "已停用" in AuditEntry.objects.get(action="webhook.parked").reason
