from typing import Any

import pytest

from themes import documents as d
from themes.guidance.answers import check_answers, missing_answers
from themes.guidance.evaluation import compile_guidance
from themes.guidance.tests.dossiers import DOSSIERS, load_dossier, read_guidance
from themes.packages.structure import DivisionContent

OPTIONS = (d.Option(code="a", text="甲"), d.Option(code="b", text="乙"))

GUIDANCE = d.Guidance(
    division_question="q_district",
    questions=(
        d.Question(code="q_district", text="哪个区？", type="division6", order=1),
        d.Question(code="q_street", text="哪个街道？", type="division9", order=2),
        d.Question(code="q_single", text="哪个？", type="single", order=3, options=OPTIONS),
        d.Question(code="q_multi", text="哪些？", type="multi", order=4, options=OPTIONS),
        d.Question(code="q_number", text="多大？", type="number", order=5, min=1, max=1000000, unit="平方米"),
        d.Question(code="q_boolean", text="是吗？", type="boolean", order=6, required=False),
        d.Question(code="q_date", text="哪天？", type="date", order=7),
        d.Question(
            code="q_hidden",
            text="再问？",
            type="single",
            order=8,
            options=OPTIONS,
            show_when=d.Condition(q="q_boolean", op="eq", value=True),
        ),
    ),
)

DIVISIONS = {
    "310000": DivisionContent(name="上海市"),
    "310101": DivisionContent(name="黄浦区", parent="310000"),
    "310104": DivisionContent(name="徐汇区", parent="310000"),
    "310101002": DivisionContent(name="南京东路街道", parent="310101"),
    "310104003": DivisionContent(name="天平路街道", parent="310104"),
    "310104999": DivisionContent(name="某开发区", parent="310104", is_statistical=True),
    "310199001": DivisionContent(name="代管镇", parent="310104"),
}


def codes(answers: dict[str, Any], divisions: Any = DIVISIONS) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in check_answers(GUIDANCE, answers, divisions)]


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"q_district": "310104", "q_street": "310104003"},
        {"q_district": "310104", "q_street": "310199001"},
        {"q_street": "310104003"},
        {"q_single": "a", "q_multi": ["b", "a"], "q_number": 1, "q_boolean": False, "q_date": "2024-02-29"},
        {"q_number": 99.5, "q_hidden": "a"},
        {"q_single": None, "q_multi": [], "q_number": "", "q_date": None},
    ],
)
def test_proper_partial_and_unanswered_answers_are_fine(answers: dict[str, Any]) -> None:
    assert codes(answers) == []


@pytest.mark.parametrize(
    ("question", "answer", "code"),
    [
        ("q_else", "a", "unknown_question"),
        ("q_single", "c", "not_an_option"),
        ("q_single", ["a"], "wrong_type"),
        ("q_single", True, "wrong_type"),
        ("q_multi", "a", "wrong_type"),
        ("q_multi", ["a", 1], "wrong_type"),
        ("q_multi", [["a"]], "wrong_type"),
        ("q_multi", ["a", "c"], "not_an_option"),
        ("q_multi", ["a", "b", "a"], "repeated_option"),
        ("q_number", "80", "wrong_type"),
        ("q_number", True, "wrong_type"),
        ("q_number", float("nan"), "wrong_type"),
        ("q_number", float("inf"), "wrong_type"),
        ("q_number", 0.99, "out_of_range"),
        ("q_number", 1000000.5, "out_of_range"),
        ("q_number", 10**400, "out_of_range"),
        ("q_boolean", "yes", "wrong_type"),
        ("q_boolean", 0, "wrong_type"),
        ("q_date", "2023-02-29", "not_a_date"),
        ("q_date", "20240229", "not_a_date"),
        ("q_date", "2024-W09-4", "not_a_date"),
        ("q_date", "２０２４-02-29", "not_a_date"),
        ("q_date", 20240229, "not_a_date"),
        ("q_district", 310104, "wrong_type"),
        ("q_district", "310104003", "wrong_type"),
        ("q_district", "３１０１０４", "wrong_type"),
        ("q_district", "310104\n", "wrong_type"),
        ("q_district", "310199", "unknown_division"),
        ("q_district", "310000", "division_too_broad"),
        ("q_street", "310104", "wrong_type"),
        ("q_street", "310104111", "unknown_division"),
        ("q_street", "310104999", "statistical_division"),
    ],
)
def test_each_kind_of_wrong_answer_is_named(question: str, answer: Any, code: str) -> None:
    assert codes({question: answer}) == [(f"/{question}", code)]


def test_a_street_of_another_district_is_refused() -> None:
    (problem,) = check_answers(GUIDANCE, {"q_district": "310104", "q_street": "310101002"}, DIVISIONS)
    assert problem.code == "outside_district"
    assert problem.message == "“哪个街道？”：“南京东路街道”不在“徐汇区”内。"


def test_without_a_register_only_the_form_of_division_codes_is_judged() -> None:
    assert codes({"q_district": "990101", "q_street": "990101001"}, None) == []
    assert codes({"q_district": "990101", "q_street": "990102001"}, None) == [("/q_street", "outside_district")]


def test_everything_wrong_is_told_at_once_in_the_order_given() -> None:
    answers = {"q/~x": 1, "q_number": "x", "q_multi": ["c", "c"]}
    assert codes(answers) == [
        ("/q~1~0x", "unknown_question"),
        ("/q_number", "wrong_type"),
        ("/q_multi", "not_an_option"),
        ("/q_multi", "repeated_option"),
    ]


def test_a_bound_is_told_as_people_write_it() -> None:
    (problem,) = check_answers(GUIDANCE, {"q_number": 2000000}, DIVISIONS)
    assert problem.message == "“多大？”：不能大于 1000000 平方米。"


def test_missing_are_required_visible_questions_without_an_answer() -> None:
    compiled = compile_guidance(GUIDANCE, [])
    outcome = compiled.evaluate({"q_district": "310104", "q_multi": [], "q_number": 0, "q_date": "2024-02-29"})
    missing = [(problem.question, problem.code) for problem in missing_answers(GUIDANCE, outcome)]
    assert missing == [(code, "missing_answer") for code in ("q_street", "q_single", "q_multi")]
    shown = compiled.evaluate({"q_boolean": True})
    assert "q_hidden" in [problem.question for problem in missing_answers(GUIDANCE, shown)]


@pytest.mark.parametrize("name", DOSSIERS)
def test_the_worked_examples_are_proper_and_complete(name: str) -> None:
    dossier = load_dossier(name)
    guidance = read_guidance(dossier)
    for example in dossier["worked_examples"]:
        outcome = compile_guidance(guidance, []).evaluate(example["answers"])
        assert check_answers(guidance, example["answers"], None) == []
        assert missing_answers(guidance, outcome) == []
