"""What an IP address means for the way out. Plain Python.

The ranges are those of the IANA special-purpose address registries (RFC 6890 and its successors), spelled out here
because `ipaddress` of Python 3.11 judges several of them differently from one patch release to the next.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*spellings: str) -> tuple[Network, ...]:
    return tuple(ip_network(spelling) for spelling in spellings)


NEVER = _networks(
    "0.0.0.0/8",  # this network, unspecified
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local, where clouds keep their metadata
    "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # protocols, documentation
    "192.88.99.0/24",  # 6to4 relays
    "198.18.0.0/15",  # benchmarks
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "::/8",  # unspecified, loopback, and every range in which an IPv4 address hides and no rule below finds it
    "64:ff9b:1::/48",  # local translation, whose spelling only its operator knows
    "100::/64", "100:0:0:1::/64",  # discard
    "2001::/23",  # protocols: Teredo, benchmarks, ORCHID
    "2001:db8::/32", "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fe80::/10", "fec0::/10",  # link-local, site-local
    "ff00::/8",  # multicast
)  # fmt: skip
METADATA = _networks(  # inside ranges that may be approved
    "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128",
)  # fmt: skip
PRIVATE = _networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
PUBLIC_V6 = IPv6Network("2000::/3")

_EMBEDDING: tuple[tuple[IPv6Network, int], ...] = (  # where, and how far from the right, an IPv4 address stands
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped (RFC 4291 §2.5.5.2)
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (RFC 7915)
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
)


class Reach(Enum):
    """Under which condition an address may be sent to."""

    NEVER = "never"
    PRIVATE = "private"  # only where its network was approved
    PUBLIC = "public"


def meant(address: Address) -> Address:
    """The address that packets end up at: an IPv4 address inside an IPv6 one counts as itself."""
    if isinstance(address, IPv6Address):
        for network, distance in _EMBEDDING:
            if address in network:
                return IPv4Address(int(address) >> distance & 0xFFFFFFFF)
    return address


def reach_of(address: Address) -> Reach:
    """The condition, judged on what the address means."""
    address = meant(address)
    if any(address in network for network in (*NEVER, *METADATA)):
        return Reach.NEVER
    if any(address in network for network in PRIVATE):
        return Reach.PRIVATE
    is_assigned = isinstance(address, IPv4Address) or address in PUBLIC_V6
    return Reach.PUBLIC if is_assigned else Reach.NEVER


def forbidden_part(network: Network) -> Network | None:
    """A range in the network where nothing is ever sent to, so that nobody can approve it; None where there is none."""
    ranges = (*NEVER, *(embedding for embedding, _ in _EMBEDDING))
    return next((never for never in ranges if never.version == network.version and never.overlaps(network)), None)


@dataclass(frozen=True)
class Rules:
    """What holds at this moment: the approved networks, this installation's own addresses, and the loopback networks
    that the settings of a profile for development or tests may open; the production profile starts without any."""

    approved: Collection[Network] = ()
    own: Collection[Address] = ()
    loopback: Collection[Network] = ()

    def is_inner(self, address: Address) -> bool:
        """Whether it lies in a network that was approved, where plain HTTP may be spoken."""
        address = meant(address)
        return any(address in network for network in (*self.approved, *self.loopback))

    def may_ever_reach(self, address: Address) -> bool:
        """Whether there are approvals under which something may be sent there."""
        address = meant(address)
        if any(address in network for network in self.loopback):
            return True
        return reach_of(address) is not Reach.NEVER and address not in self.own

    def may_reach(self, address: Address) -> bool:
        """Whether something may be sent there now."""
        if not self.may_ever_reach(address):
            return False
        return reach_of(address) is Reach.PUBLIC or self.is_inner(address)
