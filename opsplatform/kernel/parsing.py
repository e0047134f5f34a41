"""The bounded JSON parser: size, depth, NUL, lone surrogates, NaN, duplicate keys end in a sentence, never a crash.

A number without a fraction is an integer, however it is spelled: JSON knows no other difference.
"""

import json
import re
from typing import Any, NoReturn

from opsplatform.kernel.errors import DomainError, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 200_000  # a value of two bytes costs a hundred in memory
MAX_KEY_LENGTH = 1_000
MAX_INTEGER = 2**53 - 1  # RFC 7493: beyond it not every reader sees the same number

# Possessive, and an unclosed text runs to the end: every byte is looked at once, whatever the content.
_STRUCTURE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


class BadJSON(DomainError):
    """The bytes are not JSON that we accept."""

    code = "bad_json"
    status = 400
    sentence = "不是可以接受的 JSON。"


class TooLarge(BadJSON):
    """More bytes than the route accepts."""

    code = "too_large"
    status = 413


def parse_json(content: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The JSON tree of the bytes; raises BadJSON or TooLarge. Memory stays within max_bytes and that of MAX_VALUES."""
    if len(content) > max_bytes:
        raise TooLarge(f"内容有 {len(content)} 字节，最多 {max_bytes} 字节。")
    _refuse_many(content)
    _refuse_depth(content, max_depth)
    try:
        text = content.decode("utf-8")
        tree = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_exact,
        )
    except UnicodeDecodeError as error:
        raise BadJSON(f"第 {error.start} 字节不是 UTF-8。") from error
    except json.JSONDecodeError as error:
        raise BadJSON(f"第 {error.lineno} 行第 {error.colno} 列不是 JSON：{error.msg}。") from error
    problems = tuple(_bad_texts(tree))
    if problems:
        raise BadJSON("文本中有不能接受的字符。", problems=problems)
    return tree


def _refuse_many(content: bytes) -> None:
    """Passes when there are no more values than allowed; the texts are looked through only where it matters."""
    if _most_values(content) > MAX_VALUES and _most_values(_TEXT.sub(b"", content)) > MAX_VALUES:
        raise TooLarge(f"内容超过 {MAX_VALUES} 个值。")


def _most_values(content: bytes) -> int:
    return 1 + sum(content.count(sign) for sign in (b",", b"[", b"{"))


def _refuse_depth(content: bytes, max_depth: int) -> None:
    depth = 0
    for token in _STRUCTURE.finditer(content):
        sign = token.group()
        if sign in b"[{":
            depth += 1
            if depth > max_depth:
                raise BadJSON(f"嵌套超过 {max_depth} 层。")
        elif sign in b"]}":
            depth -= 1
            if depth < 0:
                return  # not JSON, as the parser will say


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, _ in pairs:
        if len(key) > MAX_KEY_LENGTH:
            raise BadJSON(f"键 {key[:40]}… 超过 {MAX_KEY_LENGTH} 个字。")
    tree = dict(pairs)
    if len(tree) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJSON(f"键 {key!r} 重复出现。", problems=(Problem("", "duplicate_key", f"键 {key!r} 重复。"),))
            seen.add(key)
    return tree


def _no_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} 不是 JSON 数字。")


def _finite(spelling: str) -> float:
    if abs(number := float(spelling)) <= MAX_INTEGER:
        return int(number) if number.is_integer() else number
    raise BadJSON(f"数字 {spelling[:40]} 超出范围（最大 {MAX_INTEGER}）。")


def _exact(spelling: str) -> int:
    if len(spelling) <= len(str(-MAX_INTEGER)) and abs(number := int(spelling)) <= MAX_INTEGER:
        return number
    raise BadJSON(f"整数 {spelling[:40]} 超出范围（最大 {MAX_INTEGER}）。")


def _bad_texts(tree: Any) -> list[Problem]:
    problems: list[Problem] = []
    pending: list[tuple[str, Any]] = [("", tree)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, str):
            if "\x00" in node:
                problems.append(Problem(pointer, "nul", "文本含有 NUL 字符。"))
            if any("\ud800" <= sign <= "\udfff" for sign in node):
                problems.append(Problem(pointer, "surrogate", "文本含有不成对的代理字符。"))
        elif isinstance(node, dict):
            for key, value in node.items():
                place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
                pending.append((place, key))
                pending.append((place, value))
        elif isinstance(node, list):
            pending.extend((f"{pointer}/{number}", value) for number, value in enumerate(node))
    return problems
