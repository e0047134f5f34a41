"""Endpoints are registered, corrected, paused, resumed and ended, and their secrets replaced."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.egress.errors import TargetNotUnderstood
from opsplatform.egress.selectors import is_approved
from opsplatform.egress.targets import read_target
from opsplatform.feed import vocabulary
from opsplatform.feed.selectors import end_of_feed
from opsplatform.kernel import clock, registers
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.webhooks import sealing, selectors, signing
from opsplatform.webhooks.errors import EndpointEnded
from opsplatform.webhooks.models import Delivery, Endpoint, SigningSecret

FIELDS = ("name", "url", "event_types")
MOST_OF_A_PEER = 20
LONGEST_OVERLAP = timedelta(days=7)
OVERLAP = timedelta(days=1)


class Shown(NamedTuple):
    """An endpoint with its new secret, which is shown this once and kept sealed."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def register_endpoint(*, actor: User, values: Mapping[str, Any]) -> Shown:
    """The other system is told of the events it wants, from now on; a system registers endpoints of its own only."""
    head = end_of_feed()
    endpoint = Endpoint(epoch=head.epoch, position=head.position)
    registers.fill(endpoint, values, ("peer", "division", *FIELDS))
    if actor.kind == User.Kind.MACHINE:
        endpoint.peer = actor
    _require_keeping(actor, endpoint)
    if endpoint.peer != actor and not selectors.list_peers(actor).filter(pk=endpoint.peer_id).exists():
        raise NotFound
    registers.refuse([*_problems(endpoint), *_scope_problems(endpoint)])
    _store(actor, endpoint, {})
    return Shown(endpoint, _new_secret(endpoint))


@transaction.atomic
def correct_endpoint(*, actor: User, endpoint_id: int, values: Mapping[str, Any], expected_revision: int) -> Endpoint:
    """Name, address and wanted events are these; the system it is for and the scope are given once."""
    hold_endpoint(actor, endpoint_id)
    endpoint = registers.lock_or_new(Endpoint.objects.visible_to(actor), endpoint_id, expected_revision)
    before = _content_of(endpoint)
    registers.fill(endpoint, values, FIELDS)
    registers.refuse(_problems(endpoint))
    _store(actor, endpoint, before)
    return endpoint


@transaction.atomic
def rotate_secret(*, actor: User, endpoint_id: int, note: str, overlap: timedelta = OVERLAP) -> Shown:
    """A new secret signs, beside it the previous one until the overlap is over; older ones no more."""
    note = require_note(note)
    endpoint = hold_endpoint(actor, endpoint_id)
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Invalid(
            problems=(Problem("/overlap_hours", "out_of_range", "新旧密钥并用的时间应在 0 到 168 小时之间。"),)
        )
    now = clock.now()
    SigningSecret.objects.filter(endpoint=endpoint, valid_until__gt=now).update(valid_until=now)
    SigningSecret.objects.filter(endpoint=endpoint, valid_until__isnull=True).update(valid_until=now + overlap)
    shown = Shown(endpoint, _new_secret(endpoint))
    _record(actor, endpoint, "secret_rotated", note, previous_until=(now + overlap).isoformat())
    return shown


@transaction.atomic
def pause_endpoint(*, actor: User, endpoint_id: int, note: str) -> Endpoint:
    """Nothing is sent; what happens meanwhile is sent when it is resumed."""
    return _turn(actor, endpoint_id, Endpoint.State.PAUSED, "paused", note, from_=(Endpoint.State.ACTIVE,))


@transaction.atomic
def resume_endpoint(*, actor: User, endpoint_id: int, note: str) -> Endpoint:
    """Sending goes on where it stopped, at once and with a clean record."""
    stopped = (Endpoint.State.PAUSED, Endpoint.State.PARKED)
    endpoint = _turn(actor, endpoint_id, Endpoint.State.ACTIVE, "resumed", note, from_=stopped)
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
    endpoint.save(update_fields=["failures", "failing_since", "rests_until"])
    endpoint.deliveries.filter(state=Delivery.State.WAITING, due_at__gt=Now()).update(due_at=Now())
    return endpoint


@transaction.atomic
def end_endpoint(*, actor: User, endpoint_id: int, note: str) -> Endpoint:
    """Nothing is sent any more, for good; its secrets are gone, its log stays."""
    still_open = (Endpoint.State.ACTIVE, Endpoint.State.PAUSED, Endpoint.State.PARKED)
    endpoint = _turn(actor, endpoint_id, Endpoint.State.ENDED, "ended", note, from_=still_open)
    waiting = endpoint.deliveries.filter(state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.FAILED, finished_at=clock.now())
    endpoint.secrets.all().delete()
    return endpoint


def hold_endpoint(actor: User, endpoint_id: int) -> Endpoint:
    """The endpoint locked until the transaction ends; raises NotFound, Forbidden, or EndpointEnded."""
    selectors.get_endpoint(actor, endpoint_id)
    rows = Endpoint.objects.select_related("peer", "division").select_for_update(of=("self",), no_key=True)
    endpoint = rows.get(pk=endpoint_id)
    _require_keeping(actor, endpoint)
    if endpoint.state == Endpoint.State.ENDED:
        raise EndpointEnded
    return endpoint


def _require_keeping(actor: User, endpoint: Endpoint) -> None:
    if not selectors.may_keep(actor, endpoint):
        raise Forbidden("您没有“维护通知回调”的权限。", action="webhooks.keep")


def _turn(
    actor: User, endpoint_id: int, state: Endpoint.State, event: str, note: str, *, from_: tuple[Endpoint.State, ...]
) -> Endpoint:
    note = require_note(note)
    endpoint = hold_endpoint(actor, endpoint_id)
    if endpoint.state not in from_:
        raise WrongState(f"通知回调“{endpoint.get_state_display()}”，不能这样做。")
    endpoint.state, endpoint.state_reason = state, "" if state == Endpoint.State.ACTIVE else note
    endpoint.revision += 1
    endpoint.updated_at = clock.now()
    endpoint.save(update_fields=["state", "state_reason", "revision", "updated_at"])
    _record(actor, endpoint, event, note)
    return endpoint


def _record(actor: User, endpoint: Endpoint, event: str, note: str, **facts: Any) -> None:
    trail.record(actor, f"webhook.{event}", endpoint, reason=note, division=endpoint.division.code, **facts)


def _content_of(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "peer": endpoint.peer.username,
        "division": endpoint.division.code,
        "name": endpoint.name,
        "url": endpoint.url,
        "event_types": list(endpoint.event_types),
    }


def _store(actor: User, endpoint: Endpoint, before: dict[str, Any]) -> None:
    changes = registers.differences(before, _content_of(endpoint))
    registers.store(endpoint, changes, actor=actor, event="webhook", division=endpoint.division.code)


def _new_secret(endpoint: Endpoint) -> str:
    secret = signing.new_secret()
    sealed = sealing.seal(selectors.sealing_keys(), secret, selectors.row_of(endpoint))
    SigningSecret.objects.create(endpoint=endpoint, sealed=sealed)
    return signing.spelled(secret)


def _problems(endpoint: Endpoint) -> Iterator[Problem]:
    yield from registers.column_problems(endpoint)
    try:
        target = read_target(endpoint.url)
    except TargetNotUnderstood as refusal:
        yield Problem("/url", refusal.code, refusal.sentence)
    else:
        if not is_approved(target):
            yield Problem("/url", "host_not_approved", f"{target.host}:{target.port} 不在出口目的地登记中，或已停用。")
    known = {name for name, _ in vocabulary.choices()}
    for number, name in enumerate(endpoint.event_types):
        if name not in known:
            yield Problem(f"/event_types/{number}", "unknown_event", f"没有事件 {name}。")


def _scope_problems(endpoint: Endpoint) -> Iterator[Problem]:
    if not selectors.may_be_told(endpoint):
        yield Problem("/division", "out_of_scope", "对方系统已停用，或无权读取这一区划已发布的内容。")
    still_open = Endpoint.objects.filter(~Q(state=Endpoint.State.ENDED), peer=endpoint.peer)
    if still_open.count() >= MOST_OF_A_PEER:
        yield Problem("/peer", "too_many", f"一个系统最多 {MOST_OF_A_PEER} 个通知回调。")
