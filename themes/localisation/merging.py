"""Three-way merge of keyed elements: what the city had, what the city has, what the district does.

An operation carries the city's value it was made on, so the city's present content and the operations decide alone:
base = city: it stands. Ours = city: agreed, the operation is idle. Locked, or no longer allowed: the city's counts.
Else the two met, and somebody of the district has to choose. Elements that no operation names follow the city.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from themes.localisation.documents import Choice, Operation

Standing = Literal["stands", "agreed", "overruled", "conflict"]
Elements = Mapping[str, Any]


class Judged(msgspec.Struct, frozen=True):
    """An operation, the city's present value of its element, and how the two stand."""

    operation: Operation
    city: Any
    standing: Standing

    @property
    def key(self) -> str:
        """The key of the element."""
        return self.operation.code


def judge(
    city: Elements, operations: Iterable[Operation], *, permits: Callable[[Operation, Any], bool],
    has_place: Callable[[str], bool],
) -> tuple[Judged, ...]:  # fmt: skip
    """How every operation stands to the city's content, by key.

    `permits`: whether the city lets districts do this to its value; `has_place`: whether what the element belongs to is
    there at all.
    """
    ordered = sorted(operations, key=lambda operation: operation.code)
    return tuple(_judged(city.get(one.code), one, permits, has_place) for one in ordered)


def _judged(
    city: Any, operation: Operation, permits: Callable[[Operation, Any], bool], has_place: Callable[[str], bool]
) -> Judged:
    if city == operation.value:
        return Judged(operation, city, "agreed")
    if not permits(operation, city):
        return Judged(operation, city, "overruled")
    if not has_place(operation.code):
        return Judged(operation, None, "conflict")
    return Judged(operation, city, "stands" if city == operation.base else "conflict")


def rebased(judged: Iterable[Judged]) -> tuple[Operation, ...]:
    """The operations that are left on the city's present content: idle and overruled ones are gone."""
    return tuple(one.operation for one in judged if one.standing in ("stands", "conflict"))


def settled(judged: Judged, choice: Choice) -> Operation | None:
    """The operation after the choice: none where the city's value was taken, made on the city's value otherwise."""
    if choice == "take_city":
        return None
    operation = judged.operation
    if operation.value is None:
        act: Literal["replace", "add", "remove"] = "remove"
    else:
        act = "add" if judged.city is None else "replace"
    return msgspec.structs.replace(operation, base=judged.city, act=act)
