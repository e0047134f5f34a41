"""A condition as one line of text that people read and change, and back: 【kind】 等于 "company" 并且 不是（…）.

A room may have words of its own for some values (`spell_own`, `read_own`); every other value is spelled as JSON.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from opsplatform.kernel.conditions import Condition, Op
from opsplatform.kernel.parsing import BadJSON, parse_value

OPS: dict[Op, str] = {
    "eq": "等于", "ne": "不等于", "in": "属于", "not_in": "不属于", "contains": "包含", "contains_any": "包含任一",
    "gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于", "answered": "已填写",
}  # fmt: skip
_ALL, _ANY, _NOT = "并且", "或者", "不是"
_EVERY, _SOME = "全部", "任一"  # of lists too short to be joined by a word
_TRUTHS = {"是": True, "否": False}
_LISTED = ("in", "not_in", "contains_any")
MOST_DEPTH = 32  # as of the JSON that is taken in at all
_LONGEST_FIRST = sorted(((word, op) for op, word in OPS.items()), key=lambda pair: -len(pair[0]))
_NAME = re.compile(r"【((?:[^】]|】】)+)】(?!】)")


SpellOwn = Callable[[Any], str | None]
ReadOwn = Callable[[str, int], tuple[Any, int] | None]  # the text and the place in it; the value and the place after it


def _no_words(_value: Any) -> str | None:
    return None


def _no_value(_text: str, _at: int) -> tuple[Any, int] | None:
    return None


class Unreadable(ValueError):
    """The text is no condition; the message is a sentence for people."""


def spell(condition: Condition | None, spell_own: SpellOwn = _no_words) -> str:
    """The condition as text; nothing for none."""
    return "" if condition is None else _spelled(condition, spell_own)


def _spelled(condition: Condition, own: SpellOwn) -> str:
    if condition.not_ is not None:
        return f"{_NOT}（{_spelled(condition.not_, own)}）"
    for word, alone, parts in ((_ALL, _EVERY, condition.all), (_ANY, _SOME, condition.any)):
        if parts is not None:
            told = [_inside(part, own) for part in parts]
            return f" {word} ".join(told) if len(told) > 1 else f"{alone}（{''.join(told)}）"
    assert condition.q is not None
    assert condition.op is not None
    name = f"【{condition.q.replace('】', '】】')}】"
    test = f"{name} {OPS[condition.op]}"
    return (
        test
        if condition.op == "answered" and condition.value is None
        else f"{test} {own(condition.value) or _value(condition.value)}"
    )


def _inside(condition: Condition, own: SpellOwn) -> str:
    text = _spelled(condition, own)
    several = [part for part in (condition.all, condition.any) if part is not None and len(part) > 1]
    return f"（{text}）" if several else text


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return json.dumps(value, ensure_ascii=False)


def read(text: str, read_own: ReadOwn = _no_value) -> Condition | None:
    """The condition that the text spells; raises Unreadable with the place and what was expected."""
    if not text.strip():
        return None
    reader = _Reader(text, read_own)
    condition = reader.several(0)
    if reader.rest():
        reader.refuse("这里应当结束，或写“并且”“或者”")
    return condition


class _Reader:
    def __init__(self, text: str, read_own: ReadOwn) -> None:
        self.text = text
        self.own = read_own
        self.at = 0

    def refuse(self, expected: str) -> NoReturn:
        raise Unreadable(f"条件第 {self.at + 1} 个字处不能读懂：{expected}。")

    def rest(self) -> str:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at :]

    def takes(self, *words: str) -> bool:
        """Whether one of the words comes next, which is then taken."""
        for word in words:
            if self.rest().startswith(word):
                self.at += len(word)
                return True
        return False

    def several(self, depth: int) -> Condition:
        if depth > MOST_DEPTH:
            self.refuse(f"括号超过 {MOST_DEPTH} 层")
        parts = [self.one(depth)]
        joined = ""
        while True:
            word = next((word for word in (_ALL, _ANY) if self.rest().startswith(word)), "")
            if not word:
                break
            if joined and word != joined:
                self.refuse("“并且”和“或者”不能混用，请加括号")
            joined = word
            self.at += len(word)
            parts.append(self.one(depth))
        if not joined:
            return parts[0]
        return Condition(all=tuple(parts)) if joined == _ALL else Condition(any=tuple(parts))

    def one(self, depth: int) -> Condition:
        for word in (_NOT, _EVERY, _SOME):
            if self.takes(f"{word}（", f"{word}("):
                inner = None if word != _NOT and self.takes("）", ")") else self.closed(depth)
                if word == _NOT:
                    return Condition(not_=inner)
                parts = () if inner is None else (inner,)
                return Condition(all=parts) if word == _EVERY else Condition(any=parts)
        if self.takes("（", "("):
            return self.closed(depth)
        return self.test()

    def closed(self, depth: int) -> Condition:
        inner = self.several(depth + 1)
        if not self.takes("）", ")"):
            self.refuse("缺少右括号")
        return inner

    def test(self) -> Condition:
        self.rest()
        name = _NAME.match(self.text, self.at)
        if name is None:
            self.refuse("应是【编码】")
        self.at = name.end()
        op = next((op for word, op in _LONGEST_FIRST if self.takes(word)), None)
        if op is None:
            self.refuse(f"应是 {'、'.join(OPS.values())} 之一")
        has_value = op != "answered" or not (self.rest() == "" or self.rest().startswith((_ALL, _ANY, "）", ")")))
        value = self.value() if has_value else None
        if op in _LISTED and not isinstance(value, list):
            self.refuse(f'“{OPS[op]}”后面应是列表，例如 ["01", "02"]')
        return Condition(q=name[1].replace("】】", "】"), op=op, value=value)

    def value(self) -> Any:
        for word, truth in _TRUTHS.items():
            if self.takes(word):
                return truth
        self.rest()
        found = self.own(self.text, self.at)
        if found is not None:
            value, self.at = found
            return value
        try:
            value, self.at = parse_value(self.text, self.at)
        except json.JSONDecodeError:
            self.refuse('应是用英文引号括起的文字、数字、是或否，例如 "01"')
        except BadJSON as error:
            self.refuse(error.sentence.removesuffix("。"))
        return value
