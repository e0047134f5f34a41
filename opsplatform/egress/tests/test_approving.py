"""Hosts and networks are approved by the city's operator or system administrator, on record."""

from typing import Any

import pytest

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.egress import selectors
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.services.approving import save_host, save_network
from opsplatform.kernel.errors import Forbidden, Invalid, StaleRevision
from opsplatform.organizations.tests.factories import DistrictFactory

pytestmark = pytest.mark.django_db
HOST = {"host": "Peer.Example", "port": 443, "purpose": "统一受理平台"}


@pytest.mark.parametrize("role", ["platform_operator", "system_admin"])
def test_an_approval_stands_in_the_register_and_in_the_trail(role: str) -> None:
    actor = person(role)
    host = save_host(actor=actor, values=HOST)
    assert (host.host, host.port, host.is_active) == ("peer.example", 443, True)
    entry = AuditEntry.objects.get(action="approved_host.registered")
    assert (entry.actor, entry.object_label) == (actor, "peer.example:443")


def test_an_approval_is_withdrawn_and_host_and_port_never_change() -> None:
    actor = person("platform_operator")
    host = save_host(actor=actor, values=HOST)
    host = save_host(actor=actor, pk=host.pk, values={"is_active": False}, expected_revision=1)
    assert not host.is_active
    assert AuditEntry.objects.get(action="approved_host.changed").after == {"/is_active": False}
    with pytest.raises(Invalid):
        save_host(actor=actor, pk=host.pk, values={"host": "other.example"}, expected_revision=2)
    with pytest.raises(StaleRevision):
        save_host(actor=actor, pk=host.pk, values={"is_active": True}, expected_revision=1)


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "lead_editor", "district_publisher"])
def test_others_approve_nothing(role: str) -> None:
    with pytest.raises(Forbidden):
        save_host(actor=person(role), values=HOST)
    with pytest.raises(Forbidden):
        save_network(actor=person(role), values={"network": "10.0.0.0/8", "name": "政务外网"})


def test_an_operator_of_a_district_approves_nothing() -> None:
    with pytest.raises(Forbidden):
        save_host(actor=person("platform_operator", DistrictFactory()), values=HOST)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "*.example", "peer", "https://peer.example", "peer.example/hook", "peer.example:443", "例子.中国",
        "169.254.169.254", "::ffff:169.254.169.254", "2130706433", "224.0.0.1", "0.0.0.0", "10.0.0.300", "fe80::1",
    ],
)  # fmt: skip
def test_what_is_no_host_or_never_reached_is_refused(host: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_host(actor=person("platform_operator"), values={**HOST, "host": host})
    assert [problem.pointer for problem in refusal.value.problems] == ["/host"]
    assert not ApprovedHost.objects.exists()


def test_our_own_name_and_our_own_address_are_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_HOSTS = ["ops.example.gov.cn"]
    monkeypatch.setattr(selectors, "_own_addresses", lambda minute: frozenset([selectors.ip_address("10.9.9.9")]))
    for host in ("ops.example.gov.cn", "10.9.9.9"):
        with pytest.raises(Invalid):
            save_host(actor=person("platform_operator"), values={**HOST, "host": host})


def test_the_same_host_and_port_stand_once() -> None:
    save_host(actor=person("platform_operator"), values=HOST)
    with pytest.raises(Invalid, match="填写的内容有误"):
        save_host(actor=person("platform_operator"), values=HOST)
    save_host(actor=person("platform_operator"), values={**HOST, "port": 8443})


@pytest.mark.parametrize("network", ["10.0.0.0/8", "59.192.0.0/10", "fd00:10::/32"])
def test_a_network_of_the_government_is_approved(network: str) -> None:
    save_network(actor=person("system_admin"), values={"network": network, "name": "政务外网"})
    assert AuditEntry.objects.get(action="approved_network.registered").object_label == network


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "10.0.0.1/8",
        "10.0.0.0",
        "网段",
        "::/0",
        "fe80::/10",
        "224.0.0.0/4",
    ],
)
def test_a_network_that_is_none_or_holds_forbidden_addresses_is_refused(network: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_network(actor=person("platform_operator"), values={"network": network, "name": "政务外网"})
    assert [problem.pointer for problem in refusal.value.problems] == ["/network"]
    assert not ApprovedNetwork.objects.exists()


def test_a_network_whose_approval_was_withdrawn_opens_nothing() -> None:
    actor = person("platform_operator")
    network = save_network(actor=actor, values={"network": "10.0.0.0/8", "name": "政务外网"})
    assert selectors.current_rules().may_reach(selectors.ip_address("10.200.0.1"))
    save_network(actor=actor, pk=network.pk, values={"is_active": False}, expected_revision=1)
    assert not selectors.current_rules().may_reach(selectors.ip_address("10.200.0.1"))
