"""One exchange with another host, from the look-up of its name to the last byte of its reply. Knows no tables.

The connection class resolves, judges and connects in one step, so that the address which was judged is the address
that is connected to; neither urllib3 nor the operating system looks the name up a second time.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from threading import Timer
from typing import Any

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection

from opsplatform.egress import resolving
from opsplatform.egress.addresses import Rules
from opsplatform.egress.errors import (
    AddressForbidden,
    NoReply,
    NotEncrypted,
    NotSent,
    ReplyMalformed,
    ReplyTooLarge,
    TookTooLong,
    Unreachable,
)
from opsplatform.egress.targets import Request, Target

AGENT = "opsplatform"
_CHUNK = 16 * 1024


@dataclass(frozen=True)
class Limits:
    """How long, in seconds, and how much, in bytes, as sent and unpacked."""

    connect: float = 5.0
    read: float = 10.0  # the longest pause
    total: float = 15.0
    size: int = 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """What came back, to be believed in nothing: status, headers with names in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Deadline:
    """A moment after which a socket given to it moves nothing any more, whoever is waiting for it."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds
        self._timers: list[tuple[Timer, socket.socket]] = []

    @property
    def is_over(self) -> bool:
        """Whether the moment has come."""
        return time.monotonic() >= self._at

    def left(self, at_most: float) -> float:
        """How many seconds there still are; raises TookTooLong when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TookTooLong
        return min(left, at_most)

    def watch(self, connected: socket.socket) -> None:
        """The connection ends at the moment, through a second handle, because TLS takes over the first."""
        twin = connected.dup()
        timer = Timer(max(self._at - time.monotonic(), 0), _end, [twin])
        timer.daemon = True
        timer.start()
        self._timers.append((timer, twin))

    def lift(self) -> None:
        """Nothing is watched any more."""
        for timer, twin in self._timers:
            timer.cancel()
            twin.close()


def _end(connected: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        connected.shutdown(socket.SHUT_RDWR)


class _Judged(HTTPConnection):
    """A connection to an address of its host that the rules allow."""

    rules: Rules
    deadline: Deadline
    limits: Limits

    def _new_conn(self) -> socket.socket:
        addresses = resolving.look_up(self.host, self.port, self.deadline.left(self.limits.connect))
        if not all(self.rules.may_reach(address) for address in addresses):
            raise AddressForbidden
        if not isinstance(self, HTTPSConnection) and not all(self.rules.is_inner(address) for address in addresses):
            raise NotEncrypted
        for address in addresses:
            try:
                connected = socket.create_connection((str(address), self.port), self.deadline.left(self.limits.connect))
            except OSError:
                continue
            self.deadline.watch(connected)
            return connected
        raise Unreachable


class _JudgedTLS(_Judged, HTTPSConnection):
    """The same with TLS: the certificate is judged by the host's name."""


def exchange(request: Request, target: Target, rules: Rules, limits: Limits) -> Reply:
    """The reply to the request; raises NotSent or NoReply. What is no reply yet, a redirect, is one like any other."""
    deadline = Deadline(limits.total)
    connection = _connection(target, limits)
    connection.rules, connection.deadline, connection.limits = rules, deadline, limits
    try:
        with _named(deadline):
            connection.request(
                request.method,
                target.path,
                body=request.body,
                headers={**request.headers, "User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close"},
                preload_content=False,
                decode_content=False,
            )
            connection.timeout = deadline.left(limits.read)
            response = connection.getresponse()
            body = _read(response, limits.size)
            headers = {name.lower(): value for name, value in response.headers.items()}
            deadline.left(limits.read)  # what was cut off within its headers reads like a whole reply
            return Reply(response.status, headers, _unpacked(body, headers, limits.size))
    finally:
        connection.close()
        deadline.lift()


def _connection(target: Target, limits: Limits) -> _Judged:
    if target.is_encrypted:
        return _JudgedTLS(target.host, target.port, timeout=limits.connect, ssl_context=_trust(settings.EGRESS_CA_FILE))
    return _Judged(target.host, target.port, timeout=limits.connect)


@lru_cache(maxsize=2)
def _trust(ca_file: Any) -> ssl.SSLContext:
    """Certificates of the system's authorities, and of those in the file, for TLS 1.2 and later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@contextmanager
def _named(deadline: Deadline) -> Iterator[None]:
    """Whatever breaks on the way is one of our own refusals; after the moment it is that time was up."""
    try:
        yield
    except (NotSent, NoReply):
        raise
    except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
        raise TookTooLong from error
    except (OSError, ValueError, urllib3.exceptions.HTTPError, HTTPException) as error:
        if deadline.is_over:
            raise TookTooLong from error
        raise (Unreachable if isinstance(error, OSError) else ReplyMalformed) from error


def _read(response: Any, size: int) -> bytes:
    """The body as it was sent; raises ReplyTooLarge as soon as it is."""
    read = bytearray()
    while chunk := response.read(_CHUNK, decode_content=False):
        read += chunk
        if len(read) > size:
            raise ReplyTooLarge
    return bytes(read)


def _unpacked(body: bytes, headers: Mapping[str, str], size: int) -> bytes:
    """The body itself, never more of it than allowed; raises ReplyTooLarge, or ReplyMalformed for other packings."""
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing == "identity" or not body:
        return body
    if packing not in ("gzip", "deflate"):
        raise ReplyMalformed("对方的答复用了不支持的压缩方式。")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # the header says whether it is gzip or zlib
    try:
        unpacked = unpacking.decompress(body, size + 1)
    except zlib.error as error:
        raise ReplyMalformed from error
    if len(unpacked) > size:
        raise ReplyTooLarge
    if not unpacking.eof:
        raise ReplyMalformed
    return unpacked
