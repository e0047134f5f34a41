import datetime
from typing import Any

import pytest
from hypothesis import given, settings

from opsplatform.kernel.conditions import compile_condition
from themes import documents as d
from themes.guidance import explanation
from themes.guidance.evaluation import compile_guidance
from themes.guidance.explanation import Cause, explain
from themes.guidance.tests import strategies
from themes.guidance.tests.dossiers import load_dossier, read_guidance, read_items

Case = tuple[d.Guidance, list[d.ThemeItem], dict[str, Any], datetime.date | None]


def explain_case(case: Case) -> tuple[Any, Any, d.Guidance, list[d.ThemeItem]]:
    guidance, items, answers, on = case
    compiled = compile_guidance(guidance, items, strategies.DIVISION)
    outcome, resolved = compiled.evaluate(answers, on), compiled.as_of(on)
    return explain(resolved, outcome), outcome, resolved.guidance, list(resolved.items)


def all_causes(explained: Any) -> list[Cause]:
    return [
        cause
        for section in explained.__struct_fields__
        for reason in getattr(explained, section)
        for cause in reason.causes
    ]


def is_true_of_every_cause(case: Case) -> bool:
    """Every explained rule fired, and the answers named are given and already make it fire alone."""
    explained, outcome, guidance, _ = explain_case(case)
    rules = {rule.code: rule for rule in guidance.rules}
    for cause in all_causes(explained):
        named = {answer.question: answer.answer for answer in cause.answers if answer.answer is not None}
        is_given = all(outcome.answers.get(code) is answer for code, answer in named.items())
        if cause.rule not in outcome.fired_rules or not is_given:
            return False
        if not compile_condition(rules[cause.rule].when)(named):
            return False
    return True


@settings(max_examples=200, deadline=None)
@given(strategies.cases)
def test_every_explained_rule_fired_and_its_named_answers_suffice(case: Case) -> None:
    assert is_true_of_every_cause(case)


def test_an_explanation_that_names_only_half_the_answers_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = load_dossier("theme_restaurant")
    case = (read_guidance(dossier), read_items(dossier), dossier["worked_examples"][0]["answers"], None)
    assert is_true_of_every_cause(case)
    whole = explanation._Explainer._deciding_names

    def half(self: Any, condition: Any, *, is_true: bool) -> Any:
        return iter(list(whole(self, condition, is_true=is_true))[:1])

    monkeypatch.setattr(explanation._Explainer, "_deciding_names", half)
    assert not is_true_of_every_cause(case)


@settings(max_examples=200, deadline=None)
@given(strategies.cases)
def test_everything_in_the_outcome_is_explained_and_nothing_else(case: Case) -> None:
    explained, outcome, _, items = explain_case(case)
    assert tuple(reason.item for reason in explained.items) == outcome.items
    assert tuple(reason.notice for reason in explained.notices) == outcome.notices
    assert tuple(reason.message for reason in explained.stopped) == outcome.stopped
    assert [(reason.item, reason.field) for reason in explained.fields] == list(outcome.fields)
    assert {reason.item: reason.days for reason in explained.promised_days} == outcome.promised_days
    assert [(reason.item, reason.material) for reason in explained.materials] == [
        (item, required.material) for item, materials in outcome.materials.items() for required in materials
    ]
    for reason in explained.items:
        assert reason.mandatory or reason.causes
    for reason in (*explained.notices, *explained.stopped, *explained.fields, *explained.promised_days):
        assert reason.causes
    gone = {item.code for item in items} - set(outcome.items)
    assert {reason.item for reason in explained.removed_items} <= gone
    assert {item.code for item in items if item.mandatory} & gone <= {reason.item for reason in explained.removed_items}
    for reason in (*explained.removed_items, *explained.waived_materials):
        assert reason.causes
    for reason in explained.materials:
        assert reason.causes or reason.always or all(answer.question for answer in reason.answers)


def test_the_noodle_shop_is_explained_in_its_own_words() -> None:
    dossier = load_dossier("theme_restaurant")
    compiled = compile_guidance(read_guidance(dossier), read_items(dossier))
    explained = explain(compiled, compiled.evaluate(dossier["worked_examples"][0]["answers"]))
    food, sign, drain, _ = explained.items
    assert (food.item, food.mandatory, food.causes) == ("FOOD", True, ())
    assert [(cause.rule, cause.name) for cause in sign.causes] == [("R04", "设招牌的办户外招牌备案")]
    assert [(answer.text, answer.answer_text) for answer in sign.causes[0].answers] == [
        ("门口要挂招牌吗?", "要新设或更换招牌")
    ]
    assert [cause.rule for cause in drain.causes] == ["R07"]
    (days,) = explained.promised_days
    assert [answer.answer_text for answer in days.causes[0].answers] == ["不是或不清楚", "80 平方米"]
    special = next(reason for reason in explained.materials if reason.material == "M_SPECIAL_ROOM")
    assert [answer.question for answer in special.answers] == ["q_food_items"]


def test_a_waived_material_names_the_rule_that_waived_it() -> None:
    dossier = load_dossier("theme_restaurant")
    compiled = compile_guidance(read_guidance(dossier), read_items(dossier))
    explained = explain(compiled, compiled.evaluate({"q_licensed": "yes", "q_chain": "yes"}))
    (waived,) = explained.waived_materials
    assert (waived.item, waived.material, [cause.rule for cause in waived.causes]) == ("FOOD", "M_LAYOUT", ["R14"])


def test_only_the_rules_since_the_last_replacement_are_causes() -> None:
    always = d.Condition(all=())
    rules = [
        d.Rule(code=code, name=code, priority=0, when=always, effects=(d.SetPromisedDays(item="A", value=days),))
        for code, days in (("R1", 2), ("R2", 1), ("R3", 2), ("R4", 2))
    ]
    compiled = compile_guidance(d.Guidance(rules=tuple(rules)), [])
    (reason,) = explain(compiled, compiled.evaluate({})).promised_days
    assert (reason.days, [cause.rule for cause in reason.causes]) == (2, ["R3", "R4"])


def test_a_condition_that_holds_because_nothing_was_answered_says_so() -> None:
    unanswered = d.Condition(not_=d.Condition(q="q", op="answered"))
    rule = d.Rule(code="R", name="未答", priority=0, when=unanswered, effects=(d.AddNotice(notice="N"),))
    question = d.Question(code="q", text="几个？", type="number", order=0)
    compiled = compile_guidance(d.Guidance(questions=(question,), rules=(rule,)), [])
    (reason,) = explain(compiled, compiled.evaluate({})).notices
    (answer,) = reason.causes[0].answers
    assert (answer.question, answer.answer, answer.answer_text) == ("q", None, "未回答")
