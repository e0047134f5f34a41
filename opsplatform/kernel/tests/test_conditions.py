from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from opsplatform.kernel import conditions
from opsplatform.kernel.conditions import Condition, compile_condition, is_answered, names_in
from opsplatform.kernel.documents import write

OPS = ("eq", "ne", "in", "not_in", "contains", "contains_any", "gt", "ge", "lt", "le", "answered")
LIST_OPS = ("in", "not_in", "contains_any")
UNANSWERED: list[Any] = [None, "", [], ()]


def holds(op: str, value: Any, answers: dict[str, Any]) -> bool:
    return compile_condition(Condition(q="q", op=op, value=value))(answers)  # type: ignore[arg-type]


# --- what is a condition ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"q": "a"},
        {"op": "eq"},
        {"all": [], "any": []},
        {"all": [], "q": "a", "op": "eq"},
        {"q": "a", "op": "in", "value": "x"},
        {"q": "a", "op": "like", "value": "x"},
        {"q": "a", "op": "eq", "value": 1, "unit": "m"},
    ],
)
def test_a_condition_of_no_or_of_two_forms_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tree, Condition)


def test_a_condition_reads_and_writes_as_the_dossiers_spell_it() -> None:
    tree = {"all": [{"not": {"q": "a", "op": "answered"}}, {"any": [{"q": "b", "op": "in", "value": ["x"]}]}]}
    assert write(msgspec.convert(tree, Condition)) == tree


def test_names_come_in_order_of_appearance_with_repeats() -> None:
    tree = {"any": [{"q": "b", "op": "answered"}, {"not": {"all": [{"q": "a", "op": "eq", "value": 1}]}}]}
    tree["any"].append({"q": "b", "op": "answered"})
    assert list(names_in(msgspec.convert(tree, Condition))) == ["b", "a", "b"]
    assert list(names_in(None)) == []


# --- what holds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("given_value", UNANSWERED, ids=repr)
@pytest.mark.parametrize("value", ["x", "", 1, True, None, []], ids=repr)
def test_on_an_unanswered_name_every_op_is_false(op: str, given_value: Any, value: Any) -> None:
    value = [value] if op in LIST_OPS else value
    assert holds(op, value, {"q": given_value}) is False
    assert holds(op, value, {}) is False


@pytest.mark.parametrize("given_value", [0, 0.0, False, "0", " ", [""], [0], {}], ids=repr)
def test_zero_no_and_a_list_of_something_are_answers(given_value: Any) -> None:
    assert is_answered(given_value)
    assert holds("answered", None, {"q": given_value})


@pytest.mark.parametrize(
    ("op", "value", "given_value", "expected"),
    [
        ("eq", "yes", "yes", True),
        ("eq", "yes", ["yes"], False),
        ("eq", 300, 300.0, True),
        ("eq", 1, True, False),
        ("eq", True, 1, False),
        ("eq", 0, False, False),
        ("eq", ["a", "b"], ["a", "b"], True),
        ("ne", "yes", "no", True),
        ("ne", "yes", "yes", False),
        ("ne", 1, True, True),
        ("in", ["a", "b"], "b", True),
        ("in", ["a", "b"], ["a"], False),
        ("in", [1, "a"], True, False),
        ("in", [], "a", False),
        ("not_in", ["a", "b"], "c", True),
        ("not_in", [1], True, True),
        ("not_in", [], "a", True),
        ("contains", "a", ["b", "a"], True),
        ("contains", "a", "cat", False),
        ("contains", 1, [True], False),
        ("contains_any", ["a", "b"], ["c", "b"], True),
        ("contains_any", ["a"], "a", False),
        ("contains_any", [], ["a"], False),
        ("contains_any", ["a"], [["a"]], False),
        ("contains_any", [1, "a"], [True], False),
        ("gt", 300, 301, True),
        ("gt", 300, 300, False),
        ("ge", 300, 300, True),
        ("lt", 3, 2.5, True),
        ("le", 150, 150, True),
        ("gt", 0, True, False),
        ("gt", 300, "301", False),
        ("gt", "2025-01-01", "2025-01-02", True),
        ("lt", "b", 1, False),
        ("gt", None, 1, False),
    ],
)
def test_a_test_of_one_value(op: str, value: Any, given_value: Any, expected: bool) -> None:
    assert holds(op, value, {"q": given_value}) is expected


def test_a_number_too_long_to_print_is_still_compared() -> None:
    assert holds("lt", 10**5000, {"q": 1})


def test_nothing_said_always_holds_and_nothing_possible_never() -> None:
    assert compile_condition(None)({}) is True
    assert compile_condition(Condition(all=()))({}) is True
    assert compile_condition(Condition(any=()))({}) is False


def test_not_of_a_test_holds_on_an_unanswered_name() -> None:
    assert compile_condition(Condition(not_=Condition(q="q", op="eq", value="yes")))({}) is True


# --- combinations against the truth table -----------------------------------------------------------------------------

leaves = st.sampled_from("abc").map(lambda name: Condition(q=name, op="eq", value=True))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: Condition(all=tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: Condition(any=tuple(parts))),
        inner.map(lambda part: Condition(not_=part)),
    ),
    max_leaves=8,
)
values = st.fixed_dictionaries({name: st.booleans() for name in "abc"})


def truth(condition: Condition, answers: dict[str, bool]) -> bool:
    if condition.q is not None:
        return answers[condition.q]
    if condition.not_ is not None:
        return not truth(condition.not_, answers)
    if condition.all is not None:
        return all(truth(part, answers) for part in condition.all)
    return any(truth(part, answers) for part in condition.any or ())


@settings(deadline=None)
@given(trees, values)
def test_all_any_and_not_nest_as_in_logic(condition: Condition, answers: dict[str, bool]) -> None:
    assert compile_condition(condition)(answers) is truth(condition, answers)


def test_a_variant_that_forgets_the_brackets_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "_join", lambda word, parts, empty: word.join(parts) if parts else empty)
    hypothesis.find(
        st.tuples(trees, values),
        lambda case: compile_condition(case[0])(case[1]) is not truth(*case),
        settings=settings(max_examples=5_000, deadline=None, database=None, phases=[Phase.generate]),
    )


@settings(deadline=None)
@given(st.text(), st.text(min_size=1))
def test_names_and_texts_stay_texts_whatever_they_contain(name: str, text: str) -> None:
    test = compile_condition(Condition(q=name, op="eq", value=text))
    assert test({name: text}) is True
    assert test({name: f"{text}'"}) is False
