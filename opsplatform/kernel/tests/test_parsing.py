"""The bounded parser: what a hostile sender may try ends in a sentence, quickly; what JSON says is kept exactly."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplatform.kernel import parsing
from opsplatform.kernel.errors import MOST_PROBLEMS
from opsplatform.kernel.parsing import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, MAX_KEYS, BadJSON, TooLarge, parse_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4),
    max_leaves=20,
)


@given(TREES, st.booleans())
def test_sound_json_comes_out_as_it_went_in(tree: object, escaped: bool) -> None:
    assert parse_json(json.dumps(tree, ensure_ascii=escaped).encode()) == tree


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(content: bytes) -> None:
    _parsed_or_refused(content)


@given(st.text(alphabet='[]{}",:\\ue0d8+-.123E\x00 nulltrefas', max_size=80))
def test_anything_that_looks_like_json_is_parsed_or_refused(text: str) -> None:
    _parsed_or_refused(text.encode())


def _parsed_or_refused(content: bytes) -> None:
    with suppress(BadJSON):
        parse_json(content)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "不是 JSON"),
    "no JSON": (b"hello", "不是 JSON"),
    "half of it": (b'{"a": [1, ', "不是 JSON"),
    "two documents": (b"{}{}", "不是 JSON：内容到此已经结束，后面还有多余的文字。"),
    "a byte-order mark": (b"\xef\xbb\xbf{}", "不是 JSON"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "UTF-8"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "UTF-8"),
    "an overlong encoding": (b'"\xc0\xaf"', "UTF-8"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "UTF-8"),
    "single quotes": (b"{'a': 1}", "不是 JSON：这里应是用双引号括起来的键。"),
    "a comment": (b"{} // x", "不是 JSON"),
    "a trailing comma": (b"[1,]", "不是 JSON"),
    "a raw line break in a text": (b'"a\nb"', "不是 JSON：引号内不能有换行等控制字符。"),
    "NaN": (b"[NaN]", "不是 JSON 数字"),
    "Infinity": (b"[Infinity]", "不是 JSON 数字"),
    "-Infinity": (b"[-Infinity]", "不是 JSON 数字"),
    "a float beyond range": (b"[1e400]", "超出范围"),
    "a float of many digits beyond range": (b"[" + b"9" * 400 + b".5]", "超出范围"),
    "a float that is an inexact integer": (b"[9007199254740992.0]", "超出范围"),
    "an integer that not every reader holds": (b"[9007199254740992]", "超出范围"),
    "an integer of a million digits": (b"1" * 900_000, "超出范围"),
    "a negative one": (b"-" + b"1" * 900_000, "超出范围"),
    "duplicate keys": (b'{"a": 1, "b": {"c": 1, "c": 2}}', "重复"),
    "duplicate keys in other spelling": (b'{"a": 1, "\\u0061": 2}', "重复"),
    "NUL": (b'{"a": ["x\\u0000"]}', "NUL 字符"),
    "NUL in a key": (b'{"\\u0000": 1}', "NUL 字符"),
    "a lone high surrogate": (b'"\\ud800"', "代理字符"),
    "a lone low surrogate in a key": (b'{"\\udc00": 1}', "代理字符"),
    "a lone surrogate in a key that is too long": (b'{"\\ud800' + b"x" * 1_001 + b'": 1}', "超过 1000 个字"),
    "surrogates the wrong way round": (b'"\\udc00\\ud800"', "代理字符"),
    "too deep": (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "嵌套"),
    "very deep": (b'{"a":' * 150_000, "嵌套"),
    "deep behind a text that looks closed": (b'["\\"]", ' + b"[" * 100 + b"]" * 101, "嵌套"),
    "too large": (b" " * (MAX_BYTES + 1), "最多"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_in_a_sentence(name: str) -> None:
    content, part = HOSTILE[name]
    with pytest.raises(BadJSON, match=re.escape(part)) as refusal:
        parse_json(content)
    told = [refusal.value.sentence]
    told += [word for problem in refusal.value.problems for word in (problem.pointer, problem.sentence)]
    assert "".join(told).encode(), "an answer can carry it"


def test_every_bad_text_is_named_with_its_place() -> None:
    with pytest.raises(BadJSON) as refusal:
        parse_json(b'{"a/b": ["\\u0000", {"c~d": "\\ud800"}], "e": "fine"}')
    assert {(problem.pointer, problem.code) for problem in refusal.value.problems} == {
        ("/a~1b/0", "nul"), ("/a~1b/1/c~0d", "surrogate"),
    }  # fmt: skip


def test_everything_that_is_no_json_we_accept_is_told_at_once_with_its_place() -> None:
    content = (
        b'{"a": [NaN, 1e400, {"b": 9007199254740993}], "c/d": {"x": "\\u0000", "x": -Infinity, "x": 1}, "'
        + b"k" * 1_001
        + b'": 1}'
    )
    with pytest.raises(BadJSON, match="有 7 处不能接受") as refusal:
        parse_json(content)
    assert sorted((problem.pointer, problem.code) for problem in refusal.value.problems) == [
        ("", "key_too_long"), ("/a/0", "not_a_number"), ("/a/1", "out_of_range"), ("/a/2/b", "out_of_range"),
        ("/c~1d/x", "duplicate_key"), ("/c~1d/x", "not_a_number"), ("/c~1d/x", "nul"),
    ]  # fmt: skip
    assert "键“x”重复。" in {problem.sentence for problem in refusal.value.problems}


def test_so_many_faults_are_told_and_that_there_are_more() -> None:
    with pytest.raises(BadJSON) as refusal:
        parse_json(b"[" + b"NaN," * 100_000 + b"1]")
    assert len(refusal.value.problems) == MOST_PROBLEMS + 1
    assert refusal.value.problems[-1].code == "more_problems"


def test_what_is_large_is_told_from_what_is_bad() -> None:
    with pytest.raises(TooLarge) as refusal:
        parse_json(b"[1, 2]", max_bytes=5)
    assert refusal.value.status == 413
    assert parse_json(b"[1, 2]", max_bytes=6) == [1, 2]


def test_an_object_of_countless_keys_is_large() -> None:
    def keys(count: int) -> bytes:
        return json.dumps([{f"k{number}": number for number in range(count)}]).encode()

    assert len(parse_json(keys(MAX_KEYS))[0]) == MAX_KEYS
    with pytest.raises(TooLarge, match=str(MAX_KEYS)):
        parse_json(keys(MAX_KEYS + 1))


PIECES = ["{", "}", "[", "]", ",", ":", '"a"', '"a:"', '"\\u0000"', '"\\ud800"', "NaN", "1.0", "1e400", "-0", "true"]
PIECES += ["9007199254740991", "9007199254740992", "-9007199254740992", f'"{"k" * 1_001}"', '"a":1', '{"a":1,"a":1}']


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_quick_way_through_a_body_judges_as_the_thorough_one(text: str) -> None:
    def outcome() -> object:
        try:
            return repr(parse_json(text.encode()))
        except BadJSON as refusal:
            return str(refusal), refusal.problems

    quick = outcome()
    with patch.object(parsing, "_has_sound_keys", return_value=False):
        assert outcome() == quick


def test_the_depth_is_that_of_the_brackets_outside_texts() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert parse_json(json.dumps("[{" * 500).encode()) == "[{" * 500
    assert parse_json(b'["' + b'\\"[' * 500 + b'"]') == ['"[' * 500]
    assert parse_json(b"[" + b"[]," * 5000 + b"[]]")[0] == []


QUICK: dict[str, Callable[[int], bytes]] = {
    "escaped quotes without end": lambda size: b'"' + b'\\"' * (size // 2),
    "quotes without end": lambda size: b'"' * size,
    "backslashes": lambda size: b'"' + b"\\" * size,
    "one open text": lambda size: b'"' + b"x" * size,
    "digits": lambda size: b"1" * size,
    "many numbers": lambda size: b"[" + b"1," * (size // 2) + b"1]",
    "digits and dots": lambda size: b"1." * (size // 2),
    "exponents": lambda size: b"1e" * (size // 2),
    "opening brackets": lambda size: b"[" * size,
    "closing brackets": lambda size: b"]" * size,
    "blanks": lambda size: b" " * size,
    "keys": lambda size: b"{" + b",".join(b'"%d":1' % number for number in range(size // 12)) + b"}",
    "escapes": lambda size: b'"' + b"\\u0041" * (size // 6) + b'"',
}


def seconds(content: bytes) -> float:
    """Of a processor, whatever else it is busy with."""
    started = time.process_time()
    with suppress(BadJSON):
        parse_json(content, max_bytes=len(content))
    return time.process_time() - started


@pytest.mark.parametrize("name", QUICK)
def test_no_million_bytes_take_long(name: str) -> None:
    assert seconds(QUICK[name](1_000_000)) < 20  # a second or less; hours where time is quadratic


def test_the_saboteur_of_quadratic_time_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
    content = QUICK["escaped quotes without end"](6_000)
    quick = seconds(content)
    monkeypatch.setattr(parsing, "_TEXT", slow)
    assert seconds(content) > 20 * quick
