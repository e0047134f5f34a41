"""Work that is being done is called off, and how far it is can be seen, while its row is locked by the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs import doorbell, registry
from opsplatform.jobs.models import ElementProgress, Job
from opsplatform.jobs.services import running, telling
from opsplatform.jobs.services.asking import ask
from opsplatform.jobs.services.steering import cancel_job


class Slow:
    """A kind of work whose element "a" registers an account and waits half-way until it is told to go on."""

    def __init__(self) -> None:
        self.is_half_way, self.may_go_on = Event(), Event()

    def perform(self, payload: registry.Payload, element: str) -> None:
        UserFactory(username=f"by-{element}")
        telling.tell(1, 2)
        self.is_half_way.set()
        assert self.may_go_on.wait(20)
        telling.tell(2, 2)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, database_clone: str) -> Slow:
    slow = Slow()
    monkeypatch.setattr(registry, "_WORK", {})
    monkeypatch.setattr(doorbell, "_bells", [])
    monkeypatch.setattr(telling, "SECONDS_BETWEEN", 0)
    registry.work("slow", "慢", elements=lambda _payload: ["a", "b"])(slow.perform)
    return slow


@contextmanager
def half_way(slow: Slow, job: Job) -> Iterator[None]:
    """A worker in a thread is in the middle of the first element; at the end it has finished."""

    def work() -> None:
        running.run_job(job.pk)
        connection.close()

    worker = Thread(target=work)
    worker.start()
    try:
        assert slow.is_half_way.wait(20)
        yield
    finally:
        slow.may_go_on.set()
        worker.join(20)
    job.refresh_from_db()


def asked() -> Job:
    with transaction.atomic():
        return ask("slow")


def test_how_far_an_element_is_can_be_seen_while_its_effects_cannot(slow: Slow) -> None:
    job = asked()
    with half_way(slow, job):
        seen = Job.objects.select_related("progress").get(pk=job.pk)
        assert (seen.done_count, seen.element_count, str(seen.inside)) == (0, 2, "1 / 2")
        assert not User.objects.filter(username="by-a").exists()
    assert job.state == Job.State.DONE and job.inside is None
    assert User.objects.filter(username__in=["by-a", "by-b"]).count() == 2


def test_an_element_that_tells_how_far_it_is_stops_there_and_is_undone(slow: Slow) -> None:
    job, operator = asked(), person("platform_operator")
    with half_way(slow, job):
        cancel_job(actor=operator, job_id=job.pk, note="传错了")
        assert AuditEntry.objects.filter(action="job.cancelled", reason="传错了").count() == 1
    assert job.state == Job.State.CANCELLED and job.finished_at is not None
    assert not User.objects.filter(username__startswith="by-").exists()


def test_an_element_that_tells_nothing_more_is_the_last(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "SECONDS_BETWEEN", 1_000)
    job, operator = asked(), person("platform_operator")
    with half_way(slow, job):
        cancel_job(actor=operator, job_id=job.pk, note="传错了")
    assert (job.state, job.pending) == (Job.State.CANCELLED, ["b"])
    assert list(User.objects.filter(username__startswith="by-").values_list("username", flat=True)) == ["by-a"]


def test_the_saboteur_that_does_not_ask_whether_to_stop_is_caught(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_is_called_off", lambda _job: False)
    monkeypatch.setattr(telling._Teller, "_write", lambda *_: False)
    with pytest.raises(AssertionError):
        test_an_element_that_tells_nothing_more_is_the_last(slow, monkeypatch)


def test_the_saboteur_that_tells_inside_the_transaction_is_caught(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    def inside(teller: telling._Teller, done: int, total: int) -> bool:
        told = {"element": teller.element, "done": done, "total": total}
        return ElementProgress.objects.update_or_create(job_id=teller.job_id, defaults=told)[0].is_called_off

    monkeypatch.setattr(telling._Teller, "_write", inside)
    with pytest.raises(AssertionError):
        test_how_far_an_element_is_can_be_seen_while_its_effects_cannot(slow)


def test_work_goes_on_where_it_cannot_tell(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_alias: str) -> None:
        raise OperationalError("too many connections")

    monkeypatch.setattr(telling.connections, "create_connection", full)
    slow.may_go_on.set()
    job = asked()
    assert running.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
