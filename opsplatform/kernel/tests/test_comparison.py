"""Differences between documents: none between equals, all of them between others, each at its place."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.comparison import Change, compare, duplicate_keys

NAMES = st.text(alphabet="abc/~", min_size=1, max_size=3)
LEAVES = st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "x", "1"])
FREE = st.recursive(
    LEAVES, lambda parts: st.lists(parts, max_size=3) | st.dictionaries(NAMES, parts, max_size=3), max_leaves=8
)


@st.composite
def documents(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Objects of leaves, keyed lists and objects, as our documents are."""
    document: dict[str, Any] = {}
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        if depth and draw(st.booleans()):
            codes = draw(st.lists(NAMES, unique=True, max_size=3))
            document[name] = [{"code": code, **draw(documents(depth - 1))} for code in codes]
        else:
            document[name] = draw(FREE)
    document.pop("code", None)
    return document


def applied(before: Any, changes: list[Change]) -> Any:
    """The document with the changes made: an independent reading of what they say."""
    tree = copy.deepcopy(before)
    for change in changes:
        node: Any = tree
        for step in change.path[:-1]:
            node = _child(node, step)
        _set(node, change)
    return tree


def _child(node: Any, step: str) -> Any:
    return node[step] if isinstance(node, dict) else next(part for part in node if _key(part) == step)


def _key(part: dict[str, Any]) -> Any:
    return next(part[name] for name in ("code", "material", "field", "library", "type") if name in part)


def _set(node: Any, change: Change) -> None:
    last = change.path[-1]
    if change.kind == "moved":
        elements = {_key(part): part for part in node[last]}
        node[last] = [elements[key] for key in change.after]
    elif isinstance(node, dict):
        node[last] = change.after
        if change.after is None:
            del node[last]
    else:
        others = [part for part in node if _key(part) != last]
        if change.kind == "added":
            node.append(change.after)
        elif change.kind == "removed":
            node[:] = others
        else:
            node[:] = [part if _key(part) != last else change.after for part in node]


@given(documents())
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert compare(document, copy.deepcopy(document)) == []


@given(documents(), documents())
def test_no_difference_means_the_same_canonical_bytes_and_the_other_way_round(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (compare(one, other) == []) == (canonical_bytes(one) == canonical_bytes(other))


@given(FREE, FREE)
def test_the_same_holds_of_any_values(one: Any, other: Any) -> None:
    assert (compare({"x": one}, {"x": other}) == []) == (canonical_bytes(one) == canonical_bytes(other))


@given(documents(), documents())
def test_making_the_changes_makes_the_other_document(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert compare(applied(one, compare(one, other)), other) == []


@given(documents(), documents())
def test_the_way_back_names_the_same_places(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = compare(one, other), compare(other, one)
    assert {change.path for change in there} == {change.path for change in back}
    opposite = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
    assert {(change.path, opposite[change.kind]) for change in there} == {(change.path, change.kind) for change in back}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"a": 1}, {"a": 2}, [("/a", "changed", 1, 2)]),
        ({}, {"a": 2}, [("/a", "added", None, 2)]),
        ({"a": [1, 2]}, {}, [("/a", "removed", [1, 2], None)]),
        ({"a": None}, {}, []),
        ({"a": 1}, {"a": True}, [("/a", "changed", 1, True)]),
        ({"a": [0]}, {"a": [False]}, [("/a", "changed", [0], [False])]),
        ({"a": [{"x": 1}]}, {"a": [{"x": True}]}, [("/a", "changed", [{"x": 1}], [{"x": True}])]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": "1"}, {"a": 1}, [("/a", "changed", "1", 1)]),
        ({"a": {}}, {"a": []}, [("/a", "changed", {}, [])]),
        (
            {"items": [{"code": "A", "n": 1}, {"code": "B"}]}, {"items": [{"code": "B"}, {"code": "A", "n": 2}]},
            [("/items/A/n", "changed", 1, 2), ("/items", "moved", ["A", "B"], ["B", "A"])],
        ),
        (
            {"items": [{"code": "A"}]}, {"items": [{"code": "B"}]},
            [("/items/A", "removed", {"code": "A"}, None), ("/items/B", "added", None, {"code": "B"})],
        ),
        ({"a/b": {"c~": 1}}, {"a/b": {"c~": 2}}, [("/a~1b/c~0", "changed", 1, 2)]),
        ({"x": [{"type": "stop"}, {"type": "stop"}]}, {"x": []},
         [("/x", "changed", [{"type": "stop"}, {"type": "stop"}], [])]),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_named(before: Any, after: Any, wanted: list[tuple[Any, ...]]) -> None:
    found = [(change.pointer, change.kind, change.before, change.after) for change in compare(before, after)]
    assert found == wanted


def test_elements_that_share_their_key_are_named_with_their_place() -> None:
    tree = {"items": [{"code": "A"}, {"code": "A", "materials": [{"material": "M"}, {"material": "M"}]}]}
    assert [problem.pointer for problem in duplicate_keys(tree)] == ["/items/1/materials/1/material", "/items/1/code"]


@pytest.mark.parametrize(
    "tree", [{"x": [{"code": {}}, {"code": {}}]}, {"x": [{"code": None}]}, [[{"code": [1]}]], 1, None, {"a/b": [[]]}]
)
def test_odd_trees_have_no_shared_keys_and_break_nothing(tree: Any) -> None:
    assert duplicate_keys(tree) == []


def test_codes_are_once_whatever_else_the_elements_carry() -> None:
    twice = {"questions": [{"code": "q1", "type": "single"}, {"code": "q1", "type": "number"}]}
    assert [problem.pointer for problem in duplicate_keys(twice)] == ["/questions/1/code"]


def test_effects_are_a_sequence_and_may_repeat() -> None:
    assert duplicate_keys({"effects": [{"type": "stop"}, {"type": "stop"}]}) == []
