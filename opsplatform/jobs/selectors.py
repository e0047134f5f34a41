"""Questions about work rows, always within what the actor may see."""

from collections.abc import Iterable

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.kernel.errors import NotFound

RECENT = 5


def get_job(actor: User, job_id: int) -> Job:
    """The row if the actor sees it; raises NotFound."""
    job = Job.objects.visible_to(actor).select_related("created_by", "progress").filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job


def list_recent(object_type: str, object_key: object) -> Iterable[Job]:
    """The latest work about a thing, newest first, for whoever may see that thing."""
    rows = Job.objects.filter(object_type=object_type, object_key=str(object_key))
    return rows.select_related("progress").order_by("-pk")[:RECENT]


def may_steer(actor: User, job: Job) -> bool:
    """Whether the actor may try the work again or call it off: their own, or any with the right to all."""
    return job.created_by_id == actor.pk or actor.may("jobs.steer")
