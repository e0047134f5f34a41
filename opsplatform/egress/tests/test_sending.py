"""What leaves, where it goes, and what a hostile other side can do about it: nothing but be refused in time."""

import contextlib
import gzip
import logging
import socket
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from urllib3.connection import HTTPConnection

from opsplatform.egress import selectors, wire
from opsplatform.egress.errors import (
    AddressForbidden,
    HostNotApproved,
    NoReply,
    NotEncrypted,
    NotFoundByName,
    ReplyMalformed,
    ReplyTooLarge,
    TargetNotUnderstood,
    TookTooLong,
    Unreachable,
)
from opsplatform.egress.models import ApprovedHost, Tally
from opsplatform.egress.services.sending import Limits, Request, send
from opsplatform.egress.tests.factories import ApprovedNetworkFactory
from opsplatform.egress.tests.receivers import Authority, Names, Receiver, approve, drips, receiver, says
from opsplatform.egress.tests.test_addresses import NEVER, PRIVATE
from opsplatform.egress.tests.test_targets import HOSTILE

pytestmark = pytest.mark.django_db
PEER = "peer.example"
SOON = Limits(connect=0.5, read=0.5, total=1.0, size=100_000)


@pytest.fixture
def peer() -> Iterator[Receiver]:
    """An approved receiver."""
    with receiver() as here:
        approve(here.address, here.port)
        yield here


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What names lead to."""
    return Names(monkeypatch)


def ask(url: str, limits: Limits = SOON, **options: Any) -> wire.Reply:
    return send(Request("test.ask", url, **options), limits)


# --- it works ---------------------------------------------------------------------------------------------------------


def test_an_approved_host_hears_what_was_said_and_its_reply_comes_back(peer: Receiver) -> None:
    reply = ask(f"{peer.url}?a=1", method="POST", headers={"Content-Type": "text/plain"}, body=b"hello")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"ok", "2")
    head, _, body = peer.heard[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?a=1 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{peer.port}", "Accept-Encoding: identity", "User-Agent: opsplatform"} <= set(lines)
    assert body == b"hello"


@pytest.mark.parametrize("packed", [gzip.compress(b"hello", mtime=0), zlib.compress(b"hello")])
def test_a_packed_reply_is_unpacked(peer: Receiver, packed: bytes) -> None:
    peer.say = says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed)
    assert ask(peer.url).body == b"hello"


def test_what_was_sent_is_counted_and_logged_without_path_headers_or_body(
    peer: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "opsplatform.egress"):
        ask(f"{peer.url}/hidden", headers={"Authorization": "Bearer hidden"}, method="POST", body=b"hidden")
        ask(f"{peer.url}/hidden", method="POST", body=b"hidden")
    tally = Tally.objects.get()
    assert (tally.purpose, tally.outcome, tally.count) == ("test.ask", "2xx", 2)
    assert tally.seconds > 0
    told = [{**vars(record), **record.facts} for record in caplog.records]  # type: ignore[attr-defined]
    assert [line["outcome"] for line in told] == ["2xx", "2xx"]
    assert "hidden" not in str(told)


def test_nothing_leaves_while_a_transaction_is_open(peer: Receiver) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ask(peer.url)
    assert peer.calls == 0


# --- only where somebody approved it ----------------------------------------------------------------------------------


def test_no_other_host_no_other_port_and_no_host_whose_approval_was_withdrawn_is_called() -> None:
    with receiver() as other:
        with pytest.raises(HostNotApproved):
            ask(other.url)
        approved = approve(other.address, other.port + 1)
        with pytest.raises(HostNotApproved):
            ask(other.url)
        ApprovedHost.objects.filter(pk=approved.pk).update(port=other.port, is_active=False)
        with pytest.raises(HostNotApproved):
            ask(other.url)
        assert other.calls == 0
    assert Tally.objects.get().outcome == "host_not_approved"


@pytest.mark.parametrize("url", HOSTILE)
def test_a_url_that_could_be_read_in_two_ways_is_not_even_looked_up(url: str, names: Names) -> None:
    names.lead(PEER, "127.0.0.1")
    approve(PEER, 443)
    with pytest.raises(TargetNotUnderstood):
        ask(url)
    assert names.asked == []


def test_a_header_that_would_break_its_line_does_not_leave(peer: Receiver) -> None:
    with pytest.raises(TargetNotUnderstood):
        ask(peer.url, headers={"X-A": "1\r\nX-Admin: 1"})
    assert peer.calls == 0


# --- the address is judged when the connection is made ----------------------------------------------------------------


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses connections were tried to; none comes about."""
    tried: list[str] = []

    def refuse(place: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(place[0])
        raise OSError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


@pytest.mark.parametrize("address", [*NEVER, *PRIVATE, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a00:1::"])
def test_no_connection_is_even_tried_to_an_address_of_these_classes(
    address: str, names: Names, connected: list[str], settings: Any
) -> None:
    settings.EGRESS_LOOPBACK_NETWORKS = ()
    names.lead(PEER, address)
    approve(PEER, 443)
    with pytest.raises(AddressForbidden):
        ask(f"https://{PEER}/")
    assert connected == []


def test_a_public_address_is_called_by_the_address_that_was_judged(names: Names, connected: list[str]) -> None:
    names.lead(PEER, ["1.1.1.1", "2606:4700::1111"])
    approve(PEER, 443)
    with pytest.raises(Unreachable):
        ask(f"https://{PEER}/")
    assert connected == ["1.1.1.1", "2606:4700::1111"]
    assert names.asked == [PEER]


def test_an_approved_network_opens_its_addresses_but_not_our_own_in_it(
    names: Names, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(PEER, 443)
    ApprovedNetworkFactory(network="10.1.0.0/16")
    monkeypatch.setattr(selectors, "_own_addresses", lambda minute: frozenset([selectors.ip_address("10.1.0.5")]))
    names.lead(PEER, "10.1.0.6", "10.1.0.5", "10.2.0.6")
    with pytest.raises(Unreachable):
        ask(f"https://{PEER}/")
    for _ in range(2):
        with pytest.raises(AddressForbidden):
            ask(f"https://{PEER}/")
    assert connected == ["10.1.0.6"]


def test_this_machine_its_database_and_its_broker_are_own_services(
    settings: Any, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "db.example")
    settings.CELERY_BROKER_URL = "redis://broker.example:6379/0"
    names.lead("db.example", "10.3.0.1")
    names.lead("broker.example", "10.3.0.2")
    selectors._own_addresses.cache_clear()
    own = selectors._own_addresses(-1)
    selectors._own_addresses.cache_clear()
    assert {selectors.ip_address(one) for one in ("127.0.0.1", "10.3.0.1", "10.3.0.2")} <= own


def test_without_tls_only_inner_networks_are_spoken_to(names: Names, connected: list[str]) -> None:
    approve(PEER, 80)
    ApprovedNetworkFactory(network="10.1.0.0/16")
    names.lead(PEER, "1.1.1.1", "10.1.0.6", ["10.1.0.6", "1.1.1.1"])
    with pytest.raises(NotEncrypted):
        ask(f"http://{PEER}/")
    with pytest.raises(Unreachable):
        ask(f"http://{PEER}/")
    with pytest.raises(NotEncrypted):
        ask(f"http://{PEER}/")
    assert connected == ["10.1.0.6"]


def test_a_name_that_leads_nowhere_is_said_so(names: Names) -> None:
    names.lead(PEER, [])
    approve(PEER, 443)
    with pytest.raises(NotFoundByName):
        ask(f"https://{PEER}/")


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: time.sleep(6) or [])
    approve(PEER, 443)
    started = time.monotonic()
    with pytest.raises(TookTooLong):
        ask(f"https://{PEER}/")
    assert time.monotonic() - started < 5


class Rebinding:
    """A name that leads to an allowed address when it is looked up first, and to a forbidden one from then on."""

    def __init__(self, names: Names, settings: Any) -> None:
        settings.EGRESS_LOOPBACK_NETWORKS = ("127.0.0.1/32",)
        self.allowed = Receiver()
        self.forbidden = Receiver(address="::1", port=self.allowed.port)
        names.lead(PEER, "127.0.0.1", "::1")
        approve(PEER, self.allowed.port)
        self.url = f"http://{PEER}:{self.allowed.port}/"

    def close(self) -> None:
        self.allowed.close()
        self.forbidden.close()


@pytest.fixture
def rebinding(names: Names, settings: Any) -> Iterator[Rebinding]:
    """The trap."""
    trap = Rebinding(names, settings)
    yield trap
    trap.close()


def test_a_name_that_changes_its_answer_leads_nobody_astray(rebinding: Rebinding, names: Names) -> None:
    assert ask(rebinding.url).status == 200
    assert names.asked == [PEER]
    with pytest.raises(AddressForbidden):
        ask(rebinding.url)
    assert rebinding.forbidden.calls == 0


def test_one_forbidden_address_among_several_forbids_them_all(rebinding: Rebinding, names: Names) -> None:
    names.lead(PEER, ["127.0.0.1", "::1"])
    with pytest.raises(AddressForbidden):
        ask(rebinding.url)
    assert (rebinding.allowed.calls, rebinding.forbidden.calls) == (0, 0)


def test_the_saboteur_that_connects_by_name_after_judging_is_led_astray(
    rebinding: Rebinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = wire._Judged._new_conn

    def by_name(self: Any) -> socket.socket:
        judge(self).close()
        return HTTPConnection._new_conn(self)

    monkeypatch.setattr(wire._Judged, "_new_conn", by_name)
    ask(rebinding.url)
    assert rebinding.forbidden.calls == 1


# --- no detours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_reply_and_nobody_follows_it(peer: Receiver, names: Names, status: int) -> None:
    with receiver() as elsewhere:
        approve(elsewhere.address, elsewhere.port)
        for place in (elsewhere.url, "http://169.254.169.254/latest/meta-data/"):
            peer.say = says(f"HTTP/1.1 {status} Go\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())
            assert ask(peer.url).status == status
        assert (elsewhere.calls, peer.calls, names.asked) == (0, 2, [])


def test_proxies_of_the_environment_are_not_used(peer: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}:{proxy.port}")
        assert ask(peer.url).status == 200
        assert (proxy.calls, peer.calls) == (0, 1)


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Any, settings: Any) -> Authority:
    """An authority that this installation trusts."""
    here = Authority(tmp_path)
    settings.EGRESS_CA_FILE = here.file
    return here


def test_the_certificate_is_judged_by_the_name_and_not_by_the_address(authority: Authority, names: Names) -> None:
    names.lead(PEER, "127.0.0.1")
    names.lead("other.example", "127.0.0.1")
    with receiver(tls=authority.server(PEER)) as here:
        approve(PEER, here.port)
        approve("other.example", here.port)
        assert ask(f"https://{PEER}:{here.port}/").body == b"ok"
        with pytest.raises(Unreachable):
            ask(f"https://other.example:{here.port}/")
        assert len(here.heard) == 1


def test_a_certificate_of_an_unknown_authority_is_not_believed(tmp_path: Any, names: Names) -> None:
    names.lead(PEER, "127.0.0.1")
    with receiver(tls=Authority(tmp_path).server(PEER)) as here:
        approve(PEER, here.port)
        with pytest.raises(Unreachable):
            ask(f"https://{PEER}:{here.port}/")
        assert here.heard == []


# --- time -------------------------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
SLOW = {
    "says nothing": lambda caller: time.sleep(4),
    "drips the first line": drips(b"HTTP/1.1 2", 40, 0.1),
    "drips a header": drips(b"HTTP/1.1 200 OK\r\nX-A: ", 40, 0.1),
    "drips the body": drips(HEAD, 40, 0.1),
    "drips chunk sizes": drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0", 40, 0.1),
    "pauses in the body": drips(HEAD, 2, 2.0),
}


def seconds_of(url: str) -> float:
    started = time.monotonic()
    with contextlib.suppress(NoReply):
        ask(url)
    return time.monotonic() - started


@pytest.mark.parametrize("way", SLOW)
def test_whoever_drips_is_left_when_the_time_is_up(peer: Receiver, way: str) -> None:
    peer.say = SLOW[way]
    with pytest.raises(TookTooLong):
        ask(peer.url)
    assert seconds_of(peer.url) < 3


def test_a_handshake_that_does_not_end_is_left_too(names: Names) -> None:
    names.lead(PEER, "127.0.0.1")
    with receiver(drips(b"", 40, 0.1)) as silent:
        approve(PEER, silent.port)
        assert seconds_of(f"https://{PEER}:{silent.port}/") < 3


def test_the_saboteur_that_only_bounds_each_pause_waits_for_the_last_drop(
    peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire.Deadline, "watch", lambda self, connected: None)
    peer.say = SLOW["drips a header"]
    assert seconds_of(peer.url) > 3


# --- size -------------------------------------------------------------------------------------------------------------

BOMB = gzip.compress(bytes(50_000_000))
LARGE = {
    "longer than announced as allowed": HEAD.replace(b"100000", b"200000") + bytes(200_000),
    "without an end": b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5_000_000),
    "in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + (b"4000\r\n" + bytes(0x4000) + b"\r\n") * 20,
    "bomb": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + BOMB,
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_reply_that_is_too_large_is_not_kept(peer: Receiver, kind: str) -> None:
    peer.say = says(LARGE[kind])
    with pytest.raises(ReplyTooLarge):
        ask(peer.url)


def unpacking_peak(unpack: Any) -> int:
    """The most memory that unpacking the bomb takes."""
    tracemalloc.start()
    try:
        unpack()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_noticed_before_it_has_gone_off() -> None:
    def unpack() -> None:
        with pytest.raises(ReplyTooLarge):
            wire._unpacked(BOMB, {"content-encoding": "gzip"}, 100_000)

    assert unpacking_peak(unpack) < 1_000_000


def test_the_saboteur_that_measures_after_unpacking_holds_all_of_it() -> None:
    assert unpacking_peak(lambda: gzip.decompress(BOMB)) > 50_000_000


# --- nonsense ---------------------------------------------------------------------------------------------------------

NONSENSE = (
    b"", b"\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 99999 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
    b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 1000 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\xff" * 3000,
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain", b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nplain",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\nplain",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello", mtime=0)[:-4],
)  # fmt: skip


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_is_no_reply(peer: Receiver, answer: bytes) -> None:
    peer.say = says(answer)
    with pytest.raises((ReplyMalformed, Unreachable)):
        ask(peer.url)


def test_nobody_there_is_said_so() -> None:
    with receiver() as gone:
        approve(gone.address, gone.port)
    with pytest.raises(Unreachable):
        ask(gone.url)
    assert Tally.objects.get().outcome == "unreachable"
