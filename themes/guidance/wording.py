"""Guidance in plain Chinese sentences, for the theme page, findings and explanations."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from opsplatform.kernel.conditions import Condition, is_answered
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    Guidance,
    Question,
    RemoveItem,
    Rule,
    SetField,
    SetPromisedDays,
    Stop,
    WaiveMaterial,
)


class Names(msgspec.Struct, frozen=True):
    """What people call things, by local code; a code without a name stands for itself.

    `fields`: by `ITEM.field` for a field of an item form, by local code for a public field. `field_values`: by the same
    key, then by value. `necessities`: by necessity code. `divisions`: by division code.
    """

    items: Mapping[str, str] = {}
    materials: Mapping[str, str] = {}
    notices: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}
    field_values: Mapping[str, Mapping[str, str]] = {}
    necessities: Mapping[str, str] = {}
    divisions: Mapping[str, str] = {}


NO_NAMES = Names()

_COMPARISONS = {"gt": "大于", "ge": "大于或等于", "lt": "小于", "le": "小于或等于"}
_DAY_COMPARISONS = {"gt": "晚于", "ge": "不早于", "lt": "早于", "le": "不晚于"}


# --- answers ----------------------------------------------------------------------------------------------------------


def answer_text(question: Question | None, given: Any, names: Names = NO_NAMES) -> str:
    """The answer as the applicant saw it: option texts, 是 or 否, the number with its unit, the division's name."""
    if not is_answered(given):
        return "未回答"
    if isinstance(given, list | tuple):
        return "、".join(answer_text(question, one, names) for one in given)
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, int | float):
        unit = question.unit if question is not None else ""
        return f"{number_text(given)} {unit}".rstrip()
    if question is not None and isinstance(given, str):
        if question.type in ("division6", "division9"):
            return names.divisions.get(given, given)
        for option in question.options:
            if option.code == given:
                return option.text
    return str(given)


def number_text(value: float) -> str:
    """The number as people write it: 300, not 300.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _value(question: Question | None, value: Any, names: Names) -> str:
    """A single value inside a sentence: numbers and days bare, everything else in quotation marks."""
    text = answer_text(question, value, names)
    is_bare = isinstance(value, int | float) and not isinstance(value, bool)
    return text if is_bare or (question is not None and question.type == "date") else f"“{text}”"


def _values(question: Question | None, values: Any, names: Names) -> str:
    return "、".join(_value(question, value, names) for value in values)


# --- conditions -------------------------------------------------------------------------------------------------------


def condition_sentence(condition: Condition | None, guidance: Guidance, names: Names = NO_NAMES) -> str:
    """The condition in words: “问题” 为 “答案”, joined with 并且 and 或者, groups inside groups in brackets."""
    questions = {question.code: question for question in guidance.questions}
    return _sentence(condition, questions, names, is_inner=False)


def _sentence(condition: Condition | None, questions: Mapping[str, Question], names: Names, *, is_inner: bool) -> str:
    if condition is None:
        return "任何情况下"
    if condition.not_ is not None:
        return f"并非（{_sentence(condition.not_, questions, names, is_inner=False)}）"
    if condition.q is not None:
        return _test(condition, questions.get(condition.q), names)
    parts, word, empty = (
        (condition.all, "，并且", "任何情况下") if condition.all is not None else (condition.any, "，或者", "从不")
    )
    if not parts:
        return empty
    if len(parts) == 1:
        return _sentence(parts[0], questions, names, is_inner=is_inner)
    joined = word.join(_sentence(part, questions, names, is_inner=True) for part in parts)
    return f"（{joined}）" if is_inner else joined


def _test(condition: Condition, question: Question | None, names: Names) -> str:
    subject = f"“{question.text if question is not None else condition.q}”"
    value = condition.value
    match condition.op:
        case "answered":
            return f"{subject} 已回答"
        case "eq":
            return f"{subject} 为 {_value(question, value, names)}"
        case "ne":
            return f"{subject} 已回答且不为 {_value(question, value, names)}"
        case "in":
            return f"{subject} 为 {_values(question, value, names)} 之一"
        case "not_in":
            return f"{subject} 已回答且不为 {_values(question, value, names)} 中的任何一个"
        case "contains":
            return f"{subject} 选了 {_value(question, value, names)}"
        case "contains_any":
            return f"{subject} 选了 {_values(question, value, names)} 中的至少一个"
        case _:
            is_day = question is not None and question.type == "date"
            word = (_DAY_COMPARISONS if is_day else _COMPARISONS)[cast(str, condition.op)]
            return f"{subject} {word} {_value(question, value, names)}"


# --- effects and rules ------------------------------------------------------------------------------------------------


def effect_sentence(effect: Effect, names: Names = NO_NAMES) -> str:
    """What the effect does, in words, without a full stop."""
    match effect:
        case AddItem():
            return f"增加事项{_name(names.items, effect.item)}"
        case RemoveItem():
            return f"去掉事项{_name(names.items, effect.item)}"
        case AddMaterial():
            code = effect.necessity_code
            necessity = f"（{names.necessities.get(code, f'必要性 {code}')}）" if code else ""
            material = _name(names.materials, effect.material)
            return f"事项{_name(names.items, effect.item)}增加材料{material}{necessity}"
        case WaiveMaterial():
            return f"事项{_name(names.items, effect.item)}免交材料{_name(names.materials, effect.material)}"
        case SetField():
            key = effect.field if effect.item is None else f"{effect.item}.{effect.field}"
            owner = "共用字段" if effect.item is None else f"事项{_name(names.items, effect.item)}的字段"
            label = names.fields.get(key, effect.field)
            return f"{owner}“{label}”填为{_field_value(effect.value, names.field_values.get(key, {}))}"
        case SetPromisedDays():
            return f"事项{_name(names.items, effect.item)}承诺 {effect.value} 个工作日办结"
        case AddNotice():
            return f"提示{_name(names.notices, effect.notice)}"
        case Stop():
            return f"不能继续办理，原因：“{effect.message}”"


def rule_sentence(rule: Rule, guidance: Guidance, names: Names = NO_NAMES) -> str:
    """The whole rule in one sentence: its period, when it fires, what it does."""
    effects = "；".join(effect_sentence(effect, names) for effect in rule.effects) or "什么也不做"
    return f"{_period(rule)}当{condition_sentence(rule.when, guidance, names)}时：{effects}。"


def _period(rule: Rule) -> str:
    if rule.effective_from and rule.effective_to:
        return f"{rule.effective_from} 至 {rule.effective_to}，"
    if rule.effective_from:
        return f"自 {rule.effective_from} 起，"
    return f"截至 {rule.effective_to}，" if rule.effective_to else ""


def _name(names: Mapping[str, str], code: str) -> str:
    return f"“{names.get(code, code)}”"


def _field_value(value: Any, texts: Mapping[str, str]) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return "、".join(f"“{texts.get(str(one), answer_text(None, one))}”" for one in values) or "空"
