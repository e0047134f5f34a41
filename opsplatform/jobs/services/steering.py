"""People steer work: a parked row is tried again, an open one is called off."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.jobs import doorbell
from opsplatform.jobs.models import Job
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound, WrongState


@transaction.atomic
def retry_job(*, actor: User, job_id: int) -> Job:
    """A parked row waits again with a fresh count of attempts; what was done stays done."""
    job = _locked(actor, job_id)
    if job.state != Job.State.PARKED:
        raise WrongState(f"任务“{job.get_state_display()}”，不需要重试。")
    job.state, job.attempts, job.due_at, job.finished_at = Job.State.WAITING, 0, clock.now(), None
    job.pending = list(job.failures) or job.pending
    job.save(update_fields=["state", "attempts", "due_at", "finished_at", "pending"])
    trail.record(actor, "job.retried", job, kind=job.kind)
    transaction.on_commit(lambda: doorbell.ring(job_id))
    return job


@transaction.atomic
def cancel_job(*, actor: User, job_id: int) -> Job:
    """A waiting or running row is called off; the element being done at this moment is the last."""
    job = _locked(actor, job_id)
    if job.state not in (Job.State.WAITING, Job.State.RUNNING):
        raise WrongState(f"任务“{job.get_state_display()}”，不能取消。")
    job.state, job.finished_at = Job.State.CANCELLED, clock.now()
    job.save(update_fields=["state", "finished_at"])
    trail.record(actor, "job.cancelled", job, kind=job.kind)
    return job


def _locked(actor: User, job_id: int) -> Job:
    job = Job.objects.visible_to(actor).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return Job.objects.select_for_update().get(pk=job_id)
