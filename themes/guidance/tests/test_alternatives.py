"""What would have to change: it does change the item when replayed, and nothing smaller does."""

import datetime
import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.documents import Question
from themes.guidance import alternatives
from themes.guidance.alternatives import Alternatives, find_alternatives
from themes.guidance.answers import check_answers
from themes.guidance.evaluation import compile_guidance
from themes.guidance.tests.test_evaluation import item, question, rule
from themes.packages.tests import dossiers, records

DAY = datetime.date(2026, 3, 1)
CASES = 5


@cache
def given(name: str) -> list[dict[str, Any]]:
    chance, opened = random.Random(f"6/{name}"), dossiers.opened(name)
    found: list[dict[str, Any]] = []
    while len(found) < CASES:
        answers = records.random_answers(chance, opened.package)
        if not opened.problems_in(answers):
            found.append(answers)
    return found


def met(name: str, answers: Mapping[str, Any]) -> set[str]:
    """Items, and materials after a sign."""
    outcome = dossiers.opened(name).guidance.evaluate(answers, DAY)
    return {*outcome.items, *(f"+{use.material}" for uses in outcome.materials.values() for use in uses)}


def found(name: str, answers: Mapping[str, Any]) -> Alternatives:
    opened = dossiers.opened(name)
    return find_alternatives(opened.guidance, answers, DAY, opened.package.divisions)


def turns(told: Alternatives) -> dict[str, Any]:
    return {**told.changes, **{f"+{code}": changes for code, changes in told.material_changes.items()}}


def replayed(answers: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    return {**answers, **{change.question: change.answer for change in changes}}


def every_single_change(name: str, answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All answers, not one of each class: for numbers, whatever lies at or beside a threshold."""
    package = dossiers.opened(name).package
    for one in package.guidance.questions:
        for answer in _answers(one, package.divisions):
            changed = {**answers, one.code: answer}
            if not check_answers(package.guidance, changed, package.divisions):
                yield changed


def _answers(one: Question, divisions: Any) -> list[Any]:
    codes = [option.code for option in one.options]
    match one.type:
        case "single":
            return codes
        case "multi":
            return [list(chosen) for count in range(1, len(codes) + 1) for chosen in combinations(codes, count)]
        case "boolean":
            return [True, False]
        case "number":
            return [number / 2 for number in range(2100)]
        case _:
            return list(divisions)


def is_true_and_least(name: str, answers: Mapping[str, Any]) -> bool:
    before, told = met(name, answers), found(name, answers)
    singly: set[str] = set()
    for changed in every_single_change(name, answers):
        singly |= before ^ met(name, changed)
    for code, changes in turns(told).items():
        if (code in met(name, replayed(answers, changes))) is (code in before):
            return False
        if len(changes) > 1 and code in singly and _is_one_option(name, changes):
            return False
    return True


def _is_one_option(name: str, changes: Any) -> bool:
    """In the brute force several options of a multi-choice change at once, which are several changes here."""
    kinds = {one.code: one.type for one in dossiers.opened(name).package.guidance.questions}
    return all(kinds[change.question] != "multi" for change in changes)


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_changes_turn_the_item_or_material_and_no_single_one_would_where_two_are_told(name: str) -> None:
    assert all(is_true_and_least(name, answers) for answers in given(name))
    assert sum(len(found(name, answers).changes) for answers in given(name)) > CASES
    assert sum(len(found(name, answers).material_changes) for answers in given(name)) > CASES


def test_pairs_before_single_changes_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = alternatives._Search._tries

    def pairs_first(self: Any) -> Iterator[Any]:
        return iter(sorted(whole(self), key=len, reverse=True))

    monkeypatch.setattr(alternatives._Search, "_tries", pairs_first)
    assert not all(is_true_and_least("theme_dog_license", answers) for answers in given("theme_dog_license"))


def two_questions(*rules: d.Rule) -> Any:
    questions = tuple(question(code, type="boolean") for code in ("a", "b", "c"))
    return compile_guidance(d.Guidance(questions=questions, rules=rules), [item("A"), item("B")])


def test_what_takes_more_changes_than_are_tried_is_not_told_and_what_cannot_be_is_said_to_be_complete() -> None:
    needs = Condition(all=tuple(Condition(q=code, op="eq", value=True) for code in "abc"))
    compiled = two_questions(rule("R", d.AddItem(item="A"), when=needs))
    told = find_alternatives(compiled, {"a": False, "b": False, "c": False}, DAY, None)
    assert told == Alternatives({}, {}, True)
    told = find_alternatives(compiled, {"a": True, "b": False, "c": False}, DAY, None)
    assert [(one.question, one.answer) for one in told.changes["A"]] == [("b", True), ("c", True)]


@pytest.mark.parametrize("limit", ["MOST_TRIES", "MOST_RULES"])
def test_a_search_that_ends_early_says_so(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(alternatives, limit, 2)
    compiled = two_questions(rule("R", d.AddItem(item="A"), when=Condition(q="c", op="eq", value=True)))
    told = find_alternatives(compiled, {"a": False, "b": False, "c": False}, DAY, None)
    assert told == Alternatives({}, {}, False)


def test_materials_turn_by_their_own_condition_by_rules_and_by_items_and_a_search_without_their_conditions_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uses = (d.MaterialUse(material="OWN", when=Condition(q="a", op="gt", value=40)), d.MaterialUse(material="ALWAYS"))
    asked = d.Guidance(
        questions=(question("a", type="number"), question("b", type="boolean")),
        rules=(rule("R", d.AddMaterial(item="A", material="ADDED"), when=Condition(q="b", op="eq", value=True)),),
    )

    def told() -> Mapping[str, Any]:
        compiled = compile_guidance(asked, [item("A", *uses, mandatory=True)])
        return find_alternatives(compiled, {"a": 1, "b": False}, DAY, None).material_changes

    assert {code: [one.question for one in changes] for code, changes in told().items()} == {
        "OWN": ["a"],
        "ADDED": ["b"],
    }
    whole = alternatives._Search._tests
    monkeypatch.setattr(alternatives._Search, "_tests", lambda self, code: [] if code == "a" else whole(self, code))
    assert "OWN" not in told()
