"""What is wrong with the parameters of a theme: values side by side on one day, no value, a value of the wrong sort."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from opsplatform.kernel.conditions import is_number
from opsplatform.kernel.days import parse_day
from themes.documents import Guidance, Parameter, ParameterValue, Question, ThemeDocument
from themes.guidance.parameters import stretches_of
from themes.guidance.periods import Dated, is_in_force
from themes.guidance.references import Reference, iter_references

Code = Literal["parameter_overlap", "parameter_mismatch", "unvalued_parameter"]

_ONE_DAY = datetime.timedelta(days=1)
_ORDERED = {"number": "数字", "date": "日期"}


class ParameterFault(msgspec.Struct, frozen=True):
    """A fault with its place in the theme document (JSON pointer); `witness`: the divisions without a value."""

    code: Code
    pointer: str
    message: str
    witness: tuple[str, ...] = ()


def find_parameter_faults(
    document: ThemeDocument, divisions: Mapping[str, str], since: datetime.date
) -> list[ParameterFault]:
    """Everything wrong with parameters, in document order; references to unknown ones are `find_unresolved`'s.

    `divisions`: names of the divisions for which packages are made, by code. From `since` on, whatever names a
    parameter must find a value in each of them on every day on which itself and the theme are in force.
    """
    guidance = document.guidance
    uses = [reference for reference in iter_references(document) if reference.kind == "parameter"]
    faults: list[ParameterFault] = []
    for place, parameter in enumerate(guidance.parameters):
        pointer = f"/guidance/parameters/{place}"
        faults += _overlaps(parameter, pointer)
        own = [use for use in uses if use.code == parameter.code]
        faults += _mismatches(parameter, pointer, own, guidance)
        faults += _gaps(parameter, pointer, [_users_period(use, document) for use in own], divisions, since)
    return faults


# --- two values on one day --------------------------------------------------------------------------------------------


def _overlaps(parameter: Parameter, pointer: str) -> Iterator[ParameterFault]:
    for number, value in enumerate(parameter.values):
        for other in parameter.values[:number]:
            if _meet(value, other) and _same_places(value, other):
                yield ParameterFault(
                    "parameter_overlap",
                    f"{pointer}/values/{number}",
                    f"参数“{parameter.name}”有两个值在同一时间、同一区划生效。",
                )
                break


def _same_places(value: ParameterValue, other: ParameterValue) -> bool:
    return bool(set(value.divisions) & set(other.divisions)) or not (value.divisions or other.divisions)


def _meet(value: Dated, other: Dated) -> bool:
    starts = [one.effective_from or "" for one in (value, other)]
    ends = [one.effective_to or "9999-12-31" for one in (value, other)]
    return max(starts) <= min(ends)


# --- values of the wrong sort -----------------------------------------------------------------------------------------


def _mismatches(
    parameter: Parameter, pointer: str, uses: list[Reference], guidance: Guidance
) -> Iterator[ParameterFault]:
    questions = {question.code: question for question in guidance.questions}
    compared = [questions[use.within] for use in uses if use.within in questions]
    for number, value in enumerate(parameter.values):
        refusing = next((question for question in compared if not _may_answer(value.value, question)), None)
        if refusing is not None:
            sort = _ORDERED.get(refusing.type, "它的一个选项或代码")
            yield ParameterFault(
                "parameter_mismatch",
                f"{pointer}/values/{number}/value",
                f"参数“{parameter.name}”与问题“{refusing.text}”比较，值应为{sort}。",
            )


def _may_answer(value: Any, question: Question) -> bool:
    match question.type:
        case "number":
            return is_number(value)
        case "date":
            return isinstance(value, str) and parse_day(value) is not None
        case "single" | "multi":
            return any(option.code == value for option in question.options)
        case "boolean":
            return False
        case _:
            return isinstance(value, str) and value.isdigit()


# --- days without a value ---------------------------------------------------------------------------------------------


class _Span(msgspec.Struct, frozen=True):
    effective_from: str | None
    effective_to: str | None


def _users_period(use: Reference, document: ThemeDocument) -> Dated:
    """The period of the question or rule that names the parameter; always, for what the theme binds."""
    steps = use.pointer.split("/")
    if steps[1] != "guidance":
        return _Span(None, None)
    return (
        document.guidance.questions[int(steps[3])]
        if steps[2] == "questions"
        else document.guidance.rules[int(steps[3])]
    )


def _gaps(
    parameter: Parameter, pointer: str, users: list[Dated], divisions: Mapping[str, str], since: datetime.date
) -> Iterator[ParameterFault]:
    lacking: dict[datetime.date, list[str]] = {}
    for division in divisions:
        day = _first_day_without(parameter, division, users, since)
        if day is not None:
            lacking.setdefault(day, []).append(division)
    for day, codes in sorted(lacking.items()):
        names = "、".join(divisions[code] for code in codes[:3])
        more = f"等 {len(codes)} 处" if len(codes) > 3 else ""
        yield ParameterFault(
            "unvalued_parameter",
            f"{pointer}/values",
            f"参数“{parameter.name}”在{names}{more}自 {day} 起没有值。",
            tuple(codes),
        )


def _first_day_without(
    parameter: Parameter, division: str, users: list[Dated], since: datetime.date
) -> datetime.date | None:
    stretches = stretches_of(parameter, division)
    days = {since}
    for dated in (*stretches, *users):
        first, last = parse_day(dated.effective_from or ""), parse_day(dated.effective_to or "")
        days |= {day for day in (first, last and last < datetime.date.max and last + _ONE_DAY) if day}
    for day in sorted(day for day in days if day >= since):
        is_needed = any(is_in_force(user, day) for user in users)
        if is_needed and not any(is_in_force(stretch, day) for stretch in stretches):
            return day
    return None
