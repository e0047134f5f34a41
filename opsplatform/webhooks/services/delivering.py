"""Deliveries that are due are sent: claimed by endpoint with a lease, sent outside any transaction, recorded in one.

One sender at a time is at an endpoint, so a slow one holds up only itself; who dies between sending and recording
leaves a lease that runs out, and the message is sent again under the same id.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from opsplatform.egress.services.sending import Limits, Request, send
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError
from opsplatform.webhooks import backoff, selectors, signing
from opsplatform.webhooks.models import Attempt, Delivery, Endpoint
from opsplatform.webhooks.sealing import SealBroken
from opsplatform.webhooks.services.parking import FAILED_TOO_LONG, GONE, NOT_ENTITLED, SECRET_LOST, park

LEASE = timedelta(seconds=60)  # longer than one message may take
LIMITS = Limits(connect=5.0, read=10.0, total=15.0, size=64 * 1024)
ROUND_SECONDS = 20.0
PURPOSE = "webhooks"
DELIVERED, REFUSED = "delivered", "refused"
GONE_STATUS = 410
_TRY_LATER = (429, 503)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """What is about to be sent."""

    delivery_id: int
    request: Request


@dataclass(frozen=True)
class Result:
    """What came of sending it; `later` is how long the other side asks to be left alone."""

    outcome: str
    status: int | None
    duration_ms: int
    excerpt: str = ""
    later: timedelta = timedelta()


def deliver_due(seconds: float = ROUND_SECONDS) -> int:
    """What is due has been tried, endpoint by endpoint, for about so long; returns how many messages were sent."""
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until and (endpoint := _claim()) is not None:
        made += _serve(endpoint, until)
    return made


@transaction.atomic
def _claim() -> Endpoint | None:
    """The endpoint that has waited longest and has something due, leased to this sender.

    Only so many are served at once that other work finds free workers.
    """
    if Endpoint.objects.filter(lease_until__gte=Now()).count() >= settings.WEBHOOK_SENDERS:
        return None
    free = _with_something_due().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
    endpoint = (
        free.select_for_update(skip_locked=True, no_key=True)
        .order_by(F("lease_until").asc(nulls_first=True), "pk")
        .first()
    )
    if endpoint is not None:
        endpoint.lease_token, endpoint.lease_until = str(uuid4()), clock.now() + LEASE
        endpoint.save(update_fields=["lease_token", "lease_until"])
    return endpoint


def _with_something_due() -> QuerySet[Endpoint]:
    due = Delivery.objects.filter(endpoint=OuterRef("pk"), state=Delivery.State.WAITING, due_at__lte=Now())
    is_served = Q(state=Endpoint.State.ACTIVE) & (Q(rests_until__isnull=True) | Q(rests_until__lte=Now()))
    is_tested = ~Q(state=Endpoint.State.ENDED) & Exists(due.filter(is_ping=True))
    return Endpoint.objects.filter(Q(is_served & Exists(due)) | Q(is_tested))


def _serve(endpoint: Endpoint, until: float) -> int:
    made = 0
    while time.monotonic() < until and (message := _next(endpoint)) is not None:
        made += 1
        if not _record(endpoint, message, _sent(message)):
            return made
    _release(endpoint)
    return made


def _hold(endpoint: Endpoint) -> Endpoint | None:
    """The endpoint under lock, if this sender's lease still stands."""
    rows = Endpoint.objects.select_related("peer", "division").select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=endpoint.pk, lease_token=endpoint.lease_token).first()


@transaction.atomic
def _next(endpoint: Endpoint) -> Message | None:
    """The endpoint's next message, signed; None when nothing is due or may be sent. The lease is renewed."""
    held = _hold(endpoint)
    if held is None:
        return None
    now = clock.now()
    due = held.deliveries.filter(state=Delivery.State.WAITING, due_at__lte=Now()).order_by("-is_ping", "due_at", "id")
    if held.state != Endpoint.State.ACTIVE or (held.rests_until is not None and held.rests_until > now):
        due = due.filter(is_ping=True)
    delivery = due.first()
    if delivery is None:
        return None
    secrets = _secrets(held)
    if not secrets:
        return None
    held.lease_until = now + LEASE
    held.save(update_fields=["lease_until"])
    return Message(delivery.pk, _request(held.url, secrets, delivery, now))


def _secrets(held: Endpoint) -> list[bytes]:
    """The secrets that sign; none where the other system may not be told, or they cannot be opened: it is parked."""
    if not selectors.may_be_told(held):
        park(held, NOT_ENTITLED)
        return []
    try:
        return selectors.signing_secrets(held)
    except SealBroken:
        logger.exception("secrets of webhook endpoint %s cannot be opened", held.pk)
        park(held, SECRET_LOST)
        return []


def _request(url: str, secrets: list[bytes], delivery: Delivery, now: datetime) -> Request:
    body = delivery.body.encode()
    headers = signing.signed_headers(secrets, delivery.message_id, now, body)
    return Request(PURPOSE, url, "POST", {**headers, "Content-Type": "application/json"}, body)


def _sent(message: Message) -> Result:
    started = time.monotonic()

    def milliseconds() -> int:
        return round((time.monotonic() - started) * 1000)

    try:
        reply = send(message.request, LIMITS)
    except DomainError as refusal:
        return Result(refusal.code, None, milliseconds(), refusal.sentence)
    outcome = DELIVERED if reply.status // 100 == 2 else REFUSED
    later = _asked_to_wait(reply.headers.get("retry-after", "")) if reply.status in _TRY_LATER else timedelta()
    return Result(outcome, reply.status, milliseconds(), _excerpt(reply.body), later)


def _asked_to_wait(text: str) -> timedelta:
    """What Retry-After asks for in seconds, never longer than we would wait by ourselves."""
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    return min(timedelta(seconds=int(text)), backoff.LONGEST) if is_number else timedelta()


def _excerpt(body: bytes) -> str:
    """The beginning of the reply in one printable line."""
    text = body[:800].decode(errors="replace")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line[: Attempt._meta.get_field("excerpt").max_length or 0]


@transaction.atomic
def _record(endpoint: Endpoint, message: Message, result: Result) -> bool:
    """The attempt is on record, delivery and endpoint are as it left them; False where the lease was lost meanwhile."""
    held = _hold(endpoint)
    if held is None:
        return False
    now = clock.now()
    delivery = held.deliveries.select_for_update().get(pk=message.delivery_id)
    Attempt.objects.create(
        delivery=delivery,
        outcome=result.outcome,
        status=result.status,
        duration_ms=result.duration_ms,
        excerpt=result.excerpt,
    )
    delivery.attempts += 1
    if result.outcome == DELIVERED:
        delivery.state, delivery.finished_at = Delivery.State.DELIVERED, now
    elif delivery.is_ping or delivery.attempts >= backoff.ATTEMPTS:
        delivery.state, delivery.finished_at = Delivery.State.FAILED, now
    else:
        delivery.due_at = now + max(backoff.delay_after(delivery.attempts), result.later)
    delivery.save(update_fields=["attempts", "state", "finished_at", "due_at"])
    if not delivery.is_ping:
        _note_health(held, result, now)
    return True


def _note_health(held: Endpoint, result: Result, now: datetime) -> None:
    """How the endpoint is doing; it rests longer after every failure in a row and is parked where nothing helps."""
    if result.outcome == DELIVERED:
        held.failures, held.failing_since, held.rests_until, held.succeeded_at = 0, None, None, now
    else:
        held.failures += 1
        held.failing_since = held.failing_since or now
        held.rests_until = now + max(backoff.rest_after(held.failures), result.later)
    held.save(update_fields=["failures", "failing_since", "rests_until", "succeeded_at"])
    if result.status == GONE_STATUS:
        park(held, GONE)
    elif held.failing_since is not None and now - held.failing_since >= backoff.PARKED_AFTER:
        park(held, FAILED_TOO_LONG)


@transaction.atomic
def _release(endpoint: Endpoint) -> None:
    held = _hold(endpoint)
    if held is not None:
        held.lease_until, held.lease_token = clock.now(), ""
        held.save(update_fields=["lease_until", "lease_token"])
