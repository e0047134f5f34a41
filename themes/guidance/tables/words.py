"""What cells call the things of a theme: answers, parameters, and the targets of effects."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from opsplatform.kernel.condition_spelling import Unreadable
from opsplatform.kernel.conditions import is_number
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.parsing import BadJSON, parse_value
from themes.documents import Guidance, Parameter, Question
from themes.guidance.parameters import parameter_named
from themes.guidance.wording import Names

ANSWERED, CHOSE, ONE_OF, NOT, SEPARATOR = "已回答", "选了", "之一", "非", "、"
_SIGN = re.compile(r"[<>≤≥＜＞=＝]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_DIVISION = re.compile(r"([0-9]{6}|[0-9]{9})(?:\s+(.+))?")
_PARAMETER = re.compile(r"参数\s*[“\"]([^”\"]+)[”\"]")
_CODE = re.compile(r"【((?:[^】]|】】)+)】(?!】)")
_LENGTHS = {"division6": 6, "division9": 9}
_TRUTHS = {"是": True, "否": False}
MOST_OFFERED = 12  # values that a refusal lists


def bracketed(code: str) -> str:
    """The code as it stands in a cell: 【Q1】."""
    return f"【{code.replace('】', '】】')}】"


def read_code(text: str, at: int) -> tuple[str, int] | None:
    """The code in brackets at that place, and the place after it."""
    found = _CODE.match(text, at)
    return None if found is None else (found[1].replace("】】", "】"), found.end())


def past_blanks(text: str, at: int) -> int:
    """The place of the next character that is no blank."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def number_text(value: float) -> str:
    """The number in digits: 300, 0.5, never 3e2."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def read_number(text: str) -> float | None:
    """The number in digits, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def is_plain(text: str) -> bool:
    """Whether a cell can hold the text as one of several values without its being taken for something else."""
    return (
        bool(text)
        and text == text.strip()
        and not any(mark in text for mark in (SEPARATOR, "\n", "\r"))
        and not text.startswith((f"{NOT} ", f"{CHOSE} ", "参数"))
        and not text.endswith(ONE_OF)
        and not _SIGN.match(text)
        and text != ANSWERED
    )


class Words:
    """The words of one theme; `names` as people call its things."""

    def __init__(self, guidance: Guidance, names: Names) -> None:
        self.names = names
        self.questions = {question.code: question for question in guidance.questions}
        self._parameters = guidance.parameters
        self._options = {question.code: _option_words(question) for question in guidance.questions}

    # --- parameters ---------------------------------------------------------------------------------------------------

    def spell_parameter(self, value: Any) -> str | None:
        """参数“起征点” for `{"parameter": …}`; None for every other value, and where no parameter has that code."""
        code = parameter_named(value)
        parameter = next((one for one in self._parameters if one.code == code), None)
        if code is None or parameter is None:
            return None
        called = parameter.name if self._named(parameter.name) == [parameter] else code
        text = f"参数“{called}”"
        return text if self._named(called) == [parameter] and _PARAMETER.fullmatch(text) else None

    def read_parameter(self, text: str, at: int = 0) -> tuple[dict[str, str], int] | None:
        """The value that names the parameter spelled at that place, and the place after it; None where none is."""
        found = _PARAMETER.match(text, at)
        if found is None:
            return None
        named = self._named(found[1])
        if len(named) != 1:
            known = SEPARATOR.join(f"“{one.name}”" for one in self._parameters[:MOST_OFFERED]) or "没有参数"
            sentence = "不止一个，请写代码" if named else f"没有登记；这个主题的参数：{known}"
            raise Unreadable(f"参数“{found[1]}”{sentence}。")
        return {"parameter": named[0].code}, found.end()

    def _named(self, called: str) -> list[Parameter]:
        return [one for one in self._parameters if called in (one.name, one.code)]

    # --- answers ------------------------------------------------------------------------------------------------------

    def spell_answer(self, question: Question, value: Any) -> str | None:
        """One answer as a cell says it; None where a cell cannot."""
        parameter = self.spell_parameter(value)
        if parameter is not None:
            return parameter
        match question.type:
            case "boolean":
                return ("是" if value else "否") if isinstance(value, bool) else None
            case "number":
                text = number_text(value) if is_number(value) else ""
                return text if text and read_number(text) == value else None
            case "date":
                return value if isinstance(value, str) and parse_day(value) else None
            case "division6" | "division9":
                return self._spell_division(question, value)
            case "single" | "multi":
                return self._options[question.code].get(value) if isinstance(value, str) else None

    def _spell_division(self, question: Question, value: Any) -> str | None:
        if not isinstance(value, str) or len(value) != _LENGTHS[question.type] or not _DIVISION.fullmatch(value):
            return None
        name = self.names.divisions.get(value, "")
        return f"{value} {name}" if is_plain(name) else value

    def read_answer(self, question: Question, text: str) -> Any:
        """The answer that one word of a cell says; raises Unreadable with what may stand there."""
        parameter = self.read_parameter(text)
        if parameter is not None and parameter[1] == len(text):
            return parameter[0]
        match question.type:
            case "boolean":
                return _read(text, _TRUTHS.get, "应为“是”或“否”")
            case "number":
                return _read(text, read_number, "应为数字，或“≥ 数字”这样的比较")
            case "date":
                return _read(text, lambda given: given if parse_day(given) else None, "应为 2026-01-31 这样的日期")
            case "division6" | "division9":
                return self._read_division(question, text)
            case "single" | "multi":
                return _read_option(question, text)

    def _read_division(self, question: Question, text: str) -> str:
        found = _DIVISION.fullmatch(text)
        length = _LENGTHS[question.type]
        if found is None or len(found[1]) != length:
            raise Unreadable(f"“{text}”不是区划：应为 {length} 位区划代码。")
        name = self.names.divisions.get(found[1])
        if found[2] and name and found[2] != name:
            raise Unreadable(f"区划 {found[1]} 的名称是“{name}”，与“{found[2]}”不符；也可以只写代码。")
        return found[1]

    # --- targets ------------------------------------------------------------------------------------------------------

    def spell_target(self, code: str, names: Mapping[str, str], key: str = "") -> str:
        """【FOOD】食品经营许可; `key` where the name is kept under another key than the code."""
        name = names.get(key or code, "")
        return f"{bracketed(code)}{name if name == name.strip() and len(name.splitlines()) == 1 else ''}"

    def read_target(
        self, text: str, at: int, what: str, known: Callable[[str], bool], *names_of: Callable[[str], str | None]
    ) -> tuple[str, int]:
        """The code of a thing that the theme has, and the place after its name; raises Unreadable."""
        found = read_code(text, past_blanks(text, at))
        if found is None:
            raise Unreadable(f"应写明{what}的代码，放在【】里，例如 {bracketed('代码')}名称。")
        code, at = found
        if not known(code):
            raise Unreadable(f"这个主题没有代码为 {code} 的{what}；代码见“说明”表。")
        at = past_blanks(text, at)
        names = [name for name_of in names_of if (name := name_of(code))]
        for name in names:
            if text.startswith(name, at):
                return code, past_blanks(text, at + len(name))
        if at < len(text) and text[at] not in "：:=＝（(":
            called = "”或“".join(names) or code
            raise Unreadable(f"{bracketed(code)}的名称是“{called}”，后面的文字不符；也可以只写{bracketed(code)}。")
        return code, at


def read_json(text: str, expected: str) -> tuple[Any, int]:
    """The JSON value that the text begins with, and the place after it; raises Unreadable with what was expected."""
    try:
        return parse_value(text)
    except json.JSONDecodeError:
        raise Unreadable(expected) from None
    except BadJSON as error:
        raise Unreadable(error.sentence) from error


def read_value(text: str, words: Words, names: Mapping[str, str]) -> Any:
    """The value of a field: 参数“…”, 是, 否, or JSON, with its name in brackets or without; raises Unreadable."""
    value: Any
    found = words.read_parameter(text)
    if found is not None:
        value, at = found
    elif text[:1] in _TRUTHS and len(text) == 1:
        return _TRUTHS[text]
    else:
        value, at = read_json(text, '填为的值应是用英文引号括起的文字、数字、是、否或参数“名称”，例如 = "01"。')
    rest = text[at:].strip()
    if not rest:
        return value
    name = names.get(str(value)) if isinstance(value, str | int) else None
    if name is None or rest not in (f"（{name}）", f"({name})"):
        raise Unreadable(f"值后面的文字“{rest}”不能读懂{f'；这个值的名称是“{name}”' if name else ''}。")
    return value


def spell_value(value: Any, words: Words, names: Mapping[str, str]) -> str:
    """The value of a field as `read_value` reads it."""
    parameter = words.spell_parameter(value)
    if parameter is not None:
        return parameter
    if isinstance(value, bool):
        return "是" if value else "否"
    name = names.get(str(value)) if isinstance(value, str | int) else None
    text = json.dumps(value, ensure_ascii=False)
    return f"{text}（{name}）" if name and len(name.splitlines()) == 1 else text


def _read(text: str, read: Callable[[str], Any], expected: str) -> Any:
    value = read(text)
    if value is None:
        raise Unreadable(f"“{text}”不能读懂：{expected}。")
    return value


def _option_words(question: Question) -> dict[str, str]:
    """By the code of an option what cells call it: its text where only it is called so, else its code; else nothing."""
    options = question.options
    found: dict[str, str] = {}
    for option in options:
        for called in (option.text, option.code):
            if is_plain(called) and [one for one in options if called in (one.text, one.code)] == [option]:
                found[option.code] = called
                break
    return found


def _read_option(question: Question, text: str) -> str:
    found = [option for option in question.options if text in (option.text, option.code)]
    if len(found) == 1:
        return found[0].code
    if found:
        raise Unreadable(f"不止一个选项叫“{text}”，请写它的代码：{SEPARATOR.join(one.code for one in found)}。")
    offered = SEPARATOR.join(option.text for option in question.options[:MOST_OFFERED])
    more = " 等" if len(question.options) > MOST_OFFERED else ""
    raise Unreadable(f"“{text}”不是这个问题的选项；可以写：{offered}{more}。")
