import datetime
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase, given, settings

from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.guidance import compiling, parameters
from themes.guidance.evaluation import compile_guidance
from themes.guidance.outcome import GuidanceOutcome, RequiredMaterial
from themes.guidance.tests import oracle, strategies
from themes.guidance.tests.dossiers import DOSSIERS, load_dossier, read_guidance, read_items

Case = tuple[d.Guidance, list[d.ThemeItem], dict[str, Any], datetime.date | None]

YES = Condition(q="q", op="eq", value="yes")
ANSWERED_YES = {"q": "yes"}


def question(code: str, **rest: Any) -> d.Question:
    return d.Question(**{"code": code, "text": f"{code}？", "type": "single", "order": 0} | rest)


def rule(code: str, *effects: d.Effect, priority: int = 0, when: Condition = YES, **rest: Any) -> d.Rule:
    return d.Rule(code=code, name=f"规则{code}", priority=priority, when=when, effects=effects, **rest)


def item(code: str, *materials: d.MaterialUse, mandatory: bool = False) -> d.ThemeItem:
    return d.ThemeItem(code=code, item=code, mandatory=mandatory, materials=materials)


def evaluate(
    rules: Sequence[d.Rule],
    items: Sequence[d.ThemeItem] = (),
    answers: Mapping[str, Any] = ANSWERED_YES,
    on: datetime.date | None = None,
    questions: Sequence[d.Question] = (question("q"),),
) -> GuidanceOutcome:
    guidance = d.Guidance(questions=tuple(questions), rules=tuple(rules))
    return compile_guidance(guidance, items).evaluate(answers, on)


def as_plain(outcome: GuidanceOutcome) -> dict[str, Any]:
    materials = {
        code: [(one.material, one.necessity_code, one.note) for one in required]
        for code, required in outcome.materials.items()
    }
    return {
        "visible_questions": list(outcome.visible_questions),
        "answers": outcome.answers,
        "fired_rules": list(outcome.fired_rules),
        "items": list(outcome.items),
        "stopped": list(outcome.stopped),
        "notices": list(outcome.notices),
        "fields": outcome.fields,
        "promised_days": outcome.promised_days,
        "materials": materials,
    }


# --- the dossiers -----------------------------------------------------------------------------------------------------

WORKED_EXAMPLES = [(name, example) for name in DOSSIERS for example in load_dossier(name)["worked_examples"]]


@pytest.mark.parametrize(
    ("name", "example"), WORKED_EXAMPLES, ids=[f"{name}: {example['name']}" for name, example in WORKED_EXAMPLES]
)
def test_worked_examples_of_the_dossiers_come_out_exactly(name: str, example: dict[str, Any]) -> None:
    dossier = load_dossier(name)
    outcome = compile_guidance(read_guidance(dossier), read_items(dossier)).evaluate(
        example["answers"], datetime.date(2026, 1, 1)
    )
    modes = {material["code"]: material.get("exempt") for material in dossier["materials"]}
    required = [one.material for materials in outcome.materials.values() for one in materials]
    plain = as_plain(outcome) | {
        "materials_before": len(required),
        "materials_merged": len(set(required)),
        "materials_to_submit": [code for code in dict.fromkeys(required) if modes[code] is None],
    }
    keys = (
        "visible_questions", "fired_rules", "items", "stopped", "notices",
        "materials_before", "materials_merged",
    )  # fmt: skip
    assert {key: plain[key] for key in keys} == {key: example["expected"][key] for key in keys}
    assert set(plain["materials_to_submit"]) == set(example["expected"]["materials_to_submit"])


# --- against the oracle -----------------------------------------------------------------------------------------------


def agrees_with_oracle(case: Case) -> bool:
    guidance, items, answers, on = case
    outcome = as_plain(compile_guidance(guidance, items, strategies.DIVISION).evaluate(answers, on))
    expected = oracle.evaluate(guidance, items, answers, on, strategies.DIVISION)
    return repr(outcome | {"answers": None, "fields": None}) == repr(expected | {"answers": None, "fields": None}) and (
        _typed(outcome["answers"]) == _typed(expected["answers"])
        and _typed(outcome["fields"]) == _typed(expected["fields"])
    )


def _typed(values: Mapping[Any, Any]) -> dict[Any, str]:
    """1 and True are equal to Python, but not here."""
    return {key: repr(value) for key, value in values.items()}


@settings(max_examples=400, deadline=None)
@given(strategies.cases)
def test_the_compiled_guidance_equals_the_obvious_one(case: Case) -> None:
    assert agrees_with_oracle(case)


def break_source(monkeypatch: pytest.MonkeyPatch, method: str, right: str, wrong: str) -> None:
    """Replaces a piece of the writer's own source, so that the variant differs in nothing else."""
    source = inspect.getsource(compiling)
    assert source.count(right) == 1
    broken: dict[str, Any] = {"__name__": "broken"}
    exec(compile(source.replace(right, wrong), "<broken>", "exec"), broken)
    monkeypatch.setattr(compiling._Writer, method, getattr(broken["_Writer"], method))


@pytest.mark.parametrize(
    ("method", "right", "wrong"),
    [
        pytest.param(
            "_write_question",
            'yield f" {variable} = None"',
            'yield f" {variable} = get({code})"',
            id="rules see answers to invisible questions",
        ),
        pytest.param(
            "_write_questions",
            "if order != sorted(order):",
            "if False:",
            id="questions are listed in the order of judging",
        ),
        pytest.param(
            "_write_effect",
            "= {isinstance(effect, AddItem)}",
            "|= {isinstance(effect, AddItem)}",
            id="an item once added cannot be removed",
        ),
        pytest.param(
            "_write_item",
            'f"({required}) if {variable} is OWN else {variable}"',
            'f"({required}) if {variable} is OWN or {variable} is None else {variable}"',
            id="a waiver leaves the item's own condition standing",
        ),
    ],
)
def test_a_broken_evaluator_is_caught(monkeypatch: pytest.MonkeyPatch, method: str, right: str, wrong: str) -> None:
    break_source(monkeypatch, method, right, wrong)
    hypothesis.find(
        strategies.cases,
        lambda case: not agrees_with_oracle(case),
        settings=settings(max_examples=20_000, deadline=None, database=None, phases=[Phase.generate]),
    )


@pytest.mark.parametrize(
    ("function", "broken"),
    [
        pytest.param("_fit", lambda value, division: 0, id="a value counts in every division"),
        pytest.param("is_in_force", lambda dated, on: True, id="a value counts on every day"),
        pytest.param("_never", lambda name: Condition(all=()), id="a test against a parameter without a value holds"),
    ],
)
def test_broken_parameters_are_caught(monkeypatch: pytest.MonkeyPatch, function: str, broken: Any) -> None:
    monkeypatch.setattr(parameters, function, broken)
    hypothesis.find(
        strategies.cases,
        lambda case: not agrees_with_oracle(case),
        settings=settings(max_examples=20_000, deadline=None, database=None, phases=[Phase.generate]),
    )


# --- visibility -------------------------------------------------------------------------------------------------------


def shown_by(name: str, value: str = "yes") -> Condition:
    return Condition(q=name, op="eq", value=value)


def test_a_chain_breaks_where_a_question_in_the_middle_disappears() -> None:
    questions = [
        question("a"),
        question("b", order=1, show_when=shown_by("a")),
        question("c", order=2, show_when=shown_by("b")),
    ]
    answers = {"a": "no", "b": "yes", "c": "yes"}
    outcome = evaluate([rule("R", d.AddNotice(notice="N"), when=shown_by("c"))], answers=answers, questions=questions)
    assert outcome.visible_questions == ("a",)
    assert outcome.answers == {"a": "no"}
    assert outcome.notices == ()


def test_a_question_may_depend_on_a_later_one_and_is_still_listed_before_it() -> None:
    questions = [question("a", order=1, show_when=shown_by("b")), question("b", order=2)]
    outcome = evaluate([], answers={"b": "yes"}, questions=questions)
    assert outcome.visible_questions == ("a", "b")


def test_questions_that_depend_on_each_other_are_never_visible() -> None:
    hidden = Condition(not_=shown_by("b"))
    questions = [
        question("a", show_when=hidden),
        question("b", show_when=Condition(not_=shown_by("a"))),
        question("c", show_when=Condition(not_=shown_by("a"))),
    ]
    outcome = evaluate([], answers={"a": "yes", "b": "yes"}, questions=questions)
    assert outcome.visible_questions == ("c",)


def test_a_cycle_of_questions_that_are_never_in_force_together_is_none_on_any_day() -> None:
    questions = [
        question("a", show_when=Condition(not_=shown_by("b")), effective_to="2024-12-31"),
        question("b", show_when=Condition(not_=shown_by("a")), effective_from="2025-01-01"),
    ]
    assert evaluate([], on=datetime.date(2024, 12, 31), questions=questions).visible_questions == ("a",)
    assert evaluate([], on=datetime.date(2025, 1, 1), questions=questions).visible_questions == ("b",)


def test_answers_to_unknown_questions_do_not_exist() -> None:
    outcome = evaluate([rule("R", d.AddItem(item="A"), when=shown_by("x"))], [item("A")], {"x": "yes"})
    assert (outcome.answers, outcome.fired_rules, outcome.items) == ({}, (), ())


# --- effects ----------------------------------------------------------------------------------------------------------


def test_rules_fire_by_priority_and_then_code_whatever_their_place_in_the_document() -> None:
    outcome = evaluate([rule("R2"), rule("R1"), rule("R0", priority=5), rule("R3", priority=-1)])
    assert outcome.fired_rules == ("R3", "R1", "R2", "R0")


@pytest.mark.parametrize(
    ("first", "second", "selected"), [(d.AddItem, d.RemoveItem, ()), (d.RemoveItem, d.AddItem, ("A",))]
)
def test_of_adding_and_removing_an_item_the_later_stands(first: Any, second: Any, selected: tuple[str, ...]) -> None:
    outcome = evaluate([rule("R1", first(item="A")), rule("R2", second(item="A"))], [item("A", mandatory=True)])
    assert outcome.items == selected


def test_the_last_value_of_a_field_and_of_promised_days_stands() -> None:
    outcome = evaluate(
        [
            rule("R1", d.SetField(item=None, field="f", value="1"), d.SetPromisedDays(item="A", value=3)),
            rule("R2", d.SetField(item="A", field="f", value="2"), d.SetPromisedDays(item="A", value=1)),
            rule("R3", d.SetField(item=None, field="f", value="3")),
        ]
    )
    assert outcome.fields == {(None, "f"): "3", ("A", "f"): "2"}
    assert outcome.promised_days == {"A": 1}


def test_a_stop_is_collected_and_evaluation_goes_on() -> None:
    outcome = evaluate(
        [
            rule("R1", d.Stop(message="不行")),
            rule("R2", d.AddItem(item="A"), d.Stop(message="也不行"), d.Stop(message="不行")),
        ],
        [item("A")],
    )
    assert outcome.stopped == ("不行", "也不行")
    assert outcome.items == ("A",)


def test_items_keep_the_order_of_the_theme_not_of_the_rules() -> None:
    outcome = evaluate(
        [rule("R1", d.AddItem(item="C")), rule("R2", d.AddItem(item="A"))],
        [item("A"), item("B", mandatory=True), item("C")],
    )
    assert outcome.items == ("A", "B", "C")


def test_adding_a_material_overrides_its_own_condition_and_keeps_its_place_and_note() -> None:
    never = d.MaterialUse(material="M1", when=shown_by("q", "no"), necessity_code="1", note="原件")
    always = d.MaterialUse(material="M2")
    outcome = evaluate(
        [
            rule("R1", d.AddMaterial(item="A", material="M9")),
            rule("R2", d.AddMaterial(item="A", material="M1", necessity_code="2")),
        ],
        [item("A", never, always, mandatory=True)],
    )
    assert outcome.materials["A"] == (
        RequiredMaterial("M1", "2", "原件"),
        RequiredMaterial("M2"),
        RequiredMaterial("M9"),
    )


def test_of_adding_and_waiving_a_material_the_later_stands() -> None:
    waive, add = d.WaiveMaterial(item="A", material="M1"), d.AddMaterial(item="A", material="M1")
    items = [item("A", d.MaterialUse(material="M1"), mandatory=True)]
    assert evaluate([rule("R1", add), rule("R2", waive)], items).materials == {"A": ()}
    assert evaluate([rule("R1", waive), rule("R2", add)], items).materials == {"A": (RequiredMaterial("M1"),)}


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "fired"),
    [("2024-12-31", ()), ("2025-01-01", ("R",)), ("2025-06-30", ("R",)), ("2025-07-01", ()), (None, ("R",))],
)
def test_a_rule_is_in_force_on_both_days_of_its_period_and_between(on: str | None, fired: tuple[str, ...]) -> None:
    ruled = [rule("R", effective_from="2025-01-01", effective_to="2025-06-30")]
    day = None if on is None else datetime.date.fromisoformat(on)
    assert evaluate(ruled, on=day).fired_rules == fired


def test_a_question_outside_its_period_is_neither_visible_nor_answered() -> None:
    questions = [question("q", effective_from="2025-01-01")]
    before, after = (
        evaluate([rule("R")], on=day, questions=questions)
        for day in (datetime.date(2024, 12, 31), datetime.date(2025, 1, 1))
    )
    assert (before.visible_questions, before.answers, before.fired_rules) == ((), {}, ())
    assert (after.visible_questions, after.answers, after.fired_rules) == (("q",), ANSWERED_YES, ("R",))


def test_one_compiled_guidance_answers_for_many_days_in_any_order() -> None:
    guidance = d.Guidance(
        questions=(question("q"),),
        rules=(rule("OLD", effective_to="2024-12-31"), rule("NEW", effective_from="2025-01-01")),
    )
    compiled = compile_guidance(guidance, [])
    days = [datetime.date(2025, 1, 1), datetime.date(2024, 12, 31)] * 2
    assert [compiled.evaluate(ANSWERED_YES, day).fired_rules for day in days] == [("NEW",), ("OLD",)] * 2


def test_nothing_a_document_says_can_become_code() -> None:
    evil = "'); raise SystemExit('x\\"
    outcome = evaluate(
        [
            rule(evil, d.AddItem(item=evil), d.Stop(message=evil), d.AddNotice(notice=evil), when=shown_by(evil, evil)),
            rule("R", d.SetField(item=evil, field=evil, value=evil), d.SetPromisedDays(item=evil, value=10**5000)),
        ],
        [item(evil, d.MaterialUse(material=evil))],
        {evil: evil, "q": "yes"},
        questions=[question(evil), question("q", order=1)],
    )
    assert outcome.items == outcome.stopped == outcome.notices == (evil,)
    assert outcome.fields == {(evil, evil): evil}
    assert outcome.promised_days == {evil: 10**5000}
