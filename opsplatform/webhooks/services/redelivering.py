"""Messages are sent again on request, one or those of a period, and endpoints are tested. Ids never change."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.webhooks import payloads, selectors
from opsplatform.webhooks.errors import NothingToRedeliver
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services.endpoints import hold_endpoint


@transaction.atomic
def redeliver(*, actor: User, endpoint_id: int, message_id: str) -> Delivery:
    """The message waits to be sent at once, whatever has come of it before."""
    delivery = selectors.get_delivery(actor, endpoint_id, message_id)
    endpoint = hold_endpoint(actor, endpoint_id)
    _ask_again(endpoint, [delivery.pk])
    trail.record(
        actor, "webhook.redelivered", endpoint, division=endpoint.division.code, message_id=delivery.message_id
    )
    return delivery


@transaction.atomic
def redeliver_period(
    *, actor: User, endpoint_id: int, since: datetime, until: datetime, only_failed: bool = True
) -> int:
    """Every message made in the period, or those that did not arrive, waits to be sent; returns how many."""
    endpoint = hold_endpoint(actor, endpoint_id)
    if since >= until:
        raise Invalid(problems=(Problem("/until", "empty_period", "结束时间应晚于开始时间。"),))
    rows = endpoint.deliveries.filter(created_at__gte=since, created_at__lt=until, is_ping=False)
    states = (Delivery.State.FAILED,) if only_failed else (Delivery.State.FAILED, Delivery.State.DELIVERED)
    found = list(rows.filter(state__in=states).values_list("pk", flat=True))
    if not found:
        raise NothingToRedeliver
    _ask_again(endpoint, found)
    trail.record(
        actor,
        "webhook.redelivered",
        endpoint,
        division=endpoint.division.code,
        since=since.isoformat(),
        until=until.isoformat(),
        only_failed=only_failed,
        count=len(found),
    )
    return len(found)


@transaction.atomic
def ping_endpoint(*, actor: User, endpoint_id: int) -> Delivery:
    """A test message waits to be sent at once, also to an endpoint that is paused or parked; it is tried once."""
    endpoint = hold_endpoint(actor, endpoint_id)
    message_id = uuid4()
    body = payloads.spelled(payloads.of_ping(message_id, clock.now()))
    delivery = Delivery.objects.create(
        endpoint=endpoint, message_id=str(message_id), type=payloads.PING, body=body, is_ping=True
    )
    trail.record(actor, "webhook.pinged", endpoint, division=endpoint.division.code)
    return delivery


def _ask_again(endpoint: Endpoint, delivery_ids: list[int]) -> None:
    rows = endpoint.deliveries.filter(pk__in=delivery_ids)
    rows.update(state=Delivery.State.WAITING, attempts=0, due_at=Now(), finished_at=None)
    endpoint.rests_until = None
    endpoint.save(update_fields=["rests_until"])
