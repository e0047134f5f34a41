"""What the proof stands on: classes are cut where conditions tell answers apart, and the circuit is the evaluator."""

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition, compile_condition
from themes import documents as d
from themes.guidance.differences.differing import compare
from themes.guidance.evaluation import compile_guidance
from themes.guidance.proof.circuit import FALSE, TRUE, Circuit, Simulation
from themes.guidance.proof.classes import list_answers, passes
from themes.guidance.proof.flow import NONE, Flow, Target
from themes.guidance.proof.proving import prove
from themes.guidance.proof.situations import list_situations
from themes.guidance.proof.smallest import example_of
from themes.guidance.proof.solving import Solver, Undecided
from themes.guidance.proof.space import AnswerSpace
from themes.guidance.proof.survey import Survey
from themes.guidance.tests import strategies
from themes.packages.structure import DivisionContent

OPTIONS = tuple(d.Option(code=code, text=code.upper()) for code in "abc")
PLACES = {
    "310000": DivisionContent(name="市"),
    "310101": DivisionContent(name="甲区", parent="310000"),
    "310104": DivisionContent(name="乙区", parent="310000"),
    "310101001": DivisionContent(name="一街", parent="310101"),
    "310101002": DivisionContent(name="二街", parent="310101"),
    "310104001": DivisionContent(name="三街", parent="310104"),
    "310104999": DivisionContent(name="统计区", parent="310104", is_statistical=True),
}
TYPES: tuple[d.QuestionType, ...] = ("single", "multi", "number", "boolean", "date", "division6", "division9")
VALUES: dict[str, list[Any]] = {
    "single": ["a", "b", "c"],
    "multi": ["a", "b", "c"],
    "number": [0, 3, 3.5, 7, 12],
    "boolean": [True, False],
    "date": ["2025-03-01", "2025-06-30"],
    "division6": ["310101", "310104"],
    "division9": ["310101001", "310104001"],
}


@st.composite
def a_test(draw: st.DrawFn, questions: list[d.Question]) -> Condition:
    question = draw(st.sampled_from(questions))
    value = st.sampled_from(VALUES[question.type])
    if question.type == "multi":
        op = draw(st.sampled_from(["contains", "contains_any", "answered"]))
    else:
        op = draw(st.sampled_from(["eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "answered"]))
    listed = st.lists(value, max_size=2) if op in ("in", "not_in", "contains_any") else value
    if question.type == "number" and op in ("gt", "le") and draw(st.booleans()):
        return Condition(q=question.code, op=op, value={"parameter": "p"})
    return Condition(q=question.code, op=op, value=draw(listed))


def conditions(questions: list[d.Question]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        a_test(questions),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: Condition(all=tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Condition(any=tuple(parts))),
            inner.map(lambda part: Condition(not_=part)),
        ),
        max_leaves=4,
    )


@st.composite
def themes(draw: st.DrawFn) -> d.ThemeDocument:
    questions: list[d.Question] = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from(TYPES), min_size=2, max_size=5))):
        shown = draw(st.none() | conditions(questions)) if questions else None
        period = draw(st.sampled_from([None, None, "2025-05-01"]))
        questions.append(
            d.Question(
                code=f"q{number}",
                text=f"{number}？",
                type=kind,
                order=number,
                options=OPTIONS if kind in ("single", "multi") else (),
                required=draw(st.booleans()),
                show_when=shown,
                min=0 if kind == "number" else None,
                max=10 if kind == "number" else None,
                effective_from=period,
            )
        )
    items = tuple(
        d.ThemeItem(
            code=code,
            item=code,
            mandatory=draw(st.booleans()),
            materials=(
                d.MaterialUse(material="M1", when=draw(st.none() | conditions(questions))),
                d.MaterialUse(material="M2", necessity_code="1"),
            ),
        )
        for code in ("A", "B")
    )
    effects = st.one_of(
        st.builds(d.AddItem, item=st.sampled_from("AB")),
        st.builds(d.RemoveItem, item=st.sampled_from("AB")),
        st.builds(d.AddMaterial, item=st.sampled_from("AB"), material=st.sampled_from(["M1", "M3"])),
        st.builds(d.WaiveMaterial, item=st.sampled_from("AB"), material=st.sampled_from(["M1", "M2"])),
        st.builds(
            d.SetField,
            item=st.none() | st.just("A"),
            field=st.just("f"),
            value=st.sampled_from([1, True, "x", {"parameter": "p"}]),
        ),
        st.builds(d.SetPromisedDays, item=st.sampled_from("AB"), value=st.integers(1, 2)),
        st.builds(d.AddNotice, notice=st.just("N")),
        st.builds(d.Stop, message=st.just("不行")),
    )
    rules = tuple(
        d.Rule(
            code=f"R{number}",
            name=f"规则{number}",
            priority=draw(st.integers(0, 2)),
            when=draw(conditions(questions)),
            effects=tuple(draw(st.lists(effects, max_size=2))),
            effective_to=draw(st.sampled_from([None, None, "2025-04-30"])),
        )
        for number in range(draw(st.integers(0, 5)))
    )
    district = next((one.code for one in questions if one.type == "division6"), None)
    parameter = d.Parameter(
        code="p",
        name="面积",
        values=(
            d.ParameterValue(value=5, effective_from="2025-03-01"),
            d.ParameterValue(value=draw(st.sampled_from([2, 8])), divisions=("310104",)),
        ),
    )
    guidance = d.Guidance(division_question=district, questions=tuple(questions), rules=rules, parameters=(parameter,))
    return d.ThemeDocument(code="T", name="主题", items=items, guidance=guidance)


@settings(deadline=None, max_examples=40)
@given(themes())
def test_the_circuit_says_of_every_sample_what_the_evaluator_says(document: d.ThemeDocument) -> None:
    space = AnswerSpace([document], PLACES, datetime.date(2025, 1, 1))
    flow = Flow(space, document)
    with Survey(
        space, [[fires] for fires in flow.fires.values()], conflicts=1000, allowance=1000, nodes=1000
    ) as survey:
        simulation, usable = survey.simulation, survey.shown([flow.complete])
        for sample in range(0, survey.samples.size, 23):
            if not usable >> sample & 1:
                continue

            def holds(literal: int, sample: int = sample) -> bool:
                return bool(simulation.of(literal) >> sample & 1)

            example = example_of(flow, survey.samples.model(sample))
            guidance = compile_guidance(document.guidance, document.items, example.division or "")
            outcome = guidance.evaluate(example.answers, example.on and datetime.date.fromisoformat(example.on))
            rules = document.guidance.rules
            assert set(outcome.answers) == set(example.answers)
            assert {key[0] for key, shown in flow.visible.items() if holds(shown)} == set(outcome.visible_questions)
            fired = {rules[place].code for place, fires in flow.fires.items() if holds(fires)}
            assert fired == set(outcome.fired_rules)
            assert {code for code, selected in flow.selected.items() if holds(selected)} == set(outcome.items)
            assert holds(flow.ends) == bool(outcome.items or outcome.stopped)
            met = {(one.target, one.slot) for one in flow.noticed() if holds(one.literal)}
            materials = {(one.owner, one.name) for one, _ in met if one.kind == "material"}
            required = {(item, use.material) for item, uses in outcome.materials.items() for use in uses}
            assert materials == required
            filled = {one.owner: slot for one, slot in met if one.kind == "field"}
            assert filled == {
                item: b"set " + msgspec.json.encode(value)
                for (item, _), value in outcome.fields.items()
                if (item in outcome.items if item else outcome.items)
            }
            promised = {(one.owner, int(slot)) for one, slot in met if one.kind == "days"}
            assert promised == {(item, days) for item, days in outcome.promised_days.items() if item in outcome.items}


@settings(deadline=None)
@given(strategies.tests_of_one_name(), strategies.given_values)
def test_a_test_looked_up_passes_where_the_compiled_one_does(test: Condition, answer: Any) -> None:
    assert test.op is not None
    assert passes(answer, test.op, test.value) == compile_condition(test)({test.q or "": answer})


def test_numbers_and_days_are_cut_at_what_they_are_compared_with() -> None:
    number = d.Question(code="q", text="？", type="number", order=1, min=1, max=500)
    assert list_answers([number], [("gt", 300), ("eq", 7.5)], None, {}) == [1, 7.5, 301]
    day = d.Question(code="q", text="？", type="date", order=1, required=False)
    assert list_answers([day], [("le", "2025-01-31")], None, {}) == ["2025-01-30", "2025-02-01", None]
    assert list_answers([day], [("ge", "2025")], None, {}) == ["2024-12-31", "2025-01-01", None]


def test_the_solver_gives_up_instead_of_guessing() -> None:
    circuit = Circuit()
    holes = [[circuit.variable() for _ in range(9)] for _ in range(10)]  # ten pigeons, nine holes
    clauses = [*holes]
    clauses += [[-one[hole], -other[hole]] for one in holes for other in holes if one is not other for hole in range(9)]
    solver = Solver(circuit, clauses, conflicts=50, allowance=1000)
    with pytest.raises(Undecided):
        solver.find([circuit.any_of(holes[0])])
    solver.close()


def test_conjunctions_are_simplified_and_written_once() -> None:
    circuit = Circuit()
    one, other = circuit.variable(), circuit.variable()
    assert circuit.all_of([one, TRUE, one]) == one
    assert circuit.all_of([one, -one]) == FALSE
    assert circuit.any_of([one, -one]) == TRUE
    assert circuit.all_of([one, other]) == circuit.all_of([other, one])
    simulation = Simulation(circuit, {one: 0b0011, other: 0b0101}, 4)
    assert simulation.of(circuit.differ(one, other)) == 0b0110


def test_what_cannot_be_judged_is_not_proved_and_says_why() -> None:
    circle = [
        d.Question(code=code, text=code, type="boolean", order=1, show_when=Condition(q=other, op="answered"))
        for code, other in (("a", "b"), ("b", "a"))
    ]
    sets = d.Question(code="q", text="？", type="multi", order=1, options=OPTIONS)
    whole = d.Rule(code="R", name="规则", priority=1, when=Condition(q="q", op="eq", value=["a"]), effects=())
    for guidance, word in (
        (d.Guidance(questions=tuple(circle)), "循环"),
        (d.Guidance(questions=(sets,), rules=(whole,)), "多选题"),
        (d.Guidance(questions=(sets, sets)), "不止一次"),
    ):
        report = prove(d.ThemeDocument(code="T", name="主题", guidance=guidance))
        assert report.findings == ()
        assert report.classes is None
        assert all(word in one.reason for one in report.not_proved) and report.not_proved


def test_a_street_asked_where_the_district_is_not_is_not_judged_as_if_it_were() -> None:
    """Before the district is asked for, the street alone decides: it was told never to matter."""
    street = d.Question(code="q0", text="哪条街道？", type="division9", order=0)
    district = d.Question(code="q1", text="哪个区？", type="division6", order=1, effective_from="2025-05-01")
    adds = d.Rule(
        code="R1", name="加", priority=0, when=Condition(q="q0", op="eq", value="310101001"),
        effects=(d.AddItem(item="A"),), effective_to="2025-04-30",
    )  # fmt: skip
    guidance = d.Guidance(division_question="q1", questions=(street, district), rules=(adds,))
    items = (d.ThemeItem(code="A", item="A"), d.ThemeItem(code="B", item="B", mandatory=True))
    document = d.ThemeDocument(code="T", name="主题", items=items, guidance=guidance)
    report = prove(document, divisions=PLACES, on=datetime.date(2025, 1, 1))
    assert not [one for one in report.findings if one.kind == "question_never_matters"]
    assert [one.pointer for one in report.not_proved] == ["/guidance/questions/0", "/guidance/questions/1"]
    asked = replace(document, guidance=replace(guidance, questions=(street, replace(district, effective_from=None))))
    assert prove(asked, divisions=PLACES, on=datetime.date(2025, 1, 1)).not_proved == ()


def test_two_streets_without_a_district_may_lie_apart_and_no_dead_end_is_denied_there() -> None:
    """Somebody from one district to another ended nowhere, and that was told to be proved impossible."""
    district = d.Question(code="q", text="哪个区？", type="division6", order=0, effective_from="2025-05-01")
    streets = [d.Question(code=code, text=f"{code}？", type="division9", order=1) for code in ("a", "b")]

    def both_in(*places: str) -> Condition:
        return Condition(all=tuple(Condition(q=code, op="in", value=list(places)) for code in ("a", "b")))

    rules = tuple(
        d.Rule(code=f"R{number}", name="加", priority=0, when=both_in(*places), effects=(d.AddItem(item="A"),))
        for number, places in enumerate((("310101001", "310101002"), ("310104001",)))
    )
    guidance = d.Guidance(division_question="q", questions=(district, *streets), rules=rules)
    document = d.ThemeDocument(code="T", name="主题", items=(d.ThemeItem(code="A", item="A"),), guidance=guidance)
    apart = compile_guidance(guidance, document.items).evaluate(
        {"a": "310101001", "b": "310104001"}, datetime.date(2025, 1, 1)
    )
    assert not apart.items and not apart.stopped, "a dead end, by the evaluator"
    report = prove(document, divisions=PLACES, on=datetime.date(2025, 1, 1))
    assert "dead_end" in {one.property for one in report.not_proved}
    assert list_situations(document, divisions=PLACES).why_not_all
    assert not compare(document, document, divisions=PLACES).is_without_effect


@pytest.mark.parametrize("effect", [d.AddMaterial, d.WaiveMaterial])
def test_a_result_that_is_only_waived_is_not_brought_along(effect: type[d.AddMaterial] | type[d.WaiveMaterial]) -> None:
    question = d.Question(code="q", text="？", type="boolean", order=1)
    rule = d.Rule(
        code="R", name="规则", priority=1, when=Condition(q="q", op="eq", value=True),
        effects=(effect(item="A", material="M"),),
    )  # fmt: skip
    document = d.ThemeDocument(
        code="T",
        name="主题",
        items=(d.ThemeItem(code="A", item="A", mandatory=True, depends_on=("B",)), d.ThemeItem(code="B", item="B")),
        materials=(d.MaterialBinding(code="M", material="M", result_of_item="B"),),
        guidance=d.Guidance(questions=(question,), rules=(rule,)),
    )
    waits = [one.pointer for one in prove(document).findings if one.kind == "waits_in_vain"]
    assert waits == ([] if effect is d.AddMaterial else ["/items/0/depends_on/0"])


def test_the_answer_that_says_where_it_is_handled_is_not_told_to_matter_to_nobody() -> None:
    district = d.Question(code="q", text="哪个区？", type="division6", order=1)
    items = (d.ThemeItem(code="A", item="A", mandatory=True),)

    def told(division_question: str | None) -> list[str]:
        guidance = d.Guidance(division_question=division_question, questions=(district,))
        document = d.ThemeDocument(code="T", name="主题", items=items, guidance=guidance)
        return [one.kind for one in prove(document, divisions=PLACES).findings]

    assert (told(None), told("q")) == (["question_never_matters"], [])


def test_a_report_is_the_same_every_time() -> None:
    questions = (d.Question(code="q", text="？", type="single", order=1, options=OPTIONS),)
    document = d.ThemeDocument(code="T", name="主题", guidance=d.Guidance(questions=questions))
    assert prove(document) == prove(document)
    assert [one.kind for one in prove(document).findings] == ["dead_end", "question_never_matters"]


def test_none_is_no_slot() -> None:
    document = d.ThemeDocument(code="T", name="主题", items=(d.ThemeItem(code="A", item="A", mandatory=True),))
    flow = Flow(AnswerSpace([document], None, None), document)
    assert [one.target for one in flow.noticed()] == [Target("item", None, "A")]
    assert NONE not in {one.slot for one in flow.noticed()}
