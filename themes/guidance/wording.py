"""Guidance in plain Chinese sentences, for the theme page, findings and explanations."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from opsplatform.kernel import condition_wording
from opsplatform.kernel.condition_wording import Subject, number_text, value_text
from opsplatform.kernel.conditions import Condition, is_answered
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Basis,
    Effect,
    Guidance,
    Parameter,
    ParameterValue,
    Question,
    RemoveItem,
    Rule,
    SetField,
    SetPromisedDays,
    Stop,
    WaiveMaterial,
)
from themes.guidance.parameters import parameter_named
from themes.guidance.periods import Dated


class Names(msgspec.Struct, frozen=True):
    """What people call things, by local code; a code without a name stands for itself.

    `fields`: by `ITEM.field` for a field of an item form, by local code for a public field. `field_values`: by the same
    key, then by value. `necessities`: by necessity code. `divisions`: by division code. `parameters`: by their code.
    `libraries`: base libraries that fill fields, by their code.
    """

    items: Mapping[str, str] = {}
    materials: Mapping[str, str] = {}
    notices: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}
    field_values: Mapping[str, Mapping[str, str]] = {}
    necessities: Mapping[str, str] = {}
    divisions: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}
    libraries: Mapping[str, str] = {}


NO_NAMES = Names()


# --- answers ----------------------------------------------------------------------------------------------------------


def answer_text(question: Question | None, given: Any, names: Names = NO_NAMES) -> str:
    """The answer as the applicant saw it: option texts, 是 or 否, the number with its unit, the division's name."""
    if isinstance(given, list | tuple) and given:
        return "、".join(answer_text(question, one, names) for one in given)
    if isinstance(given, int | float) and not isinstance(given, bool):
        unit = question.unit if question is not None else ""
        return f"{number_text(given)} {unit}".rstrip()
    if question is not None and isinstance(given, str):
        if question.type in ("division6", "division9"):
            return names.divisions.get(given, given)
        for option in question.options:
            if option.code == given:
                return option.text
    return value_text(given)


# --- conditions -------------------------------------------------------------------------------------------------------


def condition_sentence(condition: Condition | None, guidance: Guidance, names: Names = NO_NAMES) -> str:
    """The condition over questions in words."""
    questions = {question.code: question for question in guidance.questions}

    def subject_of(code: str) -> Subject:
        question = questions.get(code)
        return Subject(
            question.text if question is not None else code,
            lambda value: parameter_text(value, names) or answer_text(question, value, names),
            is_day=question is not None and question.type == "date",
        )

    return condition_wording.condition_sentence(condition, subject_of)


def parameter_text(value: Any, names: Names) -> str | None:
    """The parameter that the value names, in words; None for every other value."""
    code = parameter_named(value)
    return None if code is None else f"参数{_name(names.parameters, code)}"


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
            parameter = parameter_text(effect.value, names)
            return f"{owner}“{label}”填为{parameter or field_value_text(effect.value, names.field_values.get(key, {}))}"
        case SetPromisedDays():
            return f"事项{_name(names.items, effect.item)}承诺 {effect.value} 个工作日办结"
        case AddNotice():
            return f"提示{_name(names.notices, effect.notice)}"
        case Stop():
            return f"不能继续办理，原因：“{effect.message}”"


def rule_sentence(rule: Rule, guidance: Guidance, names: Names = NO_NAMES) -> str:
    """The whole rule in one sentence: its period, when it fires, what it does."""
    effects = "；".join(effect_sentence(effect, names) for effect in rule.effects) or "什么也不做"
    basis = f"依据：{laws_text(rule.legal_basis)}。" if rule.legal_basis else ""
    return f"{period_text(rule)}当{condition_sentence(rule.when, guidance, names)}时：{effects}。{basis}"


def period_text(dated: Dated) -> str:
    """From when until when, with a comma after it; empty where the period is open on both sides."""
    if dated.effective_from and dated.effective_to:
        return f"{dated.effective_from} 至 {dated.effective_to}，"
    if dated.effective_from:
        return f"自 {dated.effective_from} 起，"
    return f"截至 {dated.effective_to}，" if dated.effective_to else ""


# --- parameters and laws ----------------------------------------------------------------------------------------------


def value_sentence(value: ParameterValue, parameter: Parameter, names: Names = NO_NAMES) -> str:
    """One value of a parameter: from when, where, what, on which law."""
    where = "、".join(names.divisions.get(code, code) for code in value.divisions)
    laws = laws_text(value.legal_basis)
    said = f"{value_text(value.value)} {parameter.unit}".rstrip()
    return f"{period_text(value)}{where}{'：' if where else ''}{said}{f'（依据：{laws}）' if laws else ''}"


def laws_text(bases: Iterable[Basis]) -> str:
    """The laws, each with its article, and from when until when it holds."""
    return "；".join(_basis_text(basis) for basis in bases)


def _basis_text(basis: Basis) -> str:
    period = period_text(basis).rstrip("，")
    return f"{basis.title}{basis.article}{f'（{period}有效）' if period else ''}"


def _name(names: Mapping[str, str], code: str) -> str:
    return f"“{names.get(code, code)}”"


def field_value_text(value: Any, texts: Mapping[str, str]) -> str:
    """The value of a field in words, by its names where it has some: “甲类”、“2”; a row as “列：值；列：值”."""
    values = value if isinstance(value, list | tuple) else [value]
    return "、".join(_quoted(one, texts) for one in values) or "空"


def _quoted(value: Any, texts: Mapping[str, str]) -> str:
    if not is_answered(value):
        return "空"
    return f"“{texts.get(str(value)) or _value_inside(value)}”"


def _value_inside(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(_value_inside(one) for one in value) or "空"
    if isinstance(value, dict):
        return "；".join(f"{key}：{_value_inside(one)}" for key, one in value.items()) or "空"
    return value_text(value) if is_answered(value) else "空"
