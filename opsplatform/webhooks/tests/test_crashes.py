"""A sender under kill -9: wherever it dies, every message arrives, each time under the same id."""

import pytest

from opsplatform.egress.tests.receivers import Receiver, receiver
from opsplatform.runtime.tests.dying_processes import boundaries_of, points, struck
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services import delivering
from opsplatform.webhooks.services.delivering import Message, Result, deliver_due
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import at, happen, make_due
from opsplatform.webhooks.tests.test_delivering import messages

pytestmark = pytest.mark.usefixtures("database_clone")


def wrong_after_dying_anywhere(there: Receiver) -> list[str]:
    """What is wrong after a sender was killed at the first boundary where that leaves anything wrong."""
    at(there)
    happen("first")
    plan()
    boundaries = boundaries_of(deliver_due)
    for place in points(boundaries):
        (event,) = happen(f"thing-{place}")
        plan()
        assert struck(deliver_due, at=place).was_killed
        make_due()
        deliver_due()
        told = [headers["webhook-id"] for headers, body in messages(there) if f'"thing-{place}"'.encode() in body]
        state = Delivery.objects.get(about=f"thing-{place}").state
        if not told or set(told) != {str(event.event_id)} or state != Delivery.State.DELIVERED:
            return [f"{place} {boundaries[place]}: told {told}, {state}"]
    return []


def test_wherever_a_sender_dies_the_message_arrives_under_its_own_id() -> None:
    with receiver() as there:
        assert wrong_after_dying_anywhere(there) == []
        ids = [headers["webhook-id"] for headers, _ in messages(there)]
        assert len(ids) > len(set(ids)), "nobody died between sending and recording"


def test_wherever_a_planner_dies_every_event_becomes_one_delivery() -> None:
    with receiver() as there:
        at(there)
    happen("first")
    boundaries = boundaries_of(plan)
    for place in points(boundaries):
        happen(f"thing-{place}")
        assert struck(plan, at=place).was_killed
        plan()
        assert Delivery.objects.filter(about=f"thing-{place}").count() == 1, boundaries[place]


def test_the_saboteur_that_records_before_it_sends_loses_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    really, recorded = delivering._sent, delivering._record

    def serve(endpoint: Endpoint, until: float) -> int:
        message = delivering._next(endpoint)
        if message is not None:
            recorded(endpoint, message, Result(delivering.DELIVERED, 200, 1))
            really(message)
        delivering._release(endpoint)
        return int(message is not None)

    monkeypatch.setattr(delivering, "_serve", serve)
    with receiver() as there:
        assert wrong_after_dying_anywhere(there) != []


def test_the_saboteur_that_numbers_each_attempt_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    request = delivering._request

    def numbered(url: str, secrets: list[bytes], delivery: Delivery, now: object) -> object:
        delivery.message_id += f"-{delivery.attempts}-{now}".replace(" ", "_")
        return request(url, secrets, delivery, now)  # type: ignore[arg-type]

    monkeypatch.setattr(delivering, "_request", numbered)
    with receiver() as there:
        assert wrong_after_dying_anywhere(there) != []


def test_a_sender_that_comes_back_late_records_nothing() -> None:
    with receiver() as there:
        at(there)
        happen("a")
        plan()
        slow = delivering._claim()
        assert slow is not None
        message = delivering._next(slow)
        assert isinstance(message, Message)
        make_due()
        assert deliver_due() == 1
        assert not delivering._record(slow, message, Result(delivering.REFUSED, 500, 1))
    assert Delivery.objects.get().state == Delivery.State.DELIVERED
