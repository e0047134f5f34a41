"""Running work rows: claimed with a lease, each element done and marked in one transaction, failures per element."""

import logging
from datetime import timedelta
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from opsplatform.jobs import doorbell
from opsplatform.jobs.errors import CalledOff, NotYet, may_pass, reason_of
from opsplatform.jobs.models import ElementProgress, Job
from opsplatform.jobs.registry import Work, find_work
from opsplatform.jobs.services import telling
from opsplatform.kernel import clock
from opsplatform.kernel.request_context import through

LEASE = timedelta(seconds=30)  # with the sweeps' interval less than the minute in which a dead worker's row goes on
SWEEP_AT_MOST = 200

logger = logging.getLogger(__name__)


def run_job(job_id: int) -> bool:
    """The row's elements are done as far as possible; False where it was not due or another worker has it."""
    job = _claim(job_id)
    if job is None:
        return False
    work = find_work(job.kind)
    if work is None:
        _park(job, f"没有名为 {job.kind} 的任务")
        return True
    refused: set[str] = set()
    waiting: set[str] = set()
    with through("job"):
        while (element := _next_element(job, work)) is not None:
            if _is_called_off(job):
                return True
            try:
                if not _perform(job, work, element):
                    return False
            except CalledOff:
                continue
            except Exception as error:  # any defect of any element is recorded, the others go on
                if isinstance(error, NotYet):
                    logger.info("job %s waits at %r", job.pk, element)
                    waiting.add(element)
                elif may_pass(error):
                    logger.exception("job %s failed at %r", job.pk, element)
                else:
                    refused.add(element)
                if not _record_failure(job, element, reason_of(error, job.pk)):
                    return False
        _finish(job, refused, waiting)
    return True


def sweep() -> int:
    """A worker is told about every row that is due and that nobody has; returns how many."""
    due = list(_due(Job.objects.all()).order_by("due_at").values_list("pk", flat=True)[:SWEEP_AT_MOST])
    for job_id in due:
        doorbell.ring(job_id)
    return len(due)


def _due(jobs: models.QuerySet[Job]) -> models.QuerySet[Job]:
    return jobs.filter(
        Q(state=Job.State.WAITING, due_at__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    )


@transaction.atomic
def _claim(job_id: int) -> Job | None:
    job = _due(Job.objects.select_for_update(skip_locked=True).filter(pk=job_id)).first()
    if job is None:
        return None
    if job.state == Job.State.RUNNING:
        _take_over(job)
        if job.state == Job.State.PARKED:
            return None
    job.attempts += 1
    job.state = Job.State.RUNNING
    job.lease_token = str(uuid4())
    job.lease_until = clock.now() + LEASE
    job.save(update_fields=["attempts", "state", "lease_token", "lease_until"])
    return job


def _take_over(job: Job) -> None:
    """The element in whose middle a worker died is tried last from now on, so that it keeps no other from being done.

    After the last attempt the row is parked, and every element that is left says why.
    """
    job.last_error = f"第 {job.attempts} 次处理中断"
    job.pending = [*job.pending[1:], *job.pending[:1]]
    if job.attempts >= job.max_attempts:
        job.state, job.finished_at = Job.State.PARKED, clock.now()
        job.last_error += "，不再重试"
        job.failures = {**dict.fromkeys(job.pending, job.last_error), **job.failures}
        job.pending = []
    job.save(update_fields=["state", "last_error", "finished_at", "pending", "failures"])


def _hold(job: Job) -> Job | None:
    """The row under lock, if this worker's lease still stands."""
    return (
        Job.objects.select_for_update().filter(pk=job.pk, state=Job.State.RUNNING, lease_token=job.lease_token).first()
    )


def _next_element(job: Job, work: Work) -> str | None:
    if job.elements is None:
        try:
            with transaction.atomic():
                held = _hold(job)
                if held is None:
                    return None
                held.elements = held.pending = work.elements(held.payload)
                held.save(update_fields=["elements", "pending"])
        except Exception as error:  # the work cannot even be listed: the whole row failed
            logger.exception("job %s cannot list its elements", job.pk)
            _retry_or_park(job, reason_of(error, job.pk))
            return None
        job.elements, job.pending = held.elements, held.pending
    return job.pending[0] if job.pending else None


@transaction.atomic
def _is_called_off(job: Job) -> bool:
    """Whether somebody called the work off while its row was locked by an element; the row then says so."""
    if not ElementProgress.objects.filter(job=job, is_called_off=True).exists():
        return False
    held = _hold(job)
    if held is not None:
        held.state, held.finished_at = Job.State.CANCELLED, clock.now()
        held.save(update_fields=["state", "finished_at"])
    return True


@transaction.atomic
def _perform(job: Job, work: Work, element: str) -> bool:
    held = _hold(job)
    if held is None:
        return False
    with telling.about(job.pk, element):
        work.perform(held.payload, element)
    _advance(held, element)
    job.pending, job.failures = held.pending, held.failures
    return True


@transaction.atomic
def _record_failure(job: Job, element: str, reason: str) -> bool:
    held = _hold(job)
    if held is None:
        return False
    if element in held.pending:  # else it is done after all: only the answer to its commit was lost
        _advance(held, element, reason)
    job.pending, job.failures = held.pending, held.failures
    return True


def _advance(held: Job, element: str, reason: str | None = None) -> None:
    held.pending = [other for other in held.pending if other != element]
    held.failures = {key: value for key, value in held.failures.items() if key != element}
    if reason is not None:
        held.failures[element] = reason
        held.last_error = reason
    held.lease_until = clock.now() + LEASE
    held.save(update_fields=["pending", "failures", "last_error", "lease_until"])


@transaction.atomic
def _finish(job: Job, refused: set[str], waiting: set[str]) -> None:
    held = _hold(job)
    if held is None:
        return
    if held.failures:
        if waiting.issuperset(held.failures):
            held.attempts -= 1
        _settle(held, held.last_error, is_hopeless=refused.issuperset(held.failures))
        return
    held.state = Job.State.DONE
    held.finished_at = clock.now()
    held.last_error = ""
    held.save(update_fields=["state", "finished_at", "last_error"])


@transaction.atomic
def _retry_or_park(job: Job, reason: str) -> None:
    held = _hold(job)
    if held is not None:
        _settle(held, reason)


def _settle(held: Job, reason: str, *, is_hopeless: bool = False) -> None:
    """Failed elements wait for another attempt, longer each time.

    After the last one, or where all were refused for good, the row is parked. Where the same work has been asked for
    anew meanwhile, that row does it.
    """
    held.last_error = reason
    if is_hopeless or held.attempts >= held.max_attempts:
        held.state, held.finished_at = Job.State.PARKED, clock.now()
    elif held.find_successor() is not None:
        held.state, held.finished_at = Job.State.CANCELLED, clock.now()
    else:
        held.state = Job.State.WAITING
        held.pending = list(held.failures)
        held.due_at = clock.now() + timedelta(seconds=5 * 2**held.attempts)
    held.save(update_fields=["state", "attempts", "last_error", "pending", "due_at", "finished_at"])


@transaction.atomic
def _park(job: Job, reason: str) -> None:
    held = _hold(job)
    if held is not None:
        held.state, held.last_error, held.finished_at = Job.State.PARKED, reason, clock.now()
        held.save(update_fields=["state", "last_error", "finished_at"])
