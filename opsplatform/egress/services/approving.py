"""Hosts and networks are approved, and approvals are withdrawn."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.egress.addresses import forbidden_part
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.selectors import current_rules
from opsplatform.egress.targets import is_host, literal_address
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code


@transaction.atomic
def save_host(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> ApprovedHost:
    """The host stands in the register with its port, both given once; without approval nothing goes there."""
    host = registers.lock_or_new(ApprovedHost.objects.all(), pk, expected_revision)
    before = registers.content_of(host) if pk else {}
    registers.fill(host, values, ("purpose", "is_active") if pk else ("host", "port", "purpose", "is_active"))
    actor.require("egress.approve")
    host.host = host.host.strip().lower()
    registers.refuse([*registers.column_problems(host), *_host_problems(host)])
    registers.store(
        host,
        registers.differences(before, registers.content_of(host)),
        actor=actor,
        event="approved_host",
        division=city_code(),
    )
    return host


@transaction.atomic
def save_network(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> ApprovedNetwork:
    """The network stands in the register, its range given once; what may never be reached cannot be part of it."""
    network = registers.lock_or_new(ApprovedNetwork.objects.all(), pk, expected_revision)
    before = registers.content_of(network) if pk else {}
    registers.fill(network, values, ("name", "is_active") if pk else ("network", "name", "is_active"))
    actor.require("egress.approve")
    network.network = network.network.strip().lower()
    registers.refuse([*registers.column_problems(network), *_network_problems(network)])
    registers.store(
        network,
        registers.differences(before, registers.content_of(network)),
        actor=actor,
        event="approved_network",
        division=city_code(),
    )
    return network


def _host_problems(host: ApprovedHost) -> Iterator[Problem]:
    """What is wrong with the name; where a name leads is judged whenever something is sent."""
    if not is_host(host.host):
        yield Problem("/host", "malformed_host", "应为域名（至少两段，中文域名写作 xn-- 形式）或规范写法的 IP 地址。")
        return
    address = literal_address(host.host)
    if address is None and host.host in {name.lstrip(".").lower() for name in settings.ALLOWED_HOSTS}:
        yield Problem("/host", "own_service", "这是本系统自己的域名。")
    if address is not None and not current_rules().may_ever_reach(address):
        yield Problem("/host", "never_reached", "这一地址不允许访问：本机、链路本地、元数据、组播等地址不能批准。")


def _network_problems(network: ApprovedNetwork) -> Iterator[Problem]:
    try:
        given = ip_network(network.network)
    except ValueError:
        yield Problem("/network", "malformed_network", "应为网段，例如 10.20.0.0/16，主机位为零。")
        return
    if str(given) != network.network:
        yield Problem("/network", "malformed_network", f"请写作 {given}。")
    never = forbidden_part(given)
    if never is not None:
        yield Problem("/network", "never_reached", f"其中含有不允许访问的 {never}，不能批准。")
