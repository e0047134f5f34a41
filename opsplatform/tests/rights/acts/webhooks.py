"""Acts on webhooks: what those who look after a division do with its endpoints, what a system does with its own."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from opsplatform.accounts.models import Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.egress.models import ApprovedHost
from opsplatform.kernel import clock
from opsplatform.tests.rights.acts import NEVER_WAS, Act, Ask, Door, in_every_division
from opsplatform.tests.rights.world import Spot, demo
from opsplatform.webhooks import selectors
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services import endpoints, redelivering

_HOST, _URL = "peer.example", "https://peer.example/hook"
_NOTE = {"note": "理由"}
_numbers = count(1)


def webhook_acts() -> Iterator[Act]:
    """Looking, registering, correcting, stopping and going on, replacing secrets, sending again; a system's own."""
    yield Act(
        "webhook.read",
        in_every_division(_endpoint),
        lambda actor, endpoint: selectors.get_endpoint(actor, endpoint.pk),
        asks={
            Door.PAGE: lambda endpoint: Ask(f"/webhooks/{endpoint.pk}/"),
            Door.ADMIN: lambda endpoint: Ask(f"/admin/webhooks/endpoint/{endpoint.pk}/change/"),
        },
        never_was=_other_row,
    )
    yield Act(
        "webhook.register",
        in_every_division(_particulars),
        lambda actor, values: endpoints.register_endpoint(actor=actor, values=values),
        endpoints.register_endpoint,
        {Door.PAGE: lambda values: Ask("/webhooks/new/", {**values, **_keys_of(values)})},
        trace="webhook.registered",
    )
    yield _correcting()
    yield _turning("pause", endpoints.pause_endpoint, "webhook.paused", _endpoint)
    yield _turning("resume", endpoints.resume_endpoint, "webhook.resumed", _paused)
    yield _turning("end", endpoints.end_endpoint, "webhook.ended", _endpoint)
    yield _turning("rotate", endpoints.rotate_secret, "webhook.secret_rotated", _endpoint, overlap_hours=24)
    yield Act(
        "webhook.ping",
        in_every_division(_endpoint),
        lambda actor, endpoint: redelivering.ping_endpoint(actor=actor, endpoint_id=endpoint.pk),
        redelivering.ping_endpoint,
        {Door.PAGE: lambda endpoint: Ask(f"/webhooks/{endpoint.pk}/", {"do": "ping"})},
        trace="webhook.pinged",
        never_was=_other_row,
    )
    yield from _sending_again()
    yield from _own()


def _turning(do: str, service: Callable[..., Any], trace: str, scene: Callable[[Spot], Endpoint], **form: Any) -> Act:
    return Act(
        f"webhook.{do}",
        in_every_division(scene),
        lambda actor, endpoint: service(actor=actor, endpoint_id=endpoint.pk, note="理由"),
        service,
        {Door.PAGE: lambda endpoint: Ask(f"/webhooks/{endpoint.pk}/", {"do": do, **_NOTE, **form})},
        trace=trace,
        never_was=_other_row,
    )


def _correcting() -> Act:
    def call(actor: User, endpoint: Endpoint) -> Any:
        values = {"name": "改", "url": _URL, "event_types": []}
        return endpoints.correct_endpoint(
            actor=actor, endpoint_id=endpoint.pk, values=values, expected_revision=endpoint.revision
        )

    form = {"do": "correct", "name": "改", "url": _URL}
    return Act(
        "webhook.correct",
        in_every_division(_endpoint),
        call,
        endpoints.correct_endpoint,
        {Door.PAGE: lambda row: Ask(f"/webhooks/{row.pk}/", {**form, "revision": row.revision})},
        trace="webhook.changed",
        never_was=_other_row,
    )


def _sending_again() -> Iterator[Act]:
    def again(actor: User, endpoint: Endpoint) -> Any:
        return redelivering.redeliver(actor=actor, endpoint_id=endpoint.pk, message_id="failed")

    def again_since(actor: User, endpoint: Endpoint) -> Any:
        since, until = _period()
        return redelivering.redeliver_period(actor=actor, endpoint_id=endpoint.pk, since=since, until=until)

    def period_form() -> dict[str, str]:
        return {name: f"{moment:%Y-%m-%dT%H:%M}" for name, moment in zip(("since", "until"), _period(), strict=True)}

    yield Act(
        "webhook.redeliver",
        in_every_division(_with_failed),
        again,
        redelivering.redeliver,
        {Door.PAGE: lambda endpoint: Ask(f"/webhooks/{endpoint.pk}/deliveries/failed/", {"do": "redeliver"})},
        trace="webhook.redelivered",
        never_was=_other_row,
    )
    yield Act(
        "webhook.redeliver_period",
        in_every_division(_with_failed),
        again_since,
        redelivering.redeliver_period,
        {
            Door.PAGE: lambda endpoint: Ask(
                f"/webhooks/{endpoint.pk}/deliveries/", {**period_form(), "only_failed": "on"}
            )
        },
        trace="webhook.redelivered",
        never_was=_other_row,
    )


def _own() -> Iterator[Act]:
    yield Act(
        "own_webhook.read",
        in_every_division(_endpoint),
        asks={Door.API: lambda endpoint: Ask(f"/api/v1/webhook-endpoints/{endpoint.pk}/")},
        own=_of_their_own,
        never_was=_other_row,
    )
    yield Act(
        "own_webhook.register",
        in_every_division(_particulars),
        asks={
            Door.API: lambda values: Ask(
                "/api/v1/webhook-endpoints/",
                body={"name": "a", "url": _URL, "division": values["division"].code},
                method="post",
            )
        },
        trace="webhook.registered",
    )
    yield Act(
        "own_webhook.rotate",
        in_every_division(_endpoint),
        asks={Door.API: lambda row: Ask(f"/api/v1/webhook-endpoints/{row.pk}/rotate/", body=_NOTE, method="post")},
        own=_of_their_own,
        trace="webhook.secret_rotated",
        never_was=_other_row,
    )
    yield Act(
        "own_webhook.redeliver",
        in_every_division(_with_failed),
        asks={
            Door.API: lambda row: Ask(
                f"/api/v1/webhook-endpoints/{row.pk}/deliveries/failed/redeliver/", body={}, method="post"
            )
        },
        own=_failed_of_their_own,
        trace="webhook.redelivered",
        never_was=_other_row,
    )
    yield Act(
        "own_webhook.redeliver_period",
        in_every_division(_with_failed),
        asks={
            Door.API: lambda row: Ask(
                f"/api/v1/webhook-endpoints/{row.pk}/redeliver/",
                body={name: day.isoformat() for name, day in zip(("since", "until"), _period(), strict=True)},
                method="post",
            )
        },
        own=_failed_of_their_own,
        trace="webhook.redelivered",
        never_was=_other_row,
    )


# --- scenes -----------------------------------------------------------------------------------------------------------


def _particulars(spot: Spot) -> dict[str, Any]:
    ApprovedHost.objects.get_or_create(host=_HOST, port=443, defaults={"purpose": "受理平台"})
    return {"peer": _system(spot), "division": spot.row, "name": f"{spot}回调", "url": _URL, "event_types": []}


def _system(spot: Spot) -> User:
    """A system of the spot's division, which is nobody's who is judged."""
    role = Role.objects.get(code=RoleCode.ACCEPTANCE_PLATFORM)
    name = f"另一系统{next(_numbers)}"
    register_machine_client(actor=demo("sysadmin"), name=name, role=role, division=spot.row, scopes=["webhooks:write"])
    return User.objects.get(name=name)


def _keys_of(values: dict[str, Any]) -> dict[str, Any]:
    return {"peer": values["peer"].pk, "division": values["division"].pk}


def _endpoint(spot: Spot) -> Endpoint:
    return endpoints.register_endpoint(actor=demo("operator"), values=_particulars(spot)).endpoint


def _of_their_own(actor: User, scene: Callable[[Spot], Endpoint] | None = None) -> Endpoint:
    """As if they had registered it; whoever may not have has one all the same, from before."""
    endpoint = (scene or _endpoint)(Spot("310101"))
    Endpoint.objects.filter(pk=endpoint.pk).update(peer=actor)
    return Endpoint.objects.get(pk=endpoint.pk)


def _paused(spot: Spot) -> Endpoint:
    return endpoints.pause_endpoint(actor=demo("operator"), endpoint_id=_endpoint(spot).pk, note="检修")


def _with_failed(spot: Spot) -> Endpoint:
    endpoint = _endpoint(spot)
    Delivery.objects.create(endpoint=endpoint, message_id="failed", type="test", body="{}", state="failed")
    return endpoint


def _failed_of_their_own(actor: User) -> Endpoint:
    return _of_their_own(actor, _with_failed)


def _period() -> tuple[Any, Any]:
    now = clock.now()
    return now - timedelta(days=1), now + timedelta(days=1)


def _other_row(row: Endpoint) -> Endpoint:
    twin = copy.copy(row)
    twin.pk = NEVER_WAS
    return twin
