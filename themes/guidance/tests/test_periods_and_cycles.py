import datetime

import pytest
from hypothesis import given, settings

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from themes import documents as d
from themes.guidance.periods import find_boundaries, find_period_faults, is_in_force
from themes.guidance.tests import oracle, strategies
from themes.guidance.visibility import find_show_when_cycles


def dated(effective_from: str | None, effective_to: str | None) -> d.Question:
    return d.Question(
        code="q", text="", type="single", order=0, effective_from=effective_from, effective_to=effective_to
    )


@pytest.mark.parametrize("text", ["2025-02-30", "20250101", "2025-1-1", "2025-01-01T00:00", "昨天", ""])
def test_what_is_no_day_is_none_and_puts_nothing_in_force(text: str) -> None:
    assert parse_day(text) is None
    assert not is_in_force(dated(text, None), datetime.date(2025, 6, 1))
    assert not is_in_force(dated(None, text), datetime.date(2025, 6, 1))


def test_every_faulty_period_is_found_with_its_place() -> None:
    rule = d.Rule(code="R", name="", priority=0, when=Condition(all=()), effects=(), effective_from="2025-13-01")
    guidance = d.Guidance(questions=(dated(None, None), dated("2025-02-01", "2025-01-31")), rules=(rule,))
    assert [fault.pointer for fault in find_period_faults(guidance)] == [
        "/guidance/questions/1/effective_to",
        "/guidance/rules/0/effective_from",
    ]
    assert find_period_faults(d.Guidance(questions=(dated("2025-01-31", "2025-01-31"),))) == []


def test_the_end_of_time_is_a_day_like_others() -> None:
    guidance = d.Guidance(questions=(dated("0001-01-01", "9999-12-31"),))
    assert find_boundaries(guidance) == (datetime.date.min,)
    assert is_in_force(guidance.questions[0], datetime.date.max)


@settings(max_examples=300, deadline=None)
@given(strategies.guidances())
def test_the_questions_in_cycles_are_those_that_reach_themselves(guidance: d.Guidance) -> None:
    cycles = find_show_when_cycles(guidance)
    members = [code for cycle in cycles for code in cycle]
    assert len(members) == len(set(members))
    assert set(members) == oracle.find_cyclic(guidance.questions)


def test_a_cycle_is_told_in_question_order_and_only_where_it_is_in_force() -> None:
    def asks(code: str, name: str, order: int, until: str | None = None) -> d.Question:
        shown = Condition(q=name, op="answered")
        return d.Question(code=code, text="", type="single", order=order, show_when=shown, effective_to=until)

    guidance = d.Guidance(
        questions=(asks("c", "c", 9), asks("b", "a", 2), asks("a", "b", 1, "2024-12-31"), asks("x", "a", 3))
    )
    assert find_show_when_cycles(guidance) == [("a", "b"), ("c",)]
    assert find_show_when_cycles(guidance, datetime.date(2025, 1, 1)) == [("c",)]


def test_a_chain_of_a_thousand_questions_is_no_cycle_and_no_recursion() -> None:
    questions = [
        d.Question(code=f"q{n}", text="", type="single", order=n, show_when=Condition(q=f"q{n + 1}", op="answered"))
        for n in range(1000)
    ]
    assert find_show_when_cycles(d.Guidance(questions=tuple(questions))) == []
