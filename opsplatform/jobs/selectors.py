"""Questions about work rows, always within what the actor may see."""

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.kernel.errors import NotFound


def get_job(actor: User, job_id: int) -> Job:
    """The row if the actor sees it; raises NotFound."""
    job = Job.objects.visible_to(actor).select_related("created_by").filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job


def may_steer(actor: User, job: Job) -> bool:
    """Whether the actor may try the work again or call it off: their own, or any with the right to all."""
    return job.created_by_id == actor.pk or actor.may("jobs.steer")
