"""The bounded JSON parser: size, depth, NUL, lone surrogates, NaN, duplicate keys end in a sentence, never a crash.

A number without a fraction is an integer, however it is spelled: JSON knows no other difference.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from opsplatform.kernel.errors import MOST_PROBLEMS, DomainError, Problem, more_problems

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 200_000  # a value of two bytes costs a hundred in memory
MAX_KEYS = 10_000  # of one object; each that is not known costs a sentence
MAX_KEY_LENGTH = 1_000
MAX_INTEGER = 2**53 - 1  # RFC 7493: beyond it not every reader sees the same number

# Possessive, and an unclosed text runs to the end: every byte is looked at once, whatever the content.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_LONG_NUMBER = re.compile(rb"[0-9]{16}")  # as long as the first that is too large
_CONTAINERS = (dict, list)
_SURROGATE = re.compile("[\ud800-\udfff]")

_COMPLAINTS = {
    "Expecting property name enclosed in double quotes": "这里应是用双引号括起来的键",
    "Expecting ':' delimiter": "这里应是冒号",
    "Expecting ',' delimiter": "这里应是逗号",
    "Expecting value": "这里应是一个值",
    "Extra data": "内容到此已经结束，后面还有多余的文字",
    "Illegal trailing comma before end of object": "最后一项后面多了逗号",
    "Illegal trailing comma before end of array": "最后一项后面多了逗号",
    "Invalid \\escape": "反斜线后面的写法不对",
    "Invalid \\uXXXX escape": "反斜线后面的写法不对",
    "Invalid control character at": "引号内不能有换行等控制字符",
    "Unterminated string starting at": "从这里开始的文字没有结束的引号",
}


class BadJSON(DomainError):
    """The bytes are not JSON that we accept."""

    code = "bad_json"
    status = 400
    sentence = "不是可以接受的 JSON。"
    marked: Any = None  # the tree, where some of its values are all that we do not accept

    def readable(self) -> Any:
        """The tree with null for what we do not accept, so that all else of it can be judged; None without one."""
        return _readable(self.marked)


class TooLarge(BadJSON):
    """More bytes than the route accepts."""

    code = "too_large"
    status = 413


def parse_json(content: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The JSON tree of the bytes; raises BadJSON or TooLarge. Memory stays within max_bytes and that of MAX_VALUES."""
    if len(content) > max_bytes:
        raise TooLarge(f"内容有 {len(content)} 字节，最多 {max_bytes} 字节。")
    without_texts = _TEXT.sub(b"", content)
    _refuse_many(without_texts)
    _refuse_depth(without_texts, max_depth)
    reading = _Reading()
    try:
        text = content.decode("utf-8")
        tree = reading.plainly(long_numbers=bool(_LONG_NUMBER.search(without_texts))).decode(text)
        if not _has_sound_keys(tree, without_texts.count(b":")):
            tree = reading.thoroughly().decode(text)
    except UnicodeDecodeError as error:
        raise BadJSON(f"第 {error.start} 字节不是 UTF-8。") from error
    except json.JSONDecodeError as error:
        told = _COMPLAINTS.get(error.msg.removesuffix(": "), "写法不对")
        raise BadJSON(f"第 {error.lineno} 行第 {error.colno} 列不是 JSON：{told}。") from error
    if reading.has_faults or "\\u" in text:  # unescaped, bad texts are no JSON, or no UTF-8
        _refuse_faults(tree)
    return tree


def parse_value(text: str, at: int = 0) -> tuple[Any, int]:
    """The JSON value that begins at that place of a text, under the bounds of `parse_json`, and the place after it.

    Raises json.JSONDecodeError where no JSON begins, BadJSON where it is none that we accept.
    """
    try:
        tree, end = _Reading().thoroughly().raw_decode(text, at)
    except RecursionError as error:
        raise BadJSON(f"嵌套超过 {MAX_DEPTH} 层。") from error
    _refuse_faults(tree)
    without_texts = _TEXT.sub(b"", text[at:end].encode())
    _refuse_many(without_texts)
    _refuse_depth(without_texts, MAX_DEPTH)
    return tree, end


def parse_json_file(content: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The same of an uploaded file, which programs on Windows begin with a byte-order mark (RFC 8259 §8.1 lets it be
    ignored; what is sent over the network has none)."""
    return parse_json(content.removeprefix(codecs.BOM_UTF8), max_bytes=max_bytes, max_depth=max_depth)


def _refuse_many(without_texts: bytes) -> None:
    if 1 + sum(without_texts.count(sign) for sign in (b",", b"[", b"{")) > MAX_VALUES:
        raise TooLarge(f"内容超过 {MAX_VALUES} 个值。")


def _refuse_depth(without_texts: bytes, max_depth: int) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(without_texts):
        if bracket.group() in b"[{":
            depth += 1
            if depth > max_depth:
                raise BadJSON(f"嵌套超过 {max_depth} 层。")
        else:
            depth -= 1
            if depth < 0:
                return  # not JSON, as the parser will say


def _has_sound_keys(tree: Any, spelled: int) -> bool:
    """Whether the tree holds as many keys as were spelled, so none twice, and none of them is too long.

    Raises TooLarge where one object has more than MAX_KEYS.
    """
    pending, kept = [tree] if type(tree) in _CONTAINERS else [], 0
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if len(node) > MAX_KEYS:
                raise TooLarge(f"一个对象有 {len(node)} 个键，最多 {MAX_KEYS} 个。")
            kept += len(node)
            if max(map(len, node), default=0) > MAX_KEY_LENGTH:
                return False
            node = node.values()
        pending.extend([value for value in node if type(value) in _CONTAINERS])
    return kept == spelled


@dataclass(frozen=True)
class _Fault:
    """Stands in the tree for a value that we do not accept."""

    code: str
    sentence: str


class _Unfit(dict[str, Any]):
    """An object with keys that we do not accept, or the same one twice; `pairs` are all that it spells."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class _Reading:
    """One text being read: what we do not accept is marked in the tree, so that all of it is told with its place."""

    def __init__(self) -> None:
        self.has_faults = False

    def thoroughly(self) -> json.JSONDecoder:
        """Looks at every object, every number."""
        return json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float, parse_int=self._int
        )

    def plainly(self, *, long_numbers: bool) -> json.JSONDecoder:
        """Takes objects as they come, and whole numbers where none is long: several times as fast."""
        whole = self._int if long_numbers else None
        return json.JSONDecoder(parse_constant=self._constant, parse_float=self._float, parse_int=whole)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) == len(pairs) and all(len(key) <= MAX_KEY_LENGTH for key in tree):
            return tree
        self.has_faults = True
        return _Unfit(pairs)

    def _constant(self, name: str) -> _Fault:
        return self._fault("not_a_number", f"{name} 不是 JSON 数字。")

    def _float(self, spelling: str) -> Any:
        if abs(number := float(spelling)) <= MAX_INTEGER:
            return int(number) if number.is_integer() else number
        return self._fault("out_of_range", f"数字 {spelling[:40]} 超出范围（最大 {MAX_INTEGER}）。")

    def _int(self, spelling: str) -> Any:
        if len(spelling) <= len(str(-MAX_INTEGER)) and abs(number := int(spelling)) <= MAX_INTEGER:
            return number
        return self._fault("out_of_range", f"整数 {spelling[:40]} 超出范围（最大 {MAX_INTEGER}）。")

    def _fault(self, code: str, sentence: str) -> _Fault:
        self.has_faults = True
        return _Fault(code, sentence)


def _refuse_faults(tree: Any) -> None:
    found = _faults(tree)
    problems = list(islice(found, MOST_PROBLEMS))
    if not problems:
        return
    if next(found, None) is not None:
        problems.append(more_problems())
    count = f"有 {len(problems)} 处不能接受，首处：" if len(problems) > 1 else ""
    refusal = BadJSON(f"{count}{problems[0]}", problems=tuple(problems))
    refusal.marked = tree
    raise refusal


def _readable(node: Any) -> Any:
    if isinstance(node, _Fault) or (isinstance(node, str) and _is_bad(node)):
        return None
    if isinstance(node, dict):
        return {key: _readable(value) for key, value in node.items() if not _is_bad(key)}
    return [_readable(value) for value in node] if isinstance(node, list) else node


def _is_bad(text: str) -> bool:
    return "\x00" in text or _SURROGATE.search(text) is not None


def _faults(tree: Any) -> Iterator[Problem]:
    pending: list[tuple[str, Any]] = [("", tree)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, _Fault):
            yield Problem(pointer, node.code, node.sentence)
        elif isinstance(node, str):
            if "\x00" in node:
                yield Problem(pointer, "nul", "文本含有 NUL 字符。")
            if _SURROGATE.search(node):
                yield Problem(pointer, "surrogate", "文本含有不成对的代理字符。")
        elif isinstance(node, dict):
            if isinstance(node, _Unfit):
                yield from _key_faults(pointer, node.pairs)
            for key, value in node.pairs if isinstance(node, _Unfit) else node.items():
                place = _below(pointer, key)
                pending.append((place, key))
                pending.append((place, value))
        elif isinstance(node, list):
            pending.extend((f"{pointer}/{number}", value) for number, value in enumerate(node))


def _key_faults(pointer: str, pairs: list[tuple[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    told: set[str] = set()
    for key, _ in pairs:
        if key in seen and key not in told:
            told.add(key)
            yield Problem(_below(pointer, key), "duplicate_key", f"键“{_spelled(key[:40])}”重复。")
        elif key not in seen and len(key) > MAX_KEY_LENGTH:
            yield Problem(pointer, "key_too_long", f"键“{_spelled(key[:40])}…”超过 {MAX_KEY_LENGTH} 个字。")
        seen.add(key)


def _below(pointer: str, key: str) -> str:
    """The place of the key, at most so much of it as a key may be long."""
    return f"{pointer}/{_spelled(key[:MAX_KEY_LENGTH]).replace('~', '~0').replace('/', '~1')}"


def _spelled(text: str) -> str:
    """The text as an answer can carry it: a lone surrogate by its number."""
    return text.encode("utf-8", "backslashreplace").decode()
