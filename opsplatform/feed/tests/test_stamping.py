"""Positions: dense, to committed events only, in the order of each object's acts; whatever dies, whoever is late."""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import Error, connection, connections, transaction
from django.db.models import F

from opsplatform.feed.models import Event, Head
from opsplatform.feed.services import stamping
from opsplatform.feed.services.announcing import announce
from opsplatform.feed.services.stamping import run_sequencer, stamp
from opsplatform.feed.tests.announced import CHANGED, let_the_lease_run_out, tell
from opsplatform.kernel import clock
from opsplatform.runtime.tests.dying_processes import Blow, Struck, boundaries_of, halt_itself, kill_itself, points

pytestmark = pytest.mark.every_server


def what_is_wrong() -> list[str]:
    """Positions that are missing, events that wait, objects whose events are not in the order of their acts."""
    stamped = list(Event.objects.filter(position__isnull=False).order_by("position"))
    positions = [event.position for event in stamped]
    wrong = [] if positions == list(range(1, len(stamped) + 1)) else [f"not dense: {positions}"]
    wrong += [f"{event} waits" for event in Event.objects.waiting()]
    wrong += [] if Head.objects.get().position == len(stamped) else ["the head is elsewhere"]
    acts = defaultdict(list)
    for event in stamped:
        acts[event.code].append(event.facts.get("number", 0))
    return wrong + [f"{code}: {numbers}" for code, numbers in acts.items() if numbers != sorted(numbers)]


# --- one sequencer ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_committed_events_get_the_next_positions_in_the_order_of_their_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamping, "STAMPED_AT_ONCE", 3)
    for number in range(4):
        tell("A", number=number)
        tell("B", number=number)
    assert [stamp("one"), stamp("one"), stamp("one"), stamp("one")] == [3, 3, 2, 0]
    tell("A", number=4)
    assert stamp("one") == 1
    assert what_is_wrong() == []


@pytest.mark.django_db
def test_an_act_that_is_undone_was_never_announced() -> None:
    with transaction.atomic():
        tell("A")
        transaction.set_rollback(True)
    assert stamp("one") == 0
    assert not Event.objects.exists()


def test_an_event_is_announced_in_a_transaction_only(database_clone: str) -> None:
    with pytest.raises(RuntimeError, match="in the transaction of its act"):
        announce(CHANGED, kind="thing", code="A", at=clock.now())


@pytest.mark.django_db
def test_one_sequencer_is_in_charge_and_another_follows_once_it_is_silent() -> None:
    tell("A")
    assert stamp("one") == 1
    tell("B")
    assert stamp("another") is None
    assert Event.objects.waiting().count() == 1
    let_the_lease_run_out()
    assert stamp("another") == 1
    assert stamp("one") is None
    assert what_is_wrong() == []


def test_what_has_not_committed_is_not_passed_over(database_clone: str) -> None:
    """The event with the lower serial number commits last, and still has a position after the other's."""
    slow = connections.create_connection("default")
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO feed_event (event_id, type, kind, code, division_code, digest, is_tombstone, facts, at)"
                " VALUES (gen_random_uuid(), 'thing.changed', 'thing', 'slow', '', '', false, '{}', now())"
            )
        tell("quick")
        assert stamp("one") == 1
        slow.commit()
    finally:
        slow.close()
    assert stamp("one") == 1
    by_position = Event.objects.order_by("position")
    assert [event.code for event in by_position] == ["quick", "slow"]
    assert [event.code for event in by_position.order_by("pk")] == ["slow", "quick"]


def test_an_event_has_its_position_after_a_few_beats(database_clone: str) -> None:
    sequencer = Struck(lambda: run_sequencer(while_waiting(seconds=30)))
    time.sleep(3 * stamping.BEAT_SECONDS)
    tell("A")
    announced = time.monotonic()
    while Event.objects.waiting().exists():
        assert time.monotonic() - announced < 16 * stamping.BEAT_SECONDS
        time.sleep(0.02)
    assert sequencer.ending().error == ""


def while_waiting(seconds: float) -> Callable[[], bool]:
    """A sequencer goes on until it has stamped something, and in any case not for long."""
    deadline = time.monotonic() + seconds
    return lambda: Head.objects.get().position == 0 and time.monotonic() < deadline


def test_a_database_that_is_away_ends_no_sequencer(database_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tell("A")
    outages = iter([True, True, False])

    def stamp_or_fail(holder: str) -> int | None:
        if next(outages, False):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return stamp(holder)

    monkeypatch.setattr(stamping, "stamp", stamp_or_fail)
    monkeypatch.setattr(stamping, "BEAT_SECONDS", 0.01)
    run_sequencer(while_waiting(seconds=10))
    assert what_is_wrong() == []


# --- dead, late, and two at once --------------------------------------------------------------------------------------


def after_a_sequencer_was_struck(blow: Blow, *, long_form: bool) -> list[str]:
    """What is wrong after the first point at which a blow leaves anything wrong once another has taken over."""
    tell("A")
    boundaries = boundaries_of(lambda: stamping.stamp("first"))
    for at in points(boundaries, about=["feed_event", "COMMIT"], long_form=long_form):
        for number in range(3):
            tell("A", number=number + 10 * at)
        let_the_lease_run_out()
        first = Struck(lambda at=at: _tried(f"struck at {at}"), at=at, blow=blow)
        if blow is halt_itself:
            assert first.stands_still()
        else:
            assert first.ending().was_killed
        let_the_lease_run_out()
        stamping.stamp("next")
        if blow is halt_itself:
            first.go_on()
            first.ending()
            let_the_lease_run_out()
        stamping.stamp("last")
        if wrong := what_is_wrong():
            return [f"{at} {boundaries[at]}", *wrong]
    return []


def _tried(holder: str) -> None:
    """As in its loop: a sequencer whom the server has cut off tries again later."""
    with suppress(Error):
        stamping.stamp(holder)


def test_wherever_a_sequencer_dies_its_successor_goes_on(database_clone: str) -> None:
    assert after_a_sequencer_was_struck(kill_itself, long_form=True) == []


@pytest.mark.drill
def test_a_sequencer_that_comes_back_late_does_no_harm(database_clone: str, long_form: bool) -> None:
    assert after_a_sequencer_was_struck(halt_itself, long_form=long_form) == []


def test_the_saboteur_that_moves_the_head_in_a_second_transaction_is_caught(
    database_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_two(holder: str) -> int | None:
        with transaction.atomic():
            position = stamping._take_charge(holder)
            count = 0 if position is None else stamping._stamp_after(position)
        Head.objects.update(position=F("position") + count)
        return None if position is None else count

    monkeypatch.setattr(stamping, "stamp", in_two)
    assert after_a_sequencer_was_struck(kill_itself, long_form=True) != []
