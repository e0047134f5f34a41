"""The engine's share of the work that runs by itself: reviewers to remind, stages that are due, periods now over."""

from celery import shared_task
from django.db import transaction

from opsplatform.jobs.registry import Payload, work
from opsplatform.jobs.services import asking
from opsplatform.release.services import expiring, release_plans, reminding, running_stages


@work(reminding.REMIND, "提醒审核", elements=lambda payload: reminding.list_due())
def remind_reviewers(payload: Payload, element: str) -> None:
    """Whoever can decide for the party of this key has been told that it is due."""
    reminding.remind(int(element))


@work(release_plans.RUN, "按计划发布", elements=lambda payload: running_stages.list_due_stages(payload["plan"]))
def run_plan(payload: Payload, element: str) -> None:
    """The due stage is on show, or refused with its reasons."""
    running_stages.run_due_stage(payload["plan"], int(element))


@work(expiring.EXPIRE, "有效期满结束发布", elements=lambda payload: payload["releases"])
def expire_release(payload: Payload, element: str) -> None:
    """The release whose period is over has ended."""
    expiring.expire(int(element))


@shared_task(name="release.remind_daily", ignore_result=True)
def remind_daily() -> None:
    """Every party that is due is going to be reminded; asked for twice, it is done once."""
    with transaction.atomic():
        asking.ask(reminding.REMIND, dedupe_key=f"{reminding.REMIND}:daily")
