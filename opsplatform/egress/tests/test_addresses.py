"""What an address means: every class of them, spelled in every way an IPv4 address can hide in an IPv6 one."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from opsplatform.egress import addresses
from opsplatform.egress.addresses import Reach, Rules, forbidden_part, meant, reach_of

NEVER = (
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.0.23",
    "192.0.0.8", "192.0.0.192", "192.0.2.1", "198.51.100.7", "203.0.113.9", "192.88.99.1", "198.18.0.1", "198.19.255.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16",
    "::", "::1", "::2", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "3fff::1", "5f00::1",
    "64:ff9b:1::a00:1", "fe80::1", "fe80::a9fe:a9fe", "fec0::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254",
    "4000::1", "e000::1",
)  # fmt: skip
PRIVATE = (
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
    "fc00::1", "fd12:3456::1",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "59.192.0.1", "100.63.255.255", "100.128.0.0", "172.15.255.255",
    "172.32.0.0", "169.253.255.255", "169.255.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
    "2400:3200::1", "2001:200::1", "2606:4700::1111",
)  # fmt: skip
CLASSES = [(spelling, reach) for reach, some in zip(Reach, (NEVER, PRIVATE, PUBLIC), strict=True) for spelling in some]


def spellings_of(address: IPv4Address) -> list[IPv6Address]:
    """The IPv4 address as mapped, translated, NAT64 and 6to4."""
    number = int(address)
    right = [IPv6Address(f"{prefix}{number >> 16:x}:{number & 0xFFFF:x}") for prefix in _PREFIXES]
    return [*right, IPv6Address(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")]


_PREFIXES = ("::ffff:", "::ffff:0:", "64:ff9b::")


@pytest.mark.parametrize(("spelling", "reach"), CLASSES)
def test_every_class_of_addresses_is_judged_as_the_registries_say(spelling: str, reach: Reach) -> None:
    assert reach_of(ip_address(spelling)) is reach


@pytest.mark.parametrize(("spelling", "reach"), [(one, reach) for one, reach in CLASSES if ":" not in one])
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(spelling: str, reach: Reach) -> None:
    address = IPv4Address(spelling)
    for hidden in spellings_of(address):
        assert meant(hidden) == address, hidden
        assert reach_of(hidden) is reach, hidden


def test_the_saboteur_that_takes_addresses_at_their_word_lets_hidden_ones_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "_EMBEDDING", ())
    assert reach_of(IPv6Address("2002:7f00:1::1")) is Reach.PUBLIC


def test_private_addresses_need_their_network_and_nothing_opens_what_is_never_reached() -> None:
    rules = Rules(approved=[ip_network("10.1.0.0/16"), ip_network("100.64.0.0/10")])
    assert rules.may_reach(ip_address("10.1.2.3"))
    assert rules.may_reach(ip_address("::ffff:10.1.2.3"))
    assert not rules.may_reach(ip_address("10.2.0.1"))
    assert not rules.may_reach(ip_address("100.100.100.200"))
    assert rules.may_reach(ip_address("1.1.1.1"))
    assert not rules.is_inner(ip_address("1.1.1.1"))


def test_this_installation_itself_is_not_reached_even_inside_an_approved_network() -> None:
    own = ip_address("10.1.0.5")
    rules = Rules(approved=[ip_network("10.1.0.0/16")], own=[own])
    assert not rules.may_reach(own)
    assert not rules.may_reach(ip_address("::ffff:10.1.0.5"))
    assert rules.may_reach(ip_address("10.1.0.6"))


@pytest.mark.parametrize("range_", ["0.0.0.0/0", "126.0.0.0/7", "169.254.169.254/32", "::/0", "2002:a00::/24"])
def test_no_network_with_a_forbidden_part_can_be_approved(range_: str) -> None:
    assert forbidden_part(ip_network(range_)) is not None


@pytest.mark.parametrize("range_", ["10.0.0.0/8", "59.192.0.0/10", "100.64.0.0/10", "fd00::/8"])
def test_networks_of_the_government_can_be_approved(range_: str) -> None:
    assert forbidden_part(ip_network(range_)) is None
