"""Questions about endpoints and deliveries, always within what the actor may see."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import NotFound
from opsplatform.webhooks import sealing
from opsplatform.webhooks.models import Attempt, Delivery, Endpoint

LATELY = timedelta(days=7)
READ = "export.read"  # what the other system must be allowed to, to be told of what is live


class SecretStanding(NamedTuple):
    """When a secret was made and until when it signs; never the secret."""

    created_at: datetime
    valid_until: datetime | None


def get_endpoint(actor: User, endpoint_id: int) -> Endpoint:
    """The endpoint if the actor sees it; raises NotFound."""
    rows = Endpoint.objects.visible_to(actor).select_related("peer", "division")
    endpoint = rows.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound
    return endpoint


def get_delivery(actor: User, endpoint_id: int, message_id: str) -> Delivery:
    """The delivery of that message to an endpoint that the actor sees; raises NotFound."""
    delivery = list_deliveries(get_endpoint(actor, endpoint_id)).filter(message_id=message_id).first()
    if delivery is None:
        raise NotFound
    return delivery


def list_deliveries(endpoint: Endpoint) -> QuerySet[Delivery]:
    """The endpoint's deliveries, the latest first, each with what its last attempt came to."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-id")
    return (
        Delivery.objects.filter(endpoint=endpoint)
        .annotate(
            last_status=Subquery(last.values("status")[:1]),
            last_outcome=Subquery(last.values("outcome")[:1]),
            last_duration_ms=Subquery(last.values("duration_ms")[:1]),
            last_at=Subquery(last.values("at")[:1]),
        )
        .order_by("-id")
    )


def list_peers(actor: User) -> QuerySet[User]:
    """Systems of the divisions where the actor keeps endpoints that may read what is live."""
    within = actor.divisions_where("webhooks.keep")
    machines = User.objects.filter(kind=User.Kind.MACHINE, is_active=True, division__in=within)
    return machines.filter(memberships__isnull=False).distinct().order_by("name", "username")


def list_troubled(actor: User) -> QuerySet[Endpoint]:
    """Endpoints that are parked, fail, or lately left messages undelivered, the worst first."""
    given_up = Delivery.objects.filter(
        endpoint=OuterRef("pk"), state=Delivery.State.FAILED, is_ping=False, finished_at__gte=Now() - LATELY
    )
    counted = given_up.order_by().values("endpoint").annotate(count=Count("*")).values("count")
    rows = Endpoint.objects.visible_to(actor).exclude(state=Endpoint.State.ENDED)
    rows = rows.annotate(failed=Coalesce(Subquery(counted), 0))
    troubled = rows.filter(Q(state=Endpoint.State.PARKED) | Q(failures__gte=3) | Q(failed__gt=0))
    return troubled.order_by(F("state").desc(), "failing_since", "id")


def may_keep(actor: User, endpoint: Endpoint) -> bool:
    """Whether the actor may change the endpoint: its own system, or whoever keeps those of its division."""
    if endpoint.peer_id == actor.pk:
        return actor.may("webhooks.keep_own")
    return actor.may("webhooks.keep", within=endpoint.division)


def may_be_told(endpoint: Endpoint) -> bool:
    """Whether the other system may still read what it is told."""
    return endpoint.peer.may(READ, within=endpoint.division)


def secrets_of(endpoint: Endpoint) -> list[SecretStanding]:
    """The endpoint's secrets in force, the latest first, by their dates alone."""
    rows = endpoint.secrets.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=Now()))
    return [SecretStanding(*row) for row in rows.values_list("created_at", "valid_until")]


def signing_secrets(endpoint: Endpoint) -> list[bytes]:
    """The secrets themselves that sign at this moment, the latest first; raises SealBroken."""
    rows = endpoint.secrets.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=Now()))
    keys = sealing_keys()
    return [sealing.unseal(keys, bytes(sealed), row_of(endpoint)) for sealed in rows.values_list("sealed", flat=True)]


def sealing_keys() -> list[bytes]:
    """The keys that seal and open secrets of this installation."""
    return sealing.read_keys(Path(str(settings.SEALING_KEY_FILE)).read_text())


def row_of(endpoint: Endpoint) -> str:
    """What a secret of the endpoint is bound to."""
    return f"webhooks.endpoint.{endpoint.pk}"
