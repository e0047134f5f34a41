"""Celery's share of the work: it carries ids, nothing else."""

import time

from celery import shared_task

from opsplatform.jobs import doorbell
from opsplatform.jobs.services import running

SILENT_SECONDS = 10.0  # what is not announced meanwhile is found by the sweeper


@shared_task(name="jobs.run", ignore_result=True)
def run(job_id: int) -> None:
    """The row is worked on, if it is due and free."""
    running.run_job(job_id)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    """Every due row nobody rang for is announced."""
    running.sweep()


class CeleryBell:
    """Tells a worker through the broker, and leaves a broker that failed alone for a while.

    A broker that does not answer costs its time limit; only one request in a while shall wait for that.
    """

    def __init__(self) -> None:
        self._silent_until = 0.0

    def __call__(self, job_id: int) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            run.apply_async((job_id,), retry=False)
        except Exception:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            raise


doorbell.hang(CeleryBell())
