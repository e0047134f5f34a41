"""Celery's share of the work: it carries ids, nothing else."""

from celery import shared_task

from opsplatform.jobs import doorbell
from opsplatform.jobs.services import running


@shared_task(name="jobs.run", ignore_result=True)
def run(job_id: int) -> None:
    """The row is worked on, if it is due and free."""
    running.run_job(job_id)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    """Every due row nobody rang for is announced."""
    running.sweep()


def ring_celery(job_id: int) -> None:
    """Tells a worker through the broker, without waiting for a broker that is down."""
    run.apply_async((job_id,), retry=False)


doorbell.hang(ring_celery)
