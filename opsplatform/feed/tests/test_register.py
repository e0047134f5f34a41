"""What operators see: the events, and whether somebody gives them positions."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from opsplatform.accounts.tests.factories import person
from opsplatform.feed import selectors
from opsplatform.feed.models import Head
from opsplatform.feed.services.stamping import stamp
from opsplatform.feed.tests.announced import tell, told
from opsplatform.feed.wording import standing_in_words

pytestmark = pytest.mark.django_db

LIST = "/admin/feed/event/"


def _shown(client: Client, **query: str) -> str:
    client.force_login(person("platform_operator"))
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_sequencer_the_page_says_what_to_do(client: Client) -> None:
    tell("A")
    shown = _shown(client)
    assert "没有编号进程" in shown
    assert "manage.py stamp_feed" in shown
    assert "等待编号" in shown


def test_a_sequencer_at_work_is_all_right(client: Client) -> None:
    told("A")
    stamp("host:1")
    shown = _shown(client)
    assert "没有编号进程" not in shown
    assert str(selectors.end_of_feed()) in shown


def test_events_that_wait_too_long_are_told() -> None:
    stamp("host:1")
    tell("A")
    late = selectors.standing()
    assert standing_in_words(late).state == "正常"
    late = type(late)(late.head, late.waiting, timedelta(seconds=11), is_attended=True)
    assert (standing_in_words(late).state, standing_in_words(late).tone) == ("编号滞后", "warn")
    Head.objects.update(lease_until=F("lease_until") - timedelta(seconds=10))
    assert standing_in_words(selectors.standing()).state == "没有编号进程"


def test_those_that_wait_can_be_picked_out(client: Client) -> None:
    told("STAMPED")
    tell("WAITING")
    shown = _shown(client, is_waiting="true")
    assert "WAITING" in shown
    assert "STAMPED" not in shown


def test_events_are_browsed_and_never_written(client: Client) -> None:
    told("A")
    event = selectors.read_after(None, 1).events[0]
    client.force_login(person("system_admin"))
    address = reverse("admin:feed_event_change", args=[event.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"code": "B"}).status_code == 403
    event.refresh_from_db()
    assert event.code == "A"
