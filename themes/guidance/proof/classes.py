"""Answers to one question cut into classes: no condition tells two answers of a class apart (domain.md §2).

A class is spoken of by one answer in it. Options are classes each; numbers and days are cut at what conditions compare
them with; divisions that all conditions treat alike are one class. Sets of options are not listed: their options are
independent of one another, so `space` gives each one a variable.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from opsplatform.kernel.conditions import Condition, Op, is_answered, is_same
from themes.documents import Question
from themes.guidance.answers import Divisions

Test = tuple[Op, Any]

_DAYS = datetime.date.max.toordinal()


def tests_in(condition: Condition | None) -> Iterator[Condition]:
    """Every test of a name in the condition."""
    if condition is None:
        return
    if condition.q is not None:
        yield condition
    for part in condition.all or condition.any or ():
        yield from tests_in(part)
    yield from tests_in(condition.not_)


def passes(given: Any, op: Op, value: Any) -> bool:
    """Whether one answer passes a test; what `kernel.conditions` compiles, looked up instead (None: unanswered)."""
    if not is_answered(given):
        return False
    match op:
        case "answered":
            return True
        case "eq" | "ne":
            return is_same(given, value) == (op == "eq")
        case "in" | "not_in":
            return any(is_same(given, one) for one in value) == (op == "in")
        case "contains" | "contains_any":
            wanted = value if op == "contains_any" else (value,)
            return isinstance(given, list | tuple) and any(is_same(one, other) for one in given for other in wanted)
    if type(given) not in (int, float, str) or isinstance(given, str) != (type(value) is str):
        return False
    if type(value) not in (int, float, str):
        return False
    return bool({"gt": given > value, "ge": given >= value, "lt": given < value, "le": given <= value}[op])


def list_answers(
    questions: Sequence[Question], tests: Sequence[Test], divisions: Divisions | None, district: Mapping[str, Any]
) -> list[Any]:
    """One answer of every class, for all who are asked one of these versions of a question; None: no answer.

    Of type single, boolean, number, date or division. `district`: for a division9, the class of each district by code
    (answers in districts of two classes are no class); empty where no district is asked for.
    """
    kind = questions[0].type
    answers: list[Any]
    if kind == "single":
        answers = list(dict.fromkeys(option.code for question in questions for option in question.options))
    elif kind == "boolean":
        answers = [True, False]
    elif kind == "number":
        answers = _alike_once(_numbers(questions, _compared(tests)), tests, ends=_ends(questions))
    elif kind == "date":
        answers = _alike_once(_dates(_compared(tests)), tests)
    else:
        found = list_divisions(questions[0], tests, divisions, district)
        within = {code: district.get(district_of(code, divisions, district) or "") for code in found}
        answers = _alike_once(
            [code for code in found if not district or within[code] is not None], tests, within=within
        )
    if not answers or not all(question.required for question in questions):
        answers.append(None)
    return answers


def list_divisions(
    question: Question, tests: Sequence[Test], divisions: Divisions | None, district: Mapping[str, Any] | None = None
) -> list[str]:
    """Every division that may be answered; without a register those that are named and one that is not."""
    length = 6 if question.type == "division6" else 9
    if divisions is not None:
        above = {one.parent for code, one in divisions.items() if len(code) == length}
        found = [code for code, one in divisions.items() if len(code) == length and not one.is_statistical]
        return sorted(code for code in found if code not in above)
    named = {one for one in _compared(tests) if isinstance(one, str) and len(one) == length and one.isdecimal()}
    prefixes = list(district or ()) if length > 6 else [""]
    for prefix in prefixes or [""]:
        free = (f"{prefix}{number:0{length - len(prefix)}d}" for number in range(1, len(named) + 2))
        named.add(next(code for code in free if code not in named))
    return sorted(named)


def district_of(street: str, divisions: Divisions | None, districts: Mapping[str, Any]) -> str | None:
    """The district that a street lies in, of those given; the codes tell where there is no register."""
    if divisions is None:
        return street[:6] if street[:6] in districts else None
    above = divisions.get(street)
    passed: set[str] = set()
    while above is not None and above.parent is not None and above.parent not in passed:
        if above.parent in districts:
            return above.parent
        passed.add(above.parent)
        above = divisions.get(above.parent)
    return None


# --- cutting ----------------------------------------------------------------------------------------------------------


def _compared(tests: Iterable[Test]) -> list[Any]:
    return [one for _, value in tests for one in (value if isinstance(value, list | tuple) else (value,))]


def _ends(questions: Sequence[Question]) -> list[tuple[float | None, float | None]]:
    return [(question.min, question.max) for question in questions]


def _numbers(questions: Sequence[Question], compared: Iterable[Any]) -> list[float]:
    """Every number that is compared with, one between each two neighbours and one beyond each end, within bounds."""
    cuts = {one for one in compared if type(one) in (int, float)}
    bounds = [bound for ends in _ends(questions) for bound in ends if bound is not None]
    points = sorted({*cuts, *bounds}) or [0]
    found = [points[0] - 1, *points, points[-1] + 1]
    found += [middle for low, high in pairwise(points) if low < (middle := _between(low, high)) < high]
    inside = [number for number in found if any(is_within(number, question) for question in questions)]
    return [int(number) if number == int(number) else number for number in sorted(inside)]


def is_within(number: float, question: Question) -> bool:
    """Whether the question takes the number."""
    return (question.min is None or number >= question.min) and (question.max is None or number <= question.max)


def _between(low: float, high: float) -> float:
    whole = low // 1 + 1
    return whole if whole < high else (low + high) / 2


def _dates(compared: Iterable[Any]) -> list[str]:
    """The last day before each text that is compared with, the first not before it and the one after; or one day."""
    places: set[int] = set()
    for text in compared:
        if isinstance(text, str):
            place = _first_not_before(text)
            places |= {place - 1, place, place + 1}
    days = sorted(place for place in places if 1 <= place <= _DAYS) or [datetime.date(2000, 1, 1).toordinal()]
    return [datetime.date.fromordinal(day).isoformat() for day in days]


def _first_not_before(text: str) -> int:
    """The ordinal of the first day whose ISO form is not less than the text; one past the last where all are."""
    low, high = 1, _DAYS + 1
    while low < high:
        middle = (low + high) // 2
        if datetime.date.fromordinal(middle).isoformat() < text:
            low = middle + 1
        else:
            high = middle
    return low


def _alike_once(
    answers: list[Any],
    tests: Sequence[Test],
    *,
    ends: Sequence[tuple[float | None, float | None]] = (),
    within: Mapping[str, Any] | None = None,
) -> list[Any]:
    """The first answer of every class."""
    unique = {(op, repr(value)): (op, value) for op, value in tests}.values()
    found: dict[Any, Any] = {}
    for answer in answers:
        told = [passes(answer, op, value) for op, value in unique]
        told += [low is None or answer >= low for low, _ in ends] + [high is None or answer <= high for _, high in ends]
        found.setdefault((tuple(told), within[answer] if within is not None else None), answer)
    return list(found.values())
