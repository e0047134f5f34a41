"""Endpoints for tests, with receivers that keep what they hear."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from opsplatform.accounts.models import Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import MembershipFactory, RoleFactory, UserFactory
from opsplatform.egress.models import ApprovedHost
from opsplatform.egress.tests.factories import ApprovedHostFactory
from opsplatform.egress.tests.receivers import Receiver
from opsplatform.feed import vocabulary
from opsplatform.feed.models import Event
from opsplatform.feed.services.announcing import announce
from opsplatform.feed.services.stamping import stamp
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import CityFactory
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services.endpoints import Shown, register_endpoint

BEGUN = vocabulary.register("test.begun", "测试开始")
ENDED = vocabulary.register("test.ended", "测试结束", is_end=True)


def peer(role: str = RoleCode.ACCEPTANCE_PLATFORM, division: Division | None = None) -> User:
    """Another system, which may read what is live."""
    place = division or Division.objects.filter(parent=None).first() or CityFactory()
    user = UserFactory(kind=User.Kind.MACHINE, division=place)
    found = Role.objects.filter(code=role).first() or RoleFactory(code=role)
    MembershipFactory(user=user, role=found, division=place)
    return user


def place_of(system: User) -> Division:
    """Where the system has its role."""
    return system.memberships.earliest("pk").division


def registered(url: str = "https://peer.example/hook", *, actor: User | None = None, **values: Any) -> Shown:
    """An endpoint of the system, registered by itself, on an approved host."""
    actor = actor or peer()
    host, _, port = url.split("/")[2].partition(":")
    if not ApprovedHost.objects.filter(host=host, port=int(port or 443)).exists():
        ApprovedHostFactory(host=host, port=int(port or 443))
    given = {"name": "受理平台", "url": url, "division": place_of(actor), "event_types": []}
    return register_endpoint(actor=actor, values={**given, **values})


def at(receiver: Receiver, **values: Any) -> Shown:
    """An endpoint at the receiver's address."""
    return registered(receiver.url, **values)


def happen(
    *codes: str, division: str = "", event_type: vocabulary.EventType = BEGUN, moment: datetime | None = None
) -> list[Event]:
    """Events of these things have happened and have their positions."""
    with transaction.atomic():
        events = [
            announce(event_type, kind="thing", code=code, division=division, at=moment or clock.now(), version=1)
            for code in codes
        ]
    stamp("test")
    return [Event.objects.get(pk=event.pk) for event in events]


def make_due() -> None:
    """Time has passed: whatever waits is due, nobody rests, every lease has run out."""
    Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=Now())
    Endpoint.objects.update(rests_until=None)
    Endpoint.objects.filter(lease_until__isnull=False).update(lease_until=None)


def states(endpoint: Endpoint) -> list[str]:
    """The states of its deliveries, the oldest first."""
    return list(Delivery.objects.filter(endpoint=endpoint).order_by("id").values_list("state", flat=True))
