"""What the feed tells becomes deliveries: for each endpoint, those events it wants, each once."""

from collections.abc import Iterable
from uuid import uuid4

from django.db import transaction

from opsplatform.feed.cursors import Cursor
from opsplatform.feed.models import Event
from opsplatform.feed.selectors import end_of_feed, read_after
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.webhooks import payloads
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.selectors import may_be_told
from opsplatform.webhooks.services.parking import NOT_ENTITLED, park

PAGE = 500


def plan() -> int:
    """Every active endpoint has a delivery for each event it wants, up to the feed's end; returns how many are new."""
    head = end_of_feed()
    behind = Endpoint.objects.filter(state=Endpoint.State.ACTIVE).exclude(epoch=head.epoch, position=head.position)
    return sum(_plan_for(endpoint_id) for endpoint_id in list(behind.values_list("pk", flat=True)))


def _plan_for(endpoint_id: int) -> int:
    planned = 0
    while (more := _plan_page(endpoint_id)) is not None:
        planned += more
    return planned


@transaction.atomic
def _plan_page(endpoint_id: int) -> int | None:
    """The next events have their deliveries and the endpoint has moved on past them; None when there are none."""
    rows = Endpoint.objects.select_related("peer", "division").filter(pk=endpoint_id, state=Endpoint.State.ACTIVE)
    endpoint = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if endpoint is None:
        return None
    if not may_be_told(endpoint):
        park(endpoint, NOT_ENTITLED)
        return None
    head = end_of_feed()
    if endpoint.epoch != head.epoch:
        return _enter_epoch(endpoint, head)
    page = read_after(Cursor(endpoint.epoch, endpoint.position), PAGE)
    if not page.events:
        return None
    deliveries = [_delivery(endpoint, event) for event in _wanted(endpoint, page.events)]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    endpoint.position = page.next.position
    endpoint.save(update_fields=["position"])
    return len(deliveries)


def _enter_epoch(endpoint: Endpoint, head: Cursor) -> int:
    """The other side is told to take stock: it may know of events that have never been."""
    endpoint.epoch, endpoint.position = head.epoch, min(endpoint.position, head.position)
    endpoint.save(update_fields=["epoch", "position"])
    message_id = uuid4()
    after = Cursor(head.epoch, endpoint.position)
    body = payloads.spelled(payloads.of_resync(message_id, clock.now(), after))
    Delivery.objects.create(endpoint=endpoint, message_id=str(message_id), type=payloads.RESYNC, body=body)
    return 1


def _wanted(endpoint: Endpoint, events: Iterable[Event]) -> list[Event]:
    """Events of the wanted types, in the endpoint's division or below it or of no division."""
    chosen = [event for event in events if not endpoint.event_types or event.type in endpoint.event_types]
    codes = {event.division_code for event in chosen}
    within = Division.objects.subtree_of(endpoint.division).filter(code__in=codes).values_list("code", flat=True)
    reached = {"", *within}
    return [event for event in chosen if event.division_code in reached]


def _delivery(endpoint: Endpoint, event: Event) -> Delivery:
    return Delivery(
        endpoint=endpoint,
        message_id=str(event.event_id),
        position=event.position,
        type=event.type,
        about=f"{event.code} {event.division_code}".strip(),
        body=payloads.spelled(payloads.of_event(event)),
    )
