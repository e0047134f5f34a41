"""A localisation on the city's present content: carried over, saved by the district, or settled where the two met."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from themes.localisation.documents import Act, Choice, LocalisationDocument, Operation, Settlement
from themes.localisation.effective import judge_operations
from themes.localisation.elements import elements_of, has_place
from themes.localisation.merging import Judged, rebased, settled
from themes.packages.structure import FrozenTheme


class City(NamedTuple):
    """What a localisation stands on: a version of the theme, frozen, and its number."""

    frozen: FrozenTheme
    version: int


class Signature(NamedTuple):
    """Who did it, and on which day."""

    user: str
    name: str
    on: str


class Rebased(NamedTuple):
    """The localisation on the city's content, and how each of its operations stood to that."""

    document: LocalisationDocument
    judged: tuple[Judged, ...]

    @property
    def conflicts(self) -> tuple[Judged, ...]:
        """Where the district has to choose."""
        return tuple(one for one in self.judged if one.standing == "conflict")


def rebase(document: LocalisationDocument, city: City) -> Rebased:
    """The localisation on the city's version; doing it twice does no more than once.

    Operations whose element the city left alone stand; idle ones and those the city no longer allows are gone; where
    both changed the same, the operation keeps the base it was made on, which is what makes it a conflict.
    """
    judged = judge_operations(city.frozen, document.operations, document.division)
    return Rebased(replace(document, base_version=city.version, operations=rebased(judged)), judged)


def redraft(
    document: LocalisationDocument, values: Mapping[str, Any], city: City, by: Signature
) -> LocalisationDocument:
    """The localisation with these values and no others; null removes the element.

    What stays as it was keeps its base and its date. What is changed while it is in conflict stays in conflict: saving
    is no decision about the city's change. To give such a change up is one, and is on record. What is the city's value
    anyway is no operation.
    """
    carried = rebase(document, city)
    before = {operation.code: operation for operation in document.operations}
    conflicts = {one.key for one in carried.conflicts}
    elements = elements_of(city.frozen, document.division)
    operations: list[Operation] = []
    for key in sorted(values):
        old, value = before.get(key), values[key]
        if elements.get(key) == value:
            continue
        if old is not None and old.value == value:
            operations.append(old)
            continue
        base = old.base if old is not None and key in conflicts else elements.get(key)
        operations.append(_signed(Operation(code=key, act=_act(base, value), base=base, value=value), by))
    given_up = [_settlement(one, "take_city", city, by) for one in carried.conflicts if one.key not in values]
    return replace(carried.document, operations=tuple(operations), settlements=_with(document.settlements, given_up))


def settle(
    document: LocalisationDocument, key: str, choice: Choice, city: City, by: Signature
) -> LocalisationDocument | None:
    """The localisation in which the district chose, on record; None where nothing is to be chosen.

    What no longer has a place cannot be kept.
    """
    carried = rebase(document, city)
    judged = next((one for one in carried.conflicts if one.key == key), None)
    if judged is None or (choice == "keep_ours" and not may_be_kept(judged, city, document.division)):
        return None
    operation = settled(judged, choice)
    others = [one for one in carried.document.operations if one.code != key]
    return replace(
        carried.document,
        operations=tuple(sorted([*others, *([operation] if operation else [])], key=lambda one: one.code)),
        settlements=_with(document.settlements, [_settlement(judged, choice, city, by)]),
    )


def _settlement(judged: Judged, choice: Choice, city: City, by: Signature) -> Settlement:
    return Settlement(
        code=judged.key,
        choice=choice,
        base=judged.operation.base,
        city=judged.city,
        ours=judged.operation.value,
        city_version=city.version,
        decided_by=by.user,
        decided_by_name=by.name,
        decided_on=by.on,
    )


def _with(settlements: Iterable[Settlement], more: Sequence[Settlement]) -> tuple[Settlement, ...]:
    """The settlements with these, of each element the last."""
    return tuple(sorted({one.code: one for one in [*settlements, *more]}.values(), key=lambda one: one.code))


def may_be_kept(judged: Judged, city: City, division: str) -> bool:
    """Whether what the element belongs to is still there."""
    return has_place(elements_of(city.frozen, division), judged.key)


def _act(base: Any, value: Any) -> Act:
    if value is None:
        return "remove"
    return "add" if base is None else "replace"


def _signed(operation: Operation, by: Signature) -> Operation:
    return replace(operation, changed_by=by.user, changed_by_name=by.name, changed_on=by.on)
