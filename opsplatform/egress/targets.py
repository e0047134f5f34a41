"""Where a request goes and what it carries, in the only spelling we accept. Plain Python.

Two programs that read one URL differently are how a check is passed and another host reached, so whatever could be
read in two ways is refused: user names, fragments, backslashes, blanks, non-ASCII, unusual spellings of addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from opsplatform.egress.addresses import Address
from opsplatform.egress.errors import TargetNotUnderstood
from opsplatform.kernel.errors import Problem

LONGEST = 2000
Method = Literal["GET", "POST", "PUT", "DELETE"]
DEFAULT_PORTS = {"https": 443, "http": 80}

_SEGMENT = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    rf"(?P<path>/{_SEGMENT})?(?P<query>\?(?:{_SEGMENT}|\?)*)?"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,3998}[\x21-\x7e])?")
OURS = frozenset(  # headers that say how a message is carried are not the caller's to set
    {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
        "proxy-authorization", "proxy-connection", "accept-encoding", "user-agent",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Scheme, host in lower case, port, and path with query as it is sent."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme == "https"

    @property
    def address(self) -> Address | None:
        """The address where the host is one; None where it is a name."""
        return literal_address(self.host)


@dataclass(frozen=True)
class Request:
    """What is sent. `purpose` names the use in logs and figures and carries nothing personal."""

    purpose: str
    url: str
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def read_target(url: str) -> Target:
    """The parts of the URL; raises TargetNotUnderstood."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    host = found["host"].lower().strip("[]") if found else ""
    if found is None or not is_host(host) or (":" in host) != found["host"].startswith("["):
        raise TargetNotUnderstood(problems=(Problem("/url", "not_understood", TargetNotUnderstood.sentence),))
    port = int(found["port"] or DEFAULT_PORTS[found["scheme"]])
    if port > 65535:
        raise TargetNotUnderstood("端口应在 1 到 65535 之间。")
    return Target(found["scheme"], host, port, (found["path"] or "/") + (found["query"] or ""))


def is_host(text: str) -> bool:
    """Whether this is a domain name of several labels in lower case, or an IP address in its canonical spelling."""
    if literal_address(text) is not None:
        return True
    labels = text.split(".")
    return (
        len(text) <= 253
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
        and not re.fullmatch(r"0x[0-9a-f]*", labels[-1])  # a last label that is a number is read as an address
    )


def literal_address(text: str) -> Address | None:
    """The address of this canonical spelling; None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if str(address) == text and "%" not in text else None


def refuse_headers(headers: Mapping[str, str]) -> None:
    """Passes for names and values that cannot break out of their line; raises TargetNotUnderstood naming the header."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in OURS or not _HEADER_VALUE.fullmatch(value):
            raise TargetNotUnderstood(f"请求头 {name!r} 不能这样写。")
