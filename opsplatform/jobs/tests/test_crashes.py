"""Work under kill -9: whatever dies, wherever, every element's effect is there exactly once and nothing is stuck."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from opsplatform.audit import trail
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs import doorbell, registry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import asking, running
from opsplatform.jobs.tests.drilled_work import (
    after_work_was_struck,
    ask,
    effects,
    let_leases_run_out,
    not_as_asked,
    register,
    sweep_up,
)
from opsplatform.runtime.tests.dying_processes import Struck, boundaries_of, halt_itself, points, struck
from opsplatform.tests.progress import followed


@pytest.fixture(autouse=True)
def _drilled_work(database_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_WORK", {})
    monkeypatch.setattr(doorbell, "_bells", [])
    register()


# --- a worker dies ----------------------------------------------------------------------------------------------------


def test_wherever_a_worker_dies_each_element_is_done_once() -> None:
    assert after_work_was_struck(long_form=True) == []


def test_the_saboteur_that_completes_in_a_second_transaction_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_two(job: Job, work: registry.Work, element: str) -> bool:
        with transaction.atomic():
            work.perform(job.payload, element)
        with transaction.atomic():
            held = running._hold(job)
            assert held is not None
            running._advance(held, element)
        job.pending, job.failures = held.pending, held.failures
        return True

    monkeypatch.setattr(running, "_perform", in_two)
    assert after_work_was_struck(long_form=True) != []


def test_the_saboteur_whose_rows_nobody_takes_over_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_due", lambda jobs: jobs.filter(state=Job.State.WAITING))
    assert after_work_was_struck(long_form=True) != []


def test_wherever_a_sweeper_dies_the_next_one_finds_everything() -> None:
    for at in range(len(boundaries_of(running.sweep)) - 1):
        ask(at)
        assert struck(running.sweep, at=at).was_killed
        sweep_up()
    assert not_as_asked() == []


# --- who asks for work dies -------------------------------------------------------------------------------------------


def act_and_ask(number: int) -> None:
    """An act with its row in the trail, and the work that it asks for."""
    with transaction.atomic():
        trail.record(None, "job.wanted", Job(pk=number))
        ask(number)


def after_who_asked_died_anywhere() -> dict[str, Any]:
    """Acts without their work, and work without its act."""
    for at in range(len(boundaries_of(lambda: act_and_ask(0))) - 1):
        assert struck(lambda at=at: act_and_ask(at + 1), at=at).was_killed
    sweep_up()
    acts = set(AuditEntry.objects.filter(action="job.wanted").values_list("object_key", flat=True))
    assert acts, "nobody lived long enough to commit"
    return {"differ": acts ^ {number for number, _ in effects()}, "work": not_as_asked()}


def test_wherever_the_asking_process_dies_the_act_and_its_work_both_are_or_are_not() -> None:
    assert after_who_asked_died_anywhere() == {"differ": set(), "work": []}


def test_the_saboteur_that_asks_after_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for = asking.ask

    def after_commit(*arguments: Any, **options: Any) -> None:
        transaction.on_commit(lambda: _atomically(lambda: ask_for(*arguments, **options)))

    monkeypatch.setattr(asking, "ask", after_commit)
    assert after_who_asked_died_anywhere()["differ"] != set()


def _atomically(act: Callable[[], Any]) -> None:
    with transaction.atomic():
        act()


# --- a worker is late -------------------------------------------------------------------------------------------------


def after_a_worker_stood_still(long_form: bool = False) -> list[str]:
    """A worker stands still past its lease, another does its work, then it goes on: what is wrong afterwards."""
    first = ask(0)
    boundaries = boundaries_of(lambda: running.run_job(first.pk))
    for at in followed(points(boundaries, long_form=long_form), boundaries.__getitem__):
        job = ask(at + 1)
        late = Struck(lambda job=job: running.run_job(job.pk), at=at, blow=halt_itself)
        assert late.stands_still()
        let_leases_run_out()
        sweep_up()
        late.go_on()
        late.ending()
        let_leases_run_out()
        sweep_up()
        if wrong := not_as_asked():
            return [f"{at} {boundaries[at]}", *wrong]
    return []


@pytest.mark.drill
def test_a_worker_that_comes_back_late_does_nothing_twice(long_form: bool) -> None:
    assert after_a_worker_stood_still(long_form) == []


def test_the_saboteur_without_lease_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def hold(job: Job) -> Job | None:
        held = Job.objects.select_for_update().get(pk=job.pk)
        held.pending = job.pending
        return held

    monkeypatch.setattr(running, "_hold", hold)
    assert after_a_worker_stood_still() != []


# --- several of each --------------------------------------------------------------------------------------------------


def after_two_workers_and_two_sweepers(rows: int) -> list[str]:
    """What is wrong after all of them have run at once over the same rows."""
    jobs = [ask(number, ("a", "b")).pk for number in range(rows)]
    together = [Struck(lambda: [running.run_job(job) for job in jobs]) for _ in range(2)]
    together += [Struck(sweep_up) for _ in range(2)]
    endings = [process.ending() for process in together]
    assert [ending.error for ending in endings] == [""] * 4
    return not_as_asked()


@pytest.mark.drill
def test_two_workers_and_two_sweepers_do_each_element_once(long_form: bool) -> None:
    assert after_two_workers_and_two_sweepers(1000 if long_form else 100) == []


def test_the_saboteur_without_lock_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim(job_id: int) -> Job | None:
        return Job.objects.filter(pk=job_id, state__in=[Job.State.WAITING, Job.State.RUNNING]).first()

    monkeypatch.setattr(running, "_claim", claim)
    monkeypatch.setattr(running, "_hold", lambda job: claim(job.pk))
    assert after_two_workers_and_two_sweepers(40) != []


# --- poison -----------------------------------------------------------------------------------------------------------


def test_work_that_kills_its_worker_is_parked_with_its_reason_and_everything_else_is_done() -> None:
    poison, other = ask(1, ("a", "deadly", "c"), deadly=["deadly"]), ask(2)
    for _ in range(poison.max_attempts + 1):
        Struck(sweep_up).ending()
        let_leases_run_out()
    poison.refresh_from_db()
    other.refresh_from_db()
    assert (poison.state, poison.attempts, other.state) == (Job.State.PARKED, poison.max_attempts, Job.State.DONE)
    assert poison.failures == {"deadly": "第 5 次处理中断，不再重试"} == {"deadly": poison.last_error}
    assert not_as_asked(but=poison) == []


def test_the_saboteur_that_never_gives_up_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_take_over", lambda job: None)
    with pytest.raises(AssertionError):
        test_work_that_kills_its_worker_is_parked_with_its_reason_and_everything_else_is_done()
