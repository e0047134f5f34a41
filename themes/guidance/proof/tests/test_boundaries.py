"""Boundary cases: every option, both sides of every threshold, days, divisions; each replays; saved ones cover."""

import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.guidance.answers import check_answers, missing_answers
from themes.guidance.evaluation import compile_guidance
from themes.guidance.proof import boundaries
from themes.guidance.proof.boundaries import Proposals, Run, propose_cases
from themes.guidance.proof.tests.mutants import TODAY
from themes.packages.tests.dossiers import frozen

NAMES = ("theme_restaurant", "theme_dog_license")
CITY, LAW = "310000", "2027-01-01"


def proposed(name: str, document: d.ThemeDocument | None = None, known: Any = (), **more: Any) -> Proposals:
    content = frozen(name)
    apart = {code: [one.promised_days_in(code) for one in content.items.values()] for code in ("310101", "310115")}
    return propose_cases(
        document or content.document, known, city=CITY, on=TODAY, divisions=content.divisions, apart=apart, **more
    )


def visible(name: str, document: d.ThemeDocument, run: Run) -> tuple[str, ...]:
    """The questions asked in the run; it must be whole and fit."""
    compiled = compile_guidance(document.guidance, document.items, run.division or CITY)
    outcome = compiled.evaluate(run.answers, datetime.date.fromisoformat(run.on) if run.on else TODAY)
    assert missing_answers(document.guidance, outcome) == []
    assert check_answers(document.guidance, run.answers, frozen(name).divisions) == []
    return outcome.visible_questions


def gaps(name: str) -> list[str]:
    """What of a theme no proposal is at."""
    document, found = frozen(name).document, proposed(name)
    runs = [one.run for one in found.proposals]
    asked = {id(run): visible(name, document, run) for run in runs}
    told = ["not all"] if found.why_not_all else []
    for question in document.guidance.questions:
        given = [
            run.answers[question.code]
            for run in runs
            if question.code in asked[id(run)] and question.code in run.answers
        ]
        wanted: list[Any] = [option.code for option in question.options]
        if question.type == "number":
            cuts = {"q_biz_area": 150, "q_build_area": 300, "q_age": 3}.get(question.code)
            wanted = [] if cuts is None else [cuts - 1, cuts, cuts + 1]
        met = [one for answer in given for one in (answer if isinstance(answer, list) else [answer])]
        told += [f"{question.code}: {value}" for value in wanted if value not in met]
    return told


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_both_sides_of_every_threshold_are_proposed_and_then_covered(name: str) -> None:
    assert gaps(name) == []
    first = proposed(name)
    assert first.covered == 0 < first.boundaries, "nothing is saved yet"
    again = proposed(name, known=[one.run for one in first.proposals])
    assert again.proposals == () and again.covered == again.boundaries == first.boundaries
    half = [one.run for one in first.proposals][::2]
    assert 0 < len(proposed(name, known=half).proposals) < len(first.proposals)
    assert {one.run.division for one in first.proposals if one.kind == "division"} == {"310101", "310115"}


def test_days_on_which_rules_and_parameters_change_are_tried_before_and_on_the_day() -> None:
    document = frozen(NAMES[1]).document
    values = (d.ParameterValue(value=3, effective_to="2026-12-31"), d.ParameterValue(value=6, effective_from=LAW))
    limit = d.Parameter(code="P", name="月龄", values=values)
    stop = d.Rule(
        code="Z", name="月龄不足", priority=99, effects=(d.Stop(message="太小"),),
        when=Condition(q="q_age", op="lt", value={"parameter": "P"}),
    )  # fmt: skip
    guidance = replace(document.guidance, rules=(*document.guidance.rules, stop), parameters=(limit,))
    changed = replace(document, guidance=guidance)
    found = proposed(NAMES[1], changed)
    days = [one for one in found.proposals if one.kind == "day"]
    assert [one.run.on for one in days] == ["2026-12-31", LAW]
    outcomes = [
        compile_guidance(guidance, changed.items, CITY).evaluate(
            one.run.answers, datetime.date.fromisoformat(one.run.on or "")
        )
        for one in days
    ]
    assert outcomes[0].stopped != outcomes[1].stopped
    later = [one.run for one in found.proposals if one.run.answers.get("q_age") in (5, 6, 7)]
    assert len(later) == 3 and {one.on for one in later} == {LAW}, "the new value is tried from the day it holds"
    for one in found.proposals:
        visible(NAMES[1], changed, one.run)


def test_a_limit_is_told_and_what_cannot_be_judged_says_why() -> None:
    few = proposed(NAMES[0], most=2)
    assert len(few.proposals) == 2 and "超过 2 个" in few.why_not_all
    question = frozen(NAMES[0]).document.guidance.questions[0]
    twice = replace(frozen(NAMES[0]).document, guidance=d.Guidance(questions=(question, question)))
    assert proposed(NAMES[0], twice).why_not_all


def test_a_generator_that_forgets_what_lies_above_a_threshold_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    around = boundaries._around
    monkeypatch.setattr(boundaries, "_around", lambda question, cut: (*around(question, cut)[:2], None))
    assert gaps(NAMES[0]) != []
