"""Parameters: which value holds where and when, what stands in their place, and what of them is wrong."""

import datetime
from typing import Any

import msgspec
import pytest

from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.dossier.consistency import find_inconsistencies
from themes.dossier.reading import RegisterCodes, to_theme_document
from themes.dossier.structure import Dossier
from themes.guidance.legal_basis import find_lapsing
from themes.guidance.parameter_faults import find_parameter_faults
from themes.guidance.parameters import parameters_in, resolve_guidance, stretches_of, values_on
from themes.guidance.references import find_unresolved
from themes.guidance.tests.dossiers import load_dossier
from themes.guidance.tests.test_evaluation import item, question, rule
from themes.guidance.wording import Names, condition_sentence, effect_sentence, rule_sentence, value_sentence

SINCE = datetime.date(2026, 1, 1)
DIVISIONS = {"310000": "上海市", "310101": "黄浦区", "310104": "徐汇区"}


def value(amount: Any, first: str | None = None, last: str | None = None, *divisions: str) -> d.ParameterValue:
    return d.ParameterValue(value=amount, divisions=divisions, effective_from=first, effective_to=last)


def parameter(*values: d.ParameterValue, code: str = "floor") -> d.Parameter:
    return d.Parameter(code=code, name="面积起点", unit="平方米", values=values)


LARGE = Condition(q="area", op="ge", value={"parameter": "floor"})
AREA = question("area", type="number")
RULES = (rule("R", d.AddItem(item="A"), when=LARGE),)


def document(*parameters: d.Parameter, rules: Any = RULES) -> d.ThemeDocument:
    return d.ThemeDocument(
        code="T",
        name="主题",
        items=(item("A"),),
        guidance=d.Guidance(questions=(AREA,), rules=rules, parameters=parameters),
    )


# --- which value holds ------------------------------------------------------------------------------------------------


def test_the_value_for_the_closest_division_stands_while_it_is_in_force() -> None:
    floor = parameter(
        value(300), value(200, "2025-01-01", "2025-12-31", "310101"), value(250, "2025-06-01", None, "3101")
    )
    told = [(one.value, one.effective_from, one.effective_to) for one in stretches_of(floor, "310101")]
    assert told == [
        (300, None, "2024-12-31"),
        (200, "2025-01-01", "2025-12-31"),
        (250, "2026-01-01", None),
    ]
    assert [one.value for one in stretches_of(floor, "320000")] == [300]


def test_equal_values_that_follow_each_other_are_one_stretch_and_days_without_a_value_are_in_none() -> None:
    floor = parameter(value(1, None, "2025-01-31"), value(1, "2025-02-01", "2025-02-28"), value(1, "2025-04-01", None))
    told = [(one.effective_from, one.effective_to) for one in stretches_of(floor, "310101")]
    assert told == [(None, "2025-02-28"), ("2025-04-01", None)]
    assert values_on([floor], "310101", datetime.date(2025, 3, 15)) == {}
    assert values_on([floor], "310101", None) == {"floor": 1}


def test_guidance_with_values_names_no_parameter_and_keeps_what_names_none() -> None:
    plain = Condition(q="area", op="lt", value=5)
    rules = (
        rule("R", d.SetField(item=None, field="fee", value={"parameter": "fee"}), when=LARGE),
        rule("S", when=plain),
    )
    guidance = d.Guidance(questions=(AREA,), rules=rules, parameters=(parameter(value(300)),))
    resolved = resolve_guidance(guidance, {"floor": 300})
    assert resolved.rules[0].when == Condition(q="area", op="ge", value=300)
    assert resolved.rules[0].effects == ()  # the fee has no value that day
    assert resolved.rules[1].when is plain
    assert resolved.parameters == ()
    assert list(parameters_in(LARGE)) == ["floor"]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def faults(theme: d.ThemeDocument) -> list[tuple[str, str]]:
    return [(fault.code, fault.pointer) for fault in find_parameter_faults(theme, DIVISIONS, SINCE)]


def test_a_parameter_with_a_value_everywhere_and_always_has_no_fault() -> None:
    assert faults(document(parameter(value(300, None, "2026-06-30"), value(200, "2026-07-01", None)))) == []


def test_days_and_divisions_without_a_value_are_told_each_once() -> None:
    theme = document(parameter(value(300, None, "2026-06-30"), value(200, "2026-07-01", None, "310101")))
    fault = find_parameter_faults(theme, DIVISIONS, SINCE)[0]
    assert (fault.code, fault.pointer) == ("unvalued_parameter", "/guidance/parameters/0/values")
    assert fault.message == "参数“面积起点”在上海市、徐汇区自 2026-07-01 起没有值。"
    assert fault.witness == ("310000", "310104")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2027-01-01", None, []),
        (None, "2025-12-31", []),
        (None, None, [("unvalued_parameter", "/guidance/parameters/0/values")]),
    ],
)
def test_a_value_is_needed_only_while_the_rule_that_names_it_is_in_force(first: Any, last: Any, expected: Any) -> None:
    rules = (rule("R", when=LARGE, effective_from=first, effective_to=last),)
    assert faults(document(parameter(value(300, "2027-01-01", None)), rules=rules)) == expected


def test_a_parameter_that_nobody_names_needs_no_value() -> None:
    assert faults(document(parameter(), rules=())) == []


def test_two_values_for_one_place_on_one_day_are_a_fault_and_a_closer_division_is_none() -> None:
    assert faults(document(parameter(value(1), value(2, None, None, "310101")))) == []
    assert faults(document(parameter(value(1), value(2, "2026-01-01", None)))) == [
        ("parameter_overlap", "/guidance/parameters/0/values/1")
    ]


def test_a_value_that_its_question_cannot_have_is_a_fault() -> None:
    assert faults(document(parameter(value("300")))) == [
        ("parameter_mismatch", "/guidance/parameters/0/values/0/value")
    ]


def test_an_unknown_parameter_does_not_resolve_wherever_it_is_named() -> None:
    rules = (rule("R", d.SetField(item="A", field="f", value={"parameter": "gone"}), when=LARGE),)
    found = find_unresolved(document(rules=rules), {"A": frozenset({"f"})})
    assert [(one.code, one.pointer, one.message) for one in found] == [
        ("unknown_parameter", "/guidance/rules/0/when/value", "参数“floor”不存在。"),
        ("unknown_parameter", "/guidance/rules/0/effects/0/value", "参数“gone”不存在。"),
    ]


# --- laws and words ---------------------------------------------------------------------------------------------------

LAW = d.Basis(title="《食品安全法》", article="第三十五条", effective_to="2026-01-31")


@pytest.mark.parametrize(
    ("today", "rule_ends", "told"),
    [
        (datetime.date(2026, 2, 1), None, [("/guidance/rules/0/legal_basis/0", True)]),
        (datetime.date(2026, 1, 31), None, [("/guidance/rules/0/legal_basis/0", False)]),
        (datetime.date(2025, 1, 1), None, []),
        (datetime.date(2026, 2, 1), "2026-01-31", []),
    ],
)
def test_a_law_that_ends_before_what_stands_on_it_is_told(today: datetime.date, rule_ends: Any, told: Any) -> None:
    guidance = d.Guidance(rules=(rule("R", legal_basis=(LAW,), effective_to=rule_ends),))
    found = find_lapsing(guidance, today, today + datetime.timedelta(days=60))
    assert [(one.pointer, one.is_over) for one in found] == told


def test_parameters_and_laws_read_as_words() -> None:
    names = Names(parameters={"floor": "面积起点"}, divisions=DIVISIONS)
    guidance = d.Guidance(questions=(question("area", type="number", text="多大？"),))
    assert condition_sentence(LARGE, guidance, names) == "“多大？” 大于或等于 参数“面积起点”"
    effect = d.SetField(item=None, field="fee", value={"parameter": "floor"})
    assert effect_sentence(effect, names) == "共用字段“fee”填为参数“面积起点”"
    dated = d.ParameterValue(value=300, divisions=("310101",), effective_from="2026-01-01", legal_basis=(LAW,))
    assert value_sentence(dated, parameter(), names) == (
        "自 2026-01-01 起，黄浦区：300 平方米（依据：《食品安全法》第三十五条（截至 2026-01-31有效））"
    )
    assert rule_sentence(rule("R", when=LARGE, legal_basis=(d.Basis(title="《办法》"),)), guidance, names).endswith(
        "什么也不做。依据：《办法》。"
    )


# --- dossiers ---------------------------------------------------------------------------------------------------------


def dossier_with_parameter(code: str) -> dict[str, Any]:
    dossier = load_dossier("theme_restaurant")
    rule_of_it = dossier["guide"]["rules"][0]
    rule_of_it["when"] = {"q": dossier["guide"]["questions"][0]["code"], "op": "ge", "value": {"parameter": code}}
    rule_of_it["legal_basis"] = [{"title": "《办法》", "article": "第三条"}]
    dossier["guide"]["parameters"] = [
        {"code": "floor", "name": "面积起点", "values": [{"value": 300, "divisions": ["310101", "999999"]}]}
    ]
    return dossier


def test_a_dossier_brings_its_parameters_and_laws_along() -> None:
    dossier = msgspec.convert(dossier_with_parameter("floor"), Dossier)
    codes = RegisterCodes(
        kinds={one.code: one.code for one in dossier.departments},
        public_fields={one.code: one.code for one in dossier.public_fields},
        materials={one.code: one.code for one in dossier.materials},
        items={one.code: one.code for one in dossier.items},
    )
    guidance = to_theme_document(dossier, codes).guidance
    assert guidance.parameters == dossier.guide.parameters
    assert guidance.rules[0].legal_basis[0].article == "第三条"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("floor", ["/guide/parameters/0/values/0/divisions/1"]),
        ("gone", ["/guide/parameters/0/values/0/divisions/1", "/guide/rules/0/when"]),
    ],
)
def test_a_dossier_that_names_an_unknown_parameter_is_told_so(code: str, told: list[str]) -> None:
    def found(tree: dict[str, Any]) -> list[str]:
        problems = find_inconsistencies(
            msgspec.convert(tree, Dossier),
            divisions={"310101"},
            dictionaries={},
            categories=(),
            patterns=CodePatterns(),
        )
        return [problem.pointer for problem in problems]

    known = set(found(load_dossier("theme_restaurant")))
    assert [pointer for pointer in found(dossier_with_parameter(code)) if pointer not in known] == told
