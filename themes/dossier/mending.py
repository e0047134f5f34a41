"""A dossier whose shape is wrong, read all the same: so that what else is wrong with it can be reported together."""

import copy
from collections.abc import Collection, Sequence
from typing import Any

from opsplatform.kernel.errors import Problem
from opsplatform.kernel.shape import read_document, shape_problems
from themes.dossier.structure import Dossier

MOST_ROUNDS = 8  # a replacement may itself lack keys, which the next round fills in

# Tried one after the other where something does not fit; what fits the shape is good enough, it is never imported.
_REPLACEMENTS: tuple[Any, ...] = (
    "x", "eq", "stop", "single", "string", 0, 1, False, None, {"all": []}, [], {}, ["x"]
)  # fmt: skip

_BETWEEN_NEIGHBOURS = {
    "code_mismatch", "exemption_mismatch", "missing_options", "missing_dictionary", "unmapped_option",
    "bad_check_digit", "out_of_range",
}  # fmt: skip


class MendedDossier:
    """A dossier of the right shape made from one of the wrong shape, and the places where it says what nobody wrote."""

    def __init__(self, tree: Any, unread: Collection[str] = ()) -> None:
        """`unread`: places of the tree where something stands in for what could not be read."""
        self._tree = copy.deepcopy(tree)
        self._places = set(unread)  # where something was replaced or filled in
        self._loses_names = any(place.endswith("/code") for place in unread)
        self.dossier: Dossier | None = None  # None where it is beyond mending
        for _ in range(MOST_ROUNDS):
            problems = shape_problems(Dossier, self._tree)
            if not problems:
                self.dossier = read_document(Dossier, self._tree)
                return
            if not isinstance(self._tree, dict) or not self._mend(problems):
                return

    def is_own(self, problem: Problem) -> bool:
        """Whether the problem is in what the authors wrote, not in what mending put there or took away."""
        if problem.code == "dangling_reference" and self._loses_names:
            return False
        container = problem.pointer.rpartition("/")[0]
        return not any(
            is_within(problem.pointer, place)
            or is_within(place, problem.pointer)
            or (problem.code in _BETWEEN_NEIGHBOURS and place.rpartition("/")[0] == container)
            for place in self._places
        )

    def _mend(self, problems: Sequence[Problem]) -> bool:
        for problem in problems:
            if problem.code == "unknown_key":
                container, key = _located(self._tree, problem.pointer)
                container.pop(key, None)
        wrong = {problem.pointer for problem in problems if problem.code != "unknown_key"}
        # What is wrong inside of something wrong goes with it.
        places = {place for place in wrong if not any(is_within(place, other) for other in wrong - {place})}
        for replacement in _REPLACEMENTS:
            if not places:
                break
            for place in places:
                container, key = _located(self._tree, place)
                container[key] = copy.deepcopy(replacement)
            left = {problem.pointer for problem in shape_problems(Dossier, self._tree)} & places
            settled = places - left
            self._places |= settled
            takes_names = replacement in ([], {}, ["x"])
            self._loses_names |= any(takes_names or place.endswith("/code") for place in settled)
            places = left
        return not places


def _located(tree: Any, pointer: str) -> tuple[Any, Any]:
    """The container and the key that the pointer names; for the root, a container made for it."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    node: Any = tree
    for step in steps[:-1]:
        node = node[int(step) if isinstance(node, list) else step]
    last = steps[-1] if steps else ""
    return node, int(last) if isinstance(node, list) else last


def is_within(pointer: str, place: str) -> bool:
    """Whether the pointer names the place or something inside of it."""
    return pointer == place or pointer.startswith(f"{place}/")
