"""Work rows: exactly once in effect, failures per element, poison parked, lost doorbells found."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, transaction

from opsplatform.jobs import doorbell, registry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import asking, running
from opsplatform.jobs.services.asking import ask
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A kind of work "demo" over elements a, b, c that notes what it did; element "bad" always fails."""
    noted: list[str] = []
    monkeypatch.setattr(registry, "_WORK", {})
    monkeypatch.setattr(doorbell, "_bells", [])

    @registry.work("demo", "演示", elements=lambda payload: payload["elements"])
    def perform(payload: dict, element: str) -> None:
        if element == "bad":
            raise ValueError("坏的一项")
        if element == "refused":
            raise Invalid("不符合要求。", problems=(Problem("/x", "x", "第 2 行：应为整数。"),))
        noted.append(element)

    return noted


def asked(*elements: str, **options: object) -> Job:
    with transaction.atomic():
        return ask("demo", payload={"elements": list(elements)}, **options)


def test_every_element_is_done_once_and_the_row_says_so(done: list[str]) -> None:
    job = asked("a", "b", "c")

    assert running.run_job(job.pk)

    job.refresh_from_db()
    assert (done, job.state, job.done_count) == (["a", "b", "c"], Job.State.DONE, 3)
    assert not running.run_job(job.pk), "a row that is done is not done again"
    assert done == ["a", "b", "c"]


def test_a_failing_element_is_named_with_its_reason_and_the_others_go_on(done: list[str]) -> None:
    job = asked("a", "bad", "c")

    running.run_job(job.pk)

    job.refresh_from_db()
    assert done == ["a", "c"]
    assert list(job.failures) == ["bad"] and f"任务编号 {job.pk}" in job.failures["bad"]
    assert "ValueError" not in job.failures["bad"], "what the program calls it is for the log"
    assert (job.state, job.pending, job.done_count) == (Job.State.WAITING, ["bad"], 2)
    assert job.due_at > clock.now(), "the next attempt waits"


def test_a_row_that_keeps_failing_is_parked_with_its_reason(done: list[str]) -> None:
    job = asked("bad")
    for _ in range(job.max_attempts):
        Job.objects.filter(pk=job.pk).update(due_at=clock.now())
        running.run_job(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.PARKED and f"任务编号 {job.pk}" in job.last_error
    assert running.sweep() == 0


def test_what_was_refused_is_not_tried_again_by_itself(done: list[str]) -> None:
    job = asked("refused", "a")

    running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts, done) == (Job.State.PARKED, 1, ["a"])
    assert job.failures == {"refused": "不符合要求。\n第 2 行：应为整数。"}


def test_a_refusal_beside_a_defect_waits_for_the_defects_next_attempt(done: list[str]) -> None:
    job = asked("refused", "bad")

    running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, set(job.failures)) == (Job.State.WAITING, {"refused", "bad"})


def test_a_row_whose_worker_died_is_taken_over_after_its_lease_and_only_what_is_left_is_done(done: list[str]) -> None:
    job = asked("a", "b")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, elements=["a", "b"], pending=["b"], attempts=1, lease_token="dead",
        lease_until=clock.now() - timedelta(seconds=1),
    )  # fmt: skip

    assert running.run_job(job.pk)

    assert done == ["b"]


def test_a_row_that_kills_its_worker_every_time_is_parked(done: list[str]) -> None:
    job = asked("a")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, attempts=job.max_attempts, lease_token="dead",
        lease_until=clock.now() - timedelta(seconds=1),
    )  # fmt: skip

    assert not running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, done) == (Job.State.PARKED, [])
    assert job.last_error == "第 5 次处理中断，不再重试"


def test_a_worker_that_lost_its_lease_leaves_no_effect(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked("a", "b")
    claim = running._claim

    def claim_and_lose(job_id: int) -> Job | None:
        claimed = claim(job_id)
        Job.objects.filter(pk=job_id).update(lease_token="another")
        return claimed

    monkeypatch.setattr(running, "_claim", claim_and_lose)
    running.run_job(job.pk)

    assert done == []


def test_the_sweeper_announces_due_rows_that_nobody_rang_for(done: list[str]) -> None:
    late, future = asked("a"), asked("b", due_at=clock.now() + timedelta(hours=1))
    rung: list[int] = []
    doorbell.hang(rung.append)

    assert running.sweep() == 1
    assert rung == [late.pk]
    assert future.pk not in rung


def test_a_silent_doorbell_harms_nobody(done: list[str]) -> None:
    def broken(job_id: int) -> None:
        raise ConnectionError("broker down")

    doorbell.hang(broken)
    job = asked("a")
    doorbell.ring(job.pk)
    assert running.run_job(job.pk)
    assert done == ["a"]


def test_waiting_work_of_the_same_key_is_asked_for_once(done: list[str]) -> None:
    first, second = asked("a", dedupe_key="k"), asked("a", dedupe_key="k")
    assert first == second
    running.run_job(first.pk)
    assert asked("a", dedupe_key="k") != first, "finished work may be asked for again"


def test_work_asked_for_while_the_same_runs_is_done_after_it(done: list[str]) -> None:
    first = asked("a", dedupe_key="k")
    assert running._claim(first.pk) is not None
    second = asked("b", dedupe_key="k")
    assert second != first
    running.run_job(second.pk)
    assert done == ["b"]


def test_failed_work_that_was_asked_for_anew_leaves_the_rest_to_the_later_row(done: list[str]) -> None:
    first = asked("bad", dedupe_key="k")
    claim = running._claim

    def claim_and_be_asked_again(job_id: int) -> Job | None:
        claimed = claim(job_id)
        asked("c", dedupe_key="k")
        return claimed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_claim", claim_and_be_asked_again)
        running.run_job(first.pk)
    first.refresh_from_db()
    assert (first.state, first.last_error != "") == (Job.State.CANCELLED, True)
    assert Job.objects.get(dedupe_key="k", state=Job.State.WAITING) != first


def test_an_element_whose_commit_was_answered_by_silence_is_not_done_twice(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, perform = asked("a", "b"), running._perform

    def lose_the_answer(*arguments: object) -> bool:
        perform(*arguments)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(running, "_perform", lose_the_answer)
    running.run_job(job.pk)

    job.refresh_from_db()
    assert (done, job.state, job.failures) == (["a", "b"], Job.State.DONE, {})


def test_an_element_in_whose_middle_a_worker_died_keeps_no_other_from_being_done(done: list[str]) -> None:
    job = asked("deadly", "b", "c")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, elements=["deadly", "b", "c"], pending=["deadly", "b", "c"], attempts=1,
        lease_token="dead", lease_until=clock.now() - timedelta(seconds=1),
    )  # fmt: skip

    assert running.run_job(job.pk)

    assert done == ["b", "c", "deadly"]


def test_a_dead_workers_row_goes_on_within_a_minute() -> None:
    sweeps = timedelta(seconds=settings.CELERY_BEAT_SCHEDULE["jobs.sweep"]["schedule"])
    starting = timedelta(seconds=10)  # a worker that is started again
    assert running.LEASE + sweeps + starting < timedelta(seconds=60)


def test_work_is_only_asked_for_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        ask("demo")
