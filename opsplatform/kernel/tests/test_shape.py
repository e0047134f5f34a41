"""Trees read into typed documents: every error at once, each at its JSON pointer, in plain Chinese."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document, write
from opsplatform.kernel.errors import MOST_PROBLEMS, Invalid
from opsplatform.kernel.shape import LONGEST_TEXT, MOST_VALUES, read_document, shape_problems


class Walk(Document, frozen=True, tag_field="type", tag="walk"):
    steps: int


class Talk(Document, frozen=True, tag_field="type", tag="talk"):
    words: tuple[str, ...]


class Part(Document, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]
    act: Walk | Talk | None = None
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0
    when: Condition | None = None


class Whole(Document, frozen=True):
    name: str
    parts: tuple[Part, ...] = ()
    marks: dict[str, int] = {}
    choice: tuple[Part, ...] | str | None = None


def places(tree: Any) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in shape_problems(Whole, tree)}


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        ({}, {"/name": "missing"}),
        ({"name": 1}, {"/name": "wrong_type"}),
        ({"name": "x", "extra": 1, "more": 2}, {"/extra": "unknown_key", "/more": "unknown_key"}),
        ({"name": "x", "a/b~c": 1}, {"/a/b~c": "unknown_key"}),
        ({"name": "x", "parts": {}}, {"/parts": "wrong_type"}),
        ({"name": "x", "parts": [{"code": ""}, {"code": "123456"}]},
         {"/parts/0/code": "out_of_range", "/parts/1/code": "out_of_range"}),
        ({"name": "x", "parts": [{"code": "a", "share": 2}]}, {"/parts/0/share": "out_of_range"}),
        ({"name": "x", "parts": [{"code": "a", "act": {"type": "walk", "steps": "9"}}]},
         {"/parts/0/act/steps": "wrong_type"}),
        ({"name": "x", "parts": [{"code": "a", "act": {"type": "fly"}}]}, {"/parts/0/act/type": "unknown_value"}),
        ({"name": "x", "parts": [{"code": "a", "act": {}}]}, {"/parts/0/act/type": "missing"}),
        ({"name": "x", "parts": [{"code": "a", "act": 1}]}, {"/parts/0/act": "wrong_type"}),
        ({"name": "x", "parts": [{"code": "a", "act": {"type": "talk", "words": ["a", 1]}}]},
         {"/parts/0/act/words/1": "wrong_type"}),
        ({"name": "x", "marks": {"m": 1.5}}, {"/marks/m": "wrong_type"}),
        ({"name": "x", "marks": {"m": True}}, {"/marks/m": "wrong_type"}),
        ({"name": "x", "parts": [{"code": "a", "when": {"all": [{"q": "x"}]}}]},
         {"/parts/0/when/all/0/op": "missing"}),
        ({"name": "x", "parts": [{"code": "a", "when": {}}, {"code": "b", "when": {"q": "x", "op": "in", "value": 1}}]},
         {"/parts/0/when": "wrong_shape", "/parts/1/when/value": "wrong_type"}),
        ({"name": "x", "parts": [{"code": "a", "when": {"q": "x", "op": "eq", "any": []}}]},
         {"/parts/0/when": "wrong_shape"}),
        ({"name": "x", "parts": [{"code": "a", "when": {"op": "eq", "value": 1}}]},
         {"/parts/0/when": "wrong_shape", "/parts/0/when/q": "missing"}),
        ({"name": "a\u202eb", "marks": {"m\u0007": 1}},
         {"/name": "unseen_character", "/marks/m\u0007": "unseen_character"}),
        ({"name": "x" * (LONGEST_TEXT + 1)}, {"/name": "out_of_range"}),
        ({"name": "x", "choice": [{"code": ""}, 1]}, {"/choice/0/code": "out_of_range", "/choice/1": "wrong_type"}),
        ({"name": "x", "choice": 1}, {"/choice": "wrong_type"}),
        (None, {"": "wrong_type"}),
        ([], {"": "wrong_type"}),
        ({"name": 1, "parts": [{"code": 2}, 3]},
         {"/name": "wrong_type", "/parts/0/code": "wrong_type", "/parts/1": "wrong_type"}),
    ],
)  # fmt: skip
def test_each_error_is_named_at_its_place(tree: Any, wanted: dict[str, str]) -> None:
    found = places(tree)
    assert found == wanted or {pointer.replace("~1", "/").replace("~0", "~") for pointer in found} == set(wanted)


def test_a_refusal_says_how_many_and_where_the_first_is() -> None:
    with pytest.raises(Invalid) as refusal:
        read_document(Whole, {"name": 1, "extra": 1})
    assert len(refusal.value.problems) == 2
    assert "2 处" in refusal.value.sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["walk", "x", ""]),
        lambda parts: (
            st.lists(parts, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "parts", "code", "act", "type", "steps", "words", "marks"]), parts
            )
        ),
        max_leaves=12,
    )
)
def test_no_problems_means_that_it_can_be_read_and_the_other_way_round(tree: Any) -> None:
    problems = shape_problems(Whole, tree)
    try:
        document = msgspec.convert(tree, Whole)
    except msgspec.ValidationError:
        assert problems
    else:
        assert not problems
        assert read_document(Whole, write(document)) == document
    assert all(problem.sentence for problem in problems)


def test_more_errors_than_anybody_mends_at_once_are_cut_short_and_said_to_be() -> None:
    problems = shape_problems(Whole, {"name": "x", "parts": [0] * (MOST_PROBLEMS + 1)})
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[0].code == "more_problems"


def test_of_a_huge_tree_only_the_first_error_is_looked_for() -> None:
    problems = shape_problems(Whole, {"name": "x", "parts": [0] * MOST_VALUES})
    assert [problem.code for problem in problems] == ["wrong_type"]


def test_a_huge_tree_without_errors_is_read() -> None:
    parts = [{"code": str(number)} for number in range(MOST_VALUES)]
    assert len(read_document(Whole, {"name": "x", "parts": parts}).parts) == MOST_VALUES
