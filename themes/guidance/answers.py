"""Given answers judged against the questions: everything wrong with them at once, each with its place."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from opsplatform.kernel.condition_wording import number_text
from opsplatform.kernel.conditions import is_answered
from opsplatform.kernel.days import parse_day
from themes.documents import Guidance, Question
from themes.guidance.outcome import GuidanceOutcome


class KnownDivision(Protocol):
    """What judging an answer needs to know of a division."""

    @property
    def name(self) -> str: ...

    @property
    def parent(self) -> str | None: ...

    @property
    def is_statistical(self) -> bool: ...


Divisions = Mapping[str, KnownDivision]
Fault = tuple[str, str]  # machine code, sentence


class AnswerProblem(msgspec.Struct, frozen=True):
    """What is wrong with one answer. `pointer` is a JSON pointer (RFC 6901) into the answers.

    `code`: unknown_question, wrong_type, not_an_option, repeated_option, out_of_range, not_a_date, unknown_division,
    division_too_broad, outside_district, statistical_division, missing_answer.
    """

    pointer: str
    question: str
    code: str
    message: str


def check_answers(guidance: Guidance, answers: Mapping[str, Any], divisions: Divisions | None) -> list[AnswerProblem]:
    """Everything wrong with the given answers, in the order given; visible or not, unanswered ones are fine.

    `divisions`: the known divisions by code (GB/T 2260); None judges only the form of division codes.
    """
    questions = {question.code: question for question in guidance.questions}
    district = _answered_district(guidance, questions, answers)
    problems = []
    for code, given in answers.items():
        question = questions.get(code)
        if question is None:
            problems.append(_problem(code, "unknown_question", f"没有编码为“{code}”的问题。"))
        elif is_answered(given):
            problems.extend(
                _problem(code, fault, f"“{question.text}”：{sentence}")
                for fault, sentence in _faults(question, given, divisions, district)
            )
    return problems


def missing_answers(guidance: Guidance, outcome: GuidanceOutcome) -> list[AnswerProblem]:
    """The visible required questions that are not answered, in question order."""
    questions = {question.code: question for question in guidance.questions}
    return [
        _problem(code, "missing_answer", f"“{questions[code].text}”：请回答这个问题。")
        for code in outcome.visible_questions
        if questions[code].required and code not in outcome.answers
    ]


def _problem(question: str, code: str, message: str) -> AnswerProblem:
    pointer = "/" + question.replace("~", "~0").replace("/", "~1")
    return AnswerProblem(pointer, question, code, message)


def _faults(question: Question, given: Any, divisions: Divisions | None, district: str | None) -> Iterator[Fault]:
    match question.type:
        case "single":
            yield from _option_faults(question, given)
        case "multi":
            yield from _multi_faults(question, given)
        case "number":
            yield from _number_faults(question, given)
        case "boolean":
            if not isinstance(given, bool):
                yield "wrong_type", "应回答是或否。"
        case "date":
            if not isinstance(given, str) or parse_day(given) is None:
                yield "not_a_date", "应填写日期，格式如 2025-01-31。"
        case "division6":
            yield from _division_faults(given, 6, divisions, None)
        case "division9":
            yield from _division_faults(given, 9, divisions, district)


def _option_faults(question: Question, given: Any) -> Iterator[Fault]:
    if not isinstance(given, str):
        yield "wrong_type", "应选择一个选项。"
    elif all(option.code != given for option in question.options):
        yield "not_an_option", f"没有“{given}”这个选项。"


def _multi_faults(question: Question, given: Any) -> Iterator[Fault]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        yield "wrong_type", "应给出所选选项的列表。"
        return
    for one in dict.fromkeys(given):
        yield from _option_faults(question, one)
        if given.count(one) > 1:
            yield "repeated_option", f"选项“{one}”重复了。"


def _number_faults(question: Question, given: Any) -> Iterator[Fault]:
    if isinstance(given, bool) or not isinstance(given, int | float):
        yield "wrong_type", "应填写数字。"
    elif isinstance(given, float) and not math.isfinite(given):
        yield "wrong_type", "应填写有限的数字。"
    else:
        if question.min is not None and given < question.min:
            yield "out_of_range", f"不能小于 {number_text(question.min)} {question.unit}".rstrip() + "。"
        if question.max is not None and given > question.max:
            yield "out_of_range", f"不能大于 {number_text(question.max)} {question.unit}".rstrip() + "。"


# --- divisions --------------------------------------------------------------------------------------------------------


def _is_code(given: Any, length: int) -> bool:
    return isinstance(given, str) and re.fullmatch(rf"[0-9]{{{length}}}", given) is not None


def _answered_district(guidance: Guidance, questions: Mapping[str, Question], answers: Mapping[str, Any]) -> str | None:
    """The answer to the guidance's division question, where that asks for a district and the answer has its form."""
    question = questions.get(guidance.division_question or "")
    if question is None or question.type != "division6":
        return None
    given = answers.get(question.code)
    return given if _is_code(given, 6) else None


def _division_faults(given: Any, length: int, divisions: Divisions | None, district: str | None) -> Iterator[Fault]:
    if not _is_code(given, length):
        yield "wrong_type", f"应为 {length} 位区划代码。"
        return
    if divisions is not None:
        division = divisions.get(given)
        if division is None:
            yield "unknown_division", f"没有代码为 {given} 的区划。"
            return
        if division.is_statistical:
            yield "statistical_division", f"“{division.name}”是统计用区划，不办理业务。"
        if length == 6 and any(len(code) == 6 and one.parent == given for code, one in divisions.items()):
            yield "division_too_broad", f"“{division.name}”下设区，请选择具体的区。"
    if district is not None and not _is_below(given, district, divisions):
        yield "outside_district", f"{_division_name(given, divisions)}不在{_division_name(district, divisions)}内。"


def _is_below(code: str, district: str, divisions: Divisions | None) -> bool:
    """Whether the district is among the division's parents; without a register the codes tell (GB/T 10114)."""
    if divisions is None:
        return code.startswith(district)
    above: set[str] = set()
    division = divisions.get(code)
    while division is not None and division.parent is not None and division.parent not in above:
        above.add(division.parent)
        division = divisions.get(division.parent)
    return district in above


def _division_name(code: str, divisions: Divisions | None) -> str:
    division = (divisions or {}).get(code)
    return f"“{division.name}”" if division is not None else f"区划 {code} "
