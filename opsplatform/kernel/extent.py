"""How large a JSON tree is when it is written out, measured without writing it and without recursion.

Parts that stand at several places are measured once and counted at each: what is small in memory may be endless on
paper.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Extent(NamedTuple):
    """`values`: objects, lists and single values; `depth`: objects and lists inside one another."""

    values: int = 1
    depth: int = 0


SINGLE = Extent()


def extent_of(tree: Any, known: dict[int, Extent] | None = None) -> Extent:
    """The extent of the tree. `known` keeps what was measured, for other parts of a tree that does not change."""
    measured = {} if known is None else known
    pending: list[tuple[Any, bool]] = [(tree, False)]
    while pending:
        node, is_entered = pending.pop()
        if not isinstance(node, dict | list | tuple) or id(node) in measured:
            continue
        if not is_entered:
            pending.append((node, True))
            pending.extend((part, False) for part in _parts(node))
            continue
        below = [measured.get(id(part), SINGLE) for part in _parts(node)]
        measured[id(node)] = Extent(
            1 + sum(part.values for part in below), 1 + max((part.depth for part in below), default=0)
        )
    return measured.get(id(tree), SINGLE)


def _parts(node: Any) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node
