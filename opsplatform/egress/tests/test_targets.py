"""URLs and headers have one spelling each; whatever could be read in two ways is refused."""

import pytest

from opsplatform.egress.errors import TargetNotUnderstood
from opsplatform.egress.targets import Target, read_target, refuse_headers

HOSTILE = (
    "", "peer.example", "//peer.example/", "ftp://peer.example/", "HTTPS://peer.example/", "file:///etc/passwd",
    "https://", "https:///hook", "https:peer.example", "https:/peer.example", "https://peer.example:0/",
    "https://peer.example:65536/", "https://peer.example:44 3/", "https://peer.example:https/",
    # user names, which hide the host
    "https://user@peer.example/", "https://user:password@peer.example/", "https://peer.example@127.0.0.1/",
    "https://peer.example:443@127.0.0.1/", "https://127.0.0.1#@peer.example/", "https://127.0.0.1\\@peer.example/",
    "https://peer.example\\.evil.example/", "https://peer.example/#part",
    # lines and blanks
    "https://peer.example/\r\nX: 1", "https://peer.example/ HTTP/1.1\r\nHost: evil", "https://peer.example/\n",
    "https://peer.example\r\n/", "https://peer.example/a b", " https://peer.example/", "https://peer.example/\t",
    "https://peer.example/\x00", "https://peer.example/%0", "https://peer.example/%zz",
    # other alphabets: what looks like a name, a dot or a digit
    "https://例子.中国/", "https://peer。example/", "https://ⓟeer.example/", "https://１２７.0.0.1/",
    "https://peer.exam\u200bple/", "https://peer.example/路径", "https://peer\u2024example/",
    # addresses in other words
    "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
    "https://127.0.0.1./", "https://127.0.0.01/", "https://peer.example.0x7f/", "https://peer.1/",
    "https://[::1%25lo]/", "https://[0:0:0:0:0:0:0:1]/", "https://[127.0.0.1]/", "https://[::1/", "https://::1/",
    # names that are none
    "https://localhost/", "https://peer.example./", "https://.example/", "https://peer..example/",
    "https://-peer.example/", "https://peer_.example/", f"https://{'a' * 64}.example/",
    f"https://peer.example/{'a' * 2000}",
)  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_what_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(TargetNotUnderstood):
        read_target(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://peer.example", Target("https", "peer.example", 443, "/")),
        ("https://Peer.Example:8443/hook?a=1&b=%2F", Target("https", "peer.example", 8443, "/hook?a=1&b=%2F")),
        ("http://10.1.2.3/x@y", Target("http", "10.1.2.3", 80, "/x@y")),
        ("https://[fd00::1]:8443/", Target("https", "fd00::1", 8443, "/")),
        ("https://xn--fsqu00a.xn--fiqs8s/", Target("https", "xn--fsqu00a.xn--fiqs8s", 443, "/")),
    ],
)
def test_what_is_spelled_plainly_is_understood(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X-A", "\x00"), ("X-A", ""), ("X-A", " 1"), ("X-A", "值"),
        ("X-A\r\nX-B", "1"), ("X A", "1"), ("", "1"), ("X:A", "1"), ("Host", "evil.example"),
        ("content-length", "0"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("X-A", "a" * 4001),
    ],
)  # fmt: skip
def test_a_header_cannot_break_out_of_its_line_nor_say_how_the_message_is_carried(name: str, value: str) -> None:
    with pytest.raises(TargetNotUnderstood):
        refuse_headers({"X-Fine": "1", name: value})


def test_ordinary_headers_pass() -> None:
    refuse_headers({"Content-Type": "application/json", "webhook-signature": "v1,abc= v1,def=", "X-A": "a"})
