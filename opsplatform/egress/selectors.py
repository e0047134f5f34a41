"""Questions about where requests may go."""

import time
from functools import lru_cache
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import psutil
from django.conf import settings

from opsplatform.egress import resolving
from opsplatform.egress.addresses import Address, Rules
from opsplatform.egress.errors import NoReply
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.targets import Target

_SECONDS_KEPT = 60
_SECONDS_TO_RESOLVE = 2.0


def is_approved(target: Target) -> bool:
    """Whether an approval of this host with this port stands."""
    return ApprovedHost.objects.filter(host=target.host, port=target.port, is_active=True).exists()


def current_rules() -> Rules:
    """Which addresses may be sent to at this moment."""
    approved = [network.range for network in ApprovedNetwork.objects.filter(is_active=True)]
    loopback = [ip_network(spelling) for spelling in settings.EGRESS_LOOPBACK_NETWORKS]
    return Rules(approved, _own_addresses(int(time.monotonic() // _SECONDS_KEPT)), loopback)


@lru_cache(maxsize=1)
def _own_addresses(_minute: int) -> frozenset[Address]:
    """This machine's own addresses, and those of the database and the broker."""
    own: set[Address] = set()
    for cards in psutil.net_if_addrs().values():
        for card in cards:
            try:
                own.add(ip_address(card.address.partition("%")[0]))
            except ValueError:  # the card's own number
                continue
    for host in _servers():
        try:
            own.update(resolving.look_up(host, 0, _SECONDS_TO_RESOLVE))
        except NoReply:  # what has no address cannot be reached by one either
            continue
    return frozenset(own)


def _servers() -> set[str]:
    """The hosts of database and broker; a path is a socket on this machine."""
    hosts = {str(connection.get("HOST") or "") for connection in settings.DATABASES.values()}
    hosts.add(urlsplit(settings.CELERY_BROKER_URL).hostname or "")
    return {host for host in hosts if host and not host.startswith("/")}
