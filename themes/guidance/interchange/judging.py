"""A test of a condition as an expression over the typed answer to its question."""

import datetime
import operator
from collections.abc import Callable, Sequence
from typing import Any

from opsplatform.kernel.conditions import is_answered, is_number
from opsplatform.kernel.days import parse_day
from themes.documents import Question
from themes.guidance.interchange.expressions import (
    NEVER,
    Compares,
    ComparesDay,
    Expression,
    Has,
    IsAmong,
    IsEqual,
    IsExactly,
    IsGiven,
    Kind,
    Sign,
    every,
    opposite,
    some,
)

_KINDS: dict[str, Kind] = {"number": "number", "boolean": "truth", "multi": "list"}
_SIGNS: dict[str, Sign] = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_LAST_DAY = datetime.date.max.toordinal()


def kind_of(question: Question) -> Kind:
    """What an answer to the question is."""
    return _KINDS.get(question.type, "text")


def test_of(name: str, question: Question, op: str, value: Any, possible: Sequence[str]) -> Expression:
    """Where the answer, held by the step `name`, passes the test (opsplatform.kernel.conditions).

    `possible`: every text that may be answered, for questions with options or divisions.
    """
    match op:
        case "answered":
            return IsGiven(name)
        case "eq":
            return _equal(name, question, value)
        case "ne":
            return every([IsGiven(name), opposite(_equal(name, question, value))])
        case "in":
            return _among(name, question, value)
        case "not_in":
            return every([IsGiven(name), opposite(_among(name, question, value))])
        case "contains":
            return _has_any(name, question, [value])
        case "contains_any":
            return _has_any(name, question, value)
        case _:
            return _ordered(name, question, op, value, possible)


def _equal(name: str, question: Question, value: Any) -> Expression:
    if not is_answered(value):
        return NEVER
    match kind_of(question):
        case "number":
            return IsEqual(name, value) if is_number(value) else NEVER
        case "truth":
            return IsEqual(name, value) if isinstance(value, bool) else NEVER
        case "list":
            is_texts = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
            return IsExactly(name, tuple(value)) if is_texts else NEVER
        case _:
            return IsEqual(name, value) if isinstance(value, str) else NEVER


def _among(name: str, question: Question, values: Sequence[Any]) -> Expression:
    if kind_of(question) == "text":
        return _one_of(name, [one for one in values if isinstance(one, str) and one])
    return some([_equal(name, question, one) for one in values])


def _one_of(name: str, texts: Sequence[str]) -> Expression:
    return IsAmong(name, tuple(texts)) if texts else NEVER


def _has_any(name: str, question: Question, values: Sequence[Any]) -> Expression:
    if kind_of(question) != "list":
        return NEVER
    return some([Has(name, one) for one in values if isinstance(one, str)])


def _ordered(name: str, question: Question, op: str, value: Any, possible: Sequence[str]) -> Expression:
    if question.type == "number":
        return Compares(name, _SIGNS[op], value) if is_number(value) else NEVER
    if not isinstance(value, str):
        return NEVER
    if question.type == "date":
        return _day_ordered(name, op, value)
    if kind_of(question) == "text":
        return _one_of(name, [one for one in possible if _HOLDS[op](one, value)])
    return NEVER


def _day_ordered(name: str, op: str, text: str) -> Expression:
    """Days compare as the texts that spell them; a text that is no day stands for the first day after it."""
    if parse_day(text) is not None:
        return ComparesDay(name, _SIGNS[op], text)
    first = _first_day_after(text)
    if op in ("gt", "ge"):
        return NEVER if first is None else ComparesDay(name, ">=", first)
    return IsGiven(name) if first is None else ComparesDay(name, "<", first)


def _first_day_after(text: str) -> str | None:
    low, high = 1, _LAST_DAY + 1
    while low < high:
        middle = (low + high) // 2
        if datetime.date.fromordinal(middle).isoformat() > text:
            high = middle
        else:
            low = middle + 1
    return datetime.date.fromordinal(low).isoformat() if low <= _LAST_DAY else None
