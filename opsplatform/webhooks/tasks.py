"""Celery's share: the clock asks every few seconds. Nothing is lost when it is late, everything is safe twice."""

from celery import shared_task

from opsplatform.kernel.request_context import through
from opsplatform.webhooks.services import delivering, planning, pruning


@shared_task(name="webhooks.deliver", ignore_result=True)
def deliver() -> None:
    """What the feed tells has become deliveries, and what is due has been sent."""
    with through("job"):
        planning.plan()
        delivering.deliver_due()


@shared_task(name="webhooks.prune", ignore_result=True)
def prune() -> None:
    """Old deliveries are gone."""
    pruning.prune()
