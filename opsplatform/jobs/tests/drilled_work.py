"""A kind of work for drills: what it does are rows of the trail, which can be counted whatever has died meanwhile."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import connections, transaction

from opsplatform.audit import trail
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs import doorbell
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import Payload, work
from opsplatform.jobs.services import asking, running
from opsplatform.kernel import clock
from opsplatform.runtime.tests.dying_processes import Blow, boundaries_of, kill_itself, points, struck
from opsplatform.tests.progress import followed

KIND, DONE = "jobs.drill", "job.drilled"
Effects = Counter[tuple[str, str]]


def perform(payload: Payload, element: str) -> None:
    """One row in the trail; a deadly element kills its worker instead, every time."""
    if element in payload["deadly"]:
        os.kill(os.getpid(), signal.SIGKILL)
    trail.record(None, DONE, Job(pk=payload["number"]), element=element)


def register() -> None:
    """The kind is known to this process."""
    work(KIND, "演练", elements=lambda payload: payload["elements"])(perform)


def ask(number: int, elements: Sequence[str] = ("a", "b"), *, deadly: Sequence[str] = (), key: str = "") -> Job:
    """Drilled work is asked for, in the surrounding transaction or one of its own."""
    payload = {"number": number, "elements": list(elements), "deadly": list(deadly)}
    with transaction.atomic():
        return asking.ask(KIND, payload=payload, dedupe_key=key)


def effects() -> Effects:
    """How often each element of each number has been done."""
    return Counter(
        (entry.object_key, entry.facts["element"]) for entry in AuditEntry.objects.filter(action=DONE).order_by("id")
    )


def not_as_asked(*, but: Job | None = None) -> list[str]:
    """Elements that have not been done exactly once, and rows that are not done (`but` one that need not be)."""
    jobs = Job.objects.filter(kind=KIND)
    wanted = Counter(
        (str(job.payload["number"]), element)
        for job in jobs
        for element in job.payload["elements"]
        if element not in job.payload["deadly"]
    )
    done = effects()
    wrong = [f"{place}: {done[place]} times" for place in wanted | done if done[place] != wanted[place]]
    return wrong + [f"{job} {job.state}" for job in jobs.exclude(state=Job.State.DONE) if job != but]


def let_leases_run_out() -> None:
    """Whoever has a row has had it for too long by now; rows locked at this moment cannot be taken anyway."""
    with transaction.atomic():
        free = Job.objects.select_for_update(skip_locked=True).filter(state=Job.State.RUNNING)
        for job in free:
            job.lease_until = clock.now() - timedelta(seconds=1)
            job.save(update_fields=["lease_until"])


def sweep_up() -> None:
    """What a sweeper finds due is done by this process, until nothing that is free is due any more."""
    done: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doorbell, "_bells", [lambda job_id: done.append(running.run_job(job_id))])
        running.sweep()
        while any(done):
            done.clear()
            running.sweep()


def after_work_was_struck(
    *,
    about: Sequence[str] = (),
    long_form: bool = False,
    blow: Blow = kill_itself,
    mend: Callable[[], None] = connections.close_all,
) -> list[str]:
    """What is wrong after the first point at which a blow to a worker, or to what it works with, leaves anything wrong.

    `mend` is what operators do then; leases are waited for.
    """
    first = ask(0)
    boundaries = boundaries_of(lambda: running.run_job(first.pk))
    for at in followed(points(boundaries, about=about, long_form=long_form), boundaries.__getitem__):
        job = ask(at + 1)
        assert len(struck(lambda job=job: running.run_job(job.pk), at=at, blow=blow).passed) > at
        mend()
        let_leases_run_out()
        sweep_up()
        if wrong := not_as_asked():
            return [f"{at} {boundaries[at]}", *wrong]
    return []
