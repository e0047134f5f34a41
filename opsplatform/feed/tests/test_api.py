"""GET /api/v1/export/feed/: pages along positions, 304, places of another epoch, who may read."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.feed.models import Head
from opsplatform.feed.services.epochs import begin_epoch
from opsplatform.feed.services.stamping import stamp
from opsplatform.feed.tests.announced import tell, told

pytestmark = pytest.mark.django_db

FEED = "/api/v1/export/feed/"


@pytest.fixture
def reader() -> APIClient:
    """The acceptance platform."""
    return calling(machine(), "export:read")


def _read(reader: APIClient, **query: Any) -> dict[str, Any]:
    answer = reader.get(FEED, query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_an_event_says_what_became_of_what(reader: APIClient) -> None:
    event = tell("A", is_gone=True, name="甲")
    assert stamp("test") == 1
    (shown,) = _read(reader)["results"]
    assert shown == {
        "id": str(event.event_id),
        "position": 1,
        "type": "thing.gone",
        "kind": "thing",
        "code": "A",
        "division": "310101",
        "version": 1,
        "digest": "d" * 64,
        "tombstone": True,
        "facts": {"name": "甲"},
        "at": shown["at"],
    }


def test_who_reads_on_from_next_gets_everything_once(reader: APIClient) -> None:
    told(*"ABCDEFG")
    seen: list[str] = []
    page = _read(reader, limit=3)
    while True:
        seen += [event["code"] for event in page["results"]]
        if not page["has_more"]:
            break
        page = _read(reader, limit=3, after=page["next"])
    assert "".join(seen) == "ABCDEFG"
    assert _read(reader, after=page["next"])["results"] == []
    told("H")
    assert [event["code"] for event in _read(reader, after=page["next"])["results"]] == ["H"]


def test_what_has_no_position_yet_is_not_shown(reader: APIClient) -> None:
    tell("A")
    assert _read(reader)["results"] == []


def test_who_wants_only_what_comes_begins_at_the_latest(reader: APIClient) -> None:
    told("A")
    place = _read(reader, after="latest")
    assert (place["results"], place["has_more"]) == ([], False)
    told("B")
    assert [event["code"] for event in _read(reader, after=place["next"])["results"]] == ["B"]


def test_nothing_new_is_a_304_and_anything_new_is_not(reader: APIClient) -> None:
    told("A")
    place = _read(reader)["next"]
    tag = reader.get(FEED, {"after": place})["ETag"]
    again = reader.get(FEED, {"after": place}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    told("B")
    assert reader.get(FEED, {"after": place}, headers={"If-None-Match": tag}).status_code == 200


def test_pages_that_differ_have_tags_that_differ(reader: APIClient) -> None:
    told(*"ABC")
    tags = {reader.get(FEED, {"limit": limit})["ETag"] for limit in (1, 2, 3)}
    told("D")
    tags |= {reader.get(FEED, {"limit": limit})["ETag"] for limit in (3, 4)}
    assert len(tags) == 5


def test_a_place_of_another_epoch_is_gone_and_says_where_to_go_on(reader: APIClient) -> None:
    told("A", "B")
    place = _read(reader)["next"]
    begin_epoch(actor=person("system_admin"), note="从磁盘快照恢复")
    answer = reader.get(FEED, {"after": place})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_needed")
    facts = answer.json()["facts"]
    assert facts["live"] == "/api/v1/export/themes/"
    told("C")
    assert [event["code"] for event in _read(reader, after=facts["after"])["results"]] == ["C"]


def test_a_place_that_the_feed_has_not_reached_is_gone_too(reader: APIClient) -> None:
    """As after putting back a snapshot of the disk without saying so."""
    told("A")
    answer = reader.get(FEED, {"after": f"{Head.objects.get().epoch.hex}.7"})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_needed")


@pytest.mark.parametrize("after", ["", "7", "x.7", f"{'a' * 32}.07", f"{'a' * 32}.-1", f"{'a' * 32}.{'9' * 19}", "☃"])
def test_what_is_no_place_is_refused_by_name(reader: APIClient, after: str) -> None:
    answer = reader.get(FEED, {"after": after})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "after")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"since": "1"}])
def test_other_queries_are_refused(reader: APIClient, query: dict[str, str]) -> None:
    assert reader.get(FEED, query).status_code == 400


def test_machines_with_the_scope_read_it_and_nobody_else() -> None:
    assert APIClient().get(FEED).status_code == 401
    assert calling(machine(), "registers:read").get(FEED).status_code == 403
    assert calling(machine("department_system"), "export:read").get(FEED).status_code == 403
    assert logged_in(person("platform_operator")).get(FEED).status_code == 403
