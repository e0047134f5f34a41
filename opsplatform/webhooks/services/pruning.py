"""Old deliveries go: the log is for finding out what happened lately, the feed keeps what there is to know."""

from datetime import timedelta

from django.db.models.functions import Now

from opsplatform.webhooks.models import Delivery

KEPT = timedelta(days=90)
DELETED_AT_ONCE = 1000


def prune() -> int:
    """Deliveries that ended longer ago than they are kept are gone with their attempts; returns how many."""
    gone = 0
    old = Delivery.objects.filter(finished_at__lt=Now() - KEPT).order_by("pk")
    while ids := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        Delivery.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone
