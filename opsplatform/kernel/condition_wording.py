"""Conditions in plain Chinese sentences, whatever they speak of: the questions of a theme, the fields of a form."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from opsplatform.kernel.conditions import Condition, is_answered

_COMPARISONS = {"gt": "大于", "ge": "大于或等于", "lt": "小于", "le": "小于或等于"}
_DAY_COMPARISONS = {"gt": "晚于", "ge": "不早于", "lt": "早于", "le": "不晚于"}


class Subject(NamedTuple):
    """What a test speaks of: its text, and how a value of it reads; days are compared in words of their own."""

    text: str
    value_text: Callable[[Any], str]
    is_day: bool = False


def condition_sentence(condition: Condition | None, subject_of: Callable[[str], Subject]) -> str:
    """The condition in words: “问题” 为 “答案”, joined with 并且 and 或者, groups inside groups in brackets."""
    return _sentence(condition, subject_of, is_inner=False)


def value_text(value: Any) -> str:
    """A value that has no name of its own: 是 or 否, a number as people write it, lists joined."""
    if not is_answered(value):
        return "未回答"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return "、".join(value_text(one) for one in value)
    return str(value)


def number_text(value: float) -> str:
    """The number as people write it: 300, not 300.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sentence(condition: Condition | None, subject_of: Callable[[str], Subject], *, is_inner: bool) -> str:
    if condition is None:
        return "任何情况下"
    if condition.not_ is not None:
        return f"并非（{_sentence(condition.not_, subject_of, is_inner=False)}）"
    if condition.q is not None:
        return _test(condition, subject_of(condition.q))
    parts, word, empty = (
        (condition.all, "，并且", "任何情况下") if condition.all is not None else (condition.any, "，或者", "从不")
    )
    if not parts:
        return empty
    if len(parts) == 1:
        return _sentence(parts[0], subject_of, is_inner=is_inner)
    joined = word.join(_sentence(part, subject_of, is_inner=True) for part in parts)
    return f"（{joined}）" if is_inner else joined


def _test(condition: Condition, subject: Subject) -> str:
    named, value = f"“{subject.text}”", condition.value
    match condition.op:
        case "answered":
            return f"{named} 已回答"
        case "eq":
            return f"{named} 为 {_value(subject, value)}"
        case "ne":
            return f"{named} 已回答且不为 {_value(subject, value)}"
        case "in":
            return f"{named} 为 {_values(subject, value)} 之一"
        case "not_in":
            return f"{named} 已回答且不为 {_values(subject, value)} 中的任何一个"
        case "contains":
            return f"{named} 选了 {_value(subject, value)}"
        case "contains_any":
            return f"{named} 选了 {_values(subject, value)} 中的至少一个"
        case _:
            word = (_DAY_COMPARISONS if subject.is_day else _COMPARISONS)[cast(str, condition.op)]
            return f"{named} {word} {_value(subject, value)}"


def _value(subject: Subject, value: Any) -> str:
    """A single value inside a sentence: numbers, days and what stands for a value bare, all else in quotation marks."""
    text = subject.value_text(value)
    is_bare = isinstance(value, int | float | dict) and not isinstance(value, bool)
    return text if is_bare or subject.is_day else f"“{text}”"


def _values(subject: Subject, values: Any) -> str:
    return "、".join(_value(subject, value) for value in values)
