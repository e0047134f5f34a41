"""Bodies that no route may take, made at random from a body that it does take: each is malformed by construction."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat
from random import Random
from typing import Any, NamedTuple

JSON = "application/json"
MARK = "\U0001f6a9 here"  # stands where a raw token shall come to stand


class Request(NamedTuple):
    """A body with what is said about it, and in a word what is wrong with it."""

    fault: str
    content: bytes
    content_type: str = JSON
    encoding: str = ""


def requests(sound: dict[str, Any], faults: Sequence[str], rounds: int, seed: int = 0) -> Iterator[Request]:
    """So many malformed requests of each of these kinds, all kinds in turn."""
    random = Random(seed)
    for fault in chain.from_iterable(repeat(faults, rounds)):
        made = FAULTS[fault](sound, random)
        yield made._replace(fault=fault) if isinstance(made, Request) else Request(fault, made)


def spelled(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


def _cut_short(sound: dict[str, Any], random: Random) -> bytes:
    content = spelled(sound)
    return content[: random.randrange(1, len(content))]


def _with(sound: dict[str, Any], random: Random, intruders: list[bytes]) -> bytes:
    content = spelled(sound)
    place = random.randrange(len(content) + 1)
    return content[:place] + random.choice(intruders) + content[place:]


def _without_a_sign(sound: dict[str, Any], random: Random) -> bytes:
    """Without one quotation mark or bracket: they no longer pair."""
    content = spelled(sound)
    quoted = [found.span() for found in re.finditer(rb'"(?:[^"\\]|\\.)*"', content)]
    place = random.choice(random.choice(quoted))
    place -= content[place : place + 1] != b'"'
    return content[:place] + content[place + 1 :]


def _with_token(sound: dict[str, Any], random: Random, token: bytes) -> bytes:
    """With the raw token in place of a random value."""
    tree = json.loads(spelled(sound))
    places = list(_places(tree))
    container, key = random.choice(places)
    container[key] = MARK
    return spelled(tree).replace(spelled(MARK), token)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _twice(sound: dict[str, Any], random: Random) -> bytes:
    key = random.choice(list(sound))
    content = spelled(sound)
    return content[:-1] + b"," + spelled(key) + b":" + spelled(sound[key]) + b"}"


def _unknown(sound: dict[str, Any], random: Random) -> bytes:
    return spelled(sound | {f"surprise {random.random()}": random.choice([1, None, [], {}, "x"])})


def _missing(sound: dict[str, Any], random: Random) -> bytes:
    """Without a key that every body must have: the first of the sound one is such a key."""
    tree = dict(sound)
    del tree[next(iter(sound))]
    return spelled(tree)


def _wrong_type(sound: dict[str, Any], random: Random) -> bytes:
    key = next(iter(sound))
    wrong = [value for value in (None, True, 1.5, -1, [[[]]], [{"": 0}]) if type(value) is not type(sound[key])]
    return spelled(sound | {key: random.choice(wrong)})


def _many_unknown(sound: dict[str, Any], random: Random) -> bytes:
    return spelled(sound)[:-1] + (b"," if sound else b"") + _MANY_KEYS[1:]


def _wrong_elements(sound: dict[str, Any], random: Random) -> bytes:
    """With a list just below what the parser takes, where the body has one."""
    lists = [key for key, value in sound.items() if isinstance(value, list)]
    key = random.choice(lists or list(sound) or ["surprise"])
    return spelled(sound | {key: MARK}).replace(spelled(MARK), _MANY_ONES)


_MANY_KEYS = spelled({f"k{number}": 1 for number in range(80_000)})  # spelled once, not for each body
_MANY_ONES = spelled([1] * 190_000)
_TOKENS = [
    b"NaN", b"-Infinity", b"1e400", b"9007199254740993", b"9" * 400, b"007", b"+1", b".5", b"0x1f", b"True",
    b"undefined", b"'x'", b'"\\u0000"', b'"\\ud800"', b'{"\\ud800": 1}', b'"\\udc00\\ud800"', b'"\\x41"', b'"a\nb"',
    b'"\x7f\x00"', b'"\xed\xa0\x80"', b"[" * 40 + b"]" * 40, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 5_000,
    b'{"a":1,"a":2}', b'{"":1,"":1}', b"[1,]", b"{1:2}", b"//", b"/* */", b'{"' + b"k" * 1_001 + b'":1}',
]  # fmt: skip
_TYPES = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
    "application/xml", "application/json; charset=gbk", "application/json; charset=utf-16", "application/jsonp",
    "a/b/c", "json", "*/*", "application/json-patch+json", 'application/json; charset="utf-7"',
]  # fmt: skip

FAULTS: dict[str, Callable[[dict[str, Any], Random], bytes | Request]] = {
    "cut short": _cut_short,
    "not UTF-8": lambda sound, random: _with(sound, random, [b"\xff", b"\xc0\x80", b"\xfe\xff", b"\x80"]),
    "a control character": lambda sound, random: _with(sound, random, [b"\x00", b"\x01", b"\x1b", b"\x0c"]),
    "a pair torn apart": _without_a_sign,
    "a token that is no JSON": lambda sound, random: _with_token(sound, random, random.choice(_TOKENS)),
    "more than one": lambda sound, random: spelled(sound) + random.choice([b"{}", b",", b"]", b"x", spelled(sound)]),
    "a key twice": _twice,
    "an unknown key": _unknown,
    "many unknown keys": _many_unknown,
    "a missing key": _missing,
    "a wrong type": _wrong_type,
    "a long list of wrong elements": _wrong_elements,
    "no object": lambda sound, random: random.choice([b"[]", b'"x"', b"1", b"null", b"true", b"[{}]"]),
    "nothing at all": lambda sound, random: random.choice([b"", b" "]),
    "another encoding of text": lambda sound, random: (
        spelled(sound).decode().encode(random.choice(["utf-16", "utf-32", "utf-8-sig"]))
    ),
    "another type of content": lambda sound, random: Request("", spelled(sound), random.choice(_TYPES)),
    "compressed": lambda sound, random: Request(
        "", gzip.compress(spelled(sound), 1), JSON, random.choice(["gzip", "deflate", "br", "x-gzip", "gzip, gzip"])
    ),
    "compressed and not said to be": lambda sound, random: gzip.compress(spelled(sound), 1),
    "bytes of nothing": lambda sound, random: random.randbytes(random.randrange(1, 2_000)),
    "too large": lambda sound, random: spelled(sound | {"note": "x" * 1_000_001}),
    "too many values": lambda sound, random: b"[" + b"0," * 250_000 + b"0]",
}

# What can be wrong only with a body that has keys.
OF_KEYS = {
    "a pair torn apart", "a token that is no JSON", "a key twice", "a missing key", "a wrong type", "nothing at all",
}  # fmt: skip
