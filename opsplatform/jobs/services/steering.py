"""People steer work: a parked row is tried again, an open one is called off. Their own, or any with the right to."""

from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.jobs import doorbell, selectors
from opsplatform.jobs.models import ElementProgress, Job
from opsplatform.kernel import clock
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note


@transaction.atomic
def retry_job(*, actor: User, job_id: int, note: str) -> Job:
    """A parked row waits again with a fresh count of attempts; what was done stays done."""
    note = require_note(note)
    _seen(actor, job_id)
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state != Job.State.PARKED:
        raise WrongState(f"任务“{job.get_state_display()}”，不需要重试。")
    if job.find_successor() is not None:
        raise WrongState("同样的任务已经在排队，不需要重试。")
    job.state, job.attempts, job.due_at, job.finished_at = Job.State.WAITING, 0, clock.now(), None
    job.pending = list(dict.fromkeys([*job.pending, *job.failures]))
    job.save(update_fields=["state", "attempts", "due_at", "finished_at", "pending"])
    ElementProgress.objects.filter(job=job).delete()
    trail.record(actor, "job.retried", job, reason=note, kind=job.kind)
    transaction.on_commit(partial(doorbell.ring, job_id))
    return job


@transaction.atomic
def cancel_job(*, actor: User, job_id: int, note: str) -> Job:
    """A waiting, running or parked row is called off.

    The element being done at this moment is the last; one that tells how far it is stops there, and what it did is
    undone. Its worker then says so in the row, which it has locked.
    """
    note = require_note(note)
    seen = _seen(actor, job_id)
    if seen.is_stopping:
        raise WrongState("任务正在停止，不需要再取消。")
    job = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
    if job is None:
        ElementProgress.objects.update_or_create(job=seen, defaults={"is_called_off": True})
        job = seen
    elif job.state in (Job.State.DONE, Job.State.CANCELLED):
        raise WrongState(f"任务“{job.get_state_display()}”，不能取消。")
    else:
        job.state, job.finished_at = Job.State.CANCELLED, clock.now()
        job.save(update_fields=["state", "finished_at"])
    trail.record(actor, "job.cancelled", job, reason=note, kind=job.kind)
    return job


def close_parked(object_type: str, object_keys: Collection[str]) -> None:
    """Nobody need care any more about failed work on these things: they go away, or the work is asked for anew.

    Called by the services of the rooms whose things they are, which leave an entry about the thing itself.
    """
    rows = Job.objects.filter(object_type=object_type, object_key__in=object_keys, state=Job.State.PARKED)
    rows.update(state=Job.State.CANCELLED, finished_at=Now())


def _seen(actor: User, job_id: int) -> Job:
    job = selectors.get_job(actor, job_id)
    if not selectors.may_steer(actor, job):
        actor.require("jobs.steer")
    return job
