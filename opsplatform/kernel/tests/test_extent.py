"""What a tree takes when it is written out, against writing it out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from opsplatform.kernel.extent import Extent, extent_of

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=30,
)


def written_out(tree: Any) -> Extent:
    """The same by recursion, each part looked at wherever it stands."""
    if not isinstance(tree, dict | list):
        return Extent()
    parts = [written_out(part) for part in (tree.values() if isinstance(tree, dict) else tree)]
    return Extent(1 + sum(part.values for part in parts), 1 + max((part.depth for part in parts), default=0))


@given(TREES, TREES)
def test_the_extent_is_that_of_the_tree_written_out_also_where_parts_are_shared(one: Any, other: Any) -> None:
    shared = [one, {"a": other, "b": one}, [other, [one]]]
    assert extent_of(shared) == written_out(shared)


def test_what_doubles_at_each_step_is_measured_at_once() -> None:
    tree: Any = "x"
    for _ in range(5_000):  # neither written out nor walked by recursion
        tree = [tree, tree]
    assert extent_of(tree) == Extent(2**5_001 - 1, 5_000)


def test_what_was_measured_is_not_measured_again() -> None:
    part = [1, 2, 3]
    known = {id(part): Extent(1_000, 7)}
    assert extent_of([part], known) == Extent(1_001, 8)
