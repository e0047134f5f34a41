"""Whose documents name public fields and materials, and how these follow when one is merged into another, or split.

Kinds of release subjects take part by registration: item forms here, themes in their room. All of it is plain work on
trees; locks, rights, revisions and the trail are the business of services/moving_entries.py.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol


class Holder(Protocol):
    """Drafts of one kind. `kind` is that of the subjects, `source` that of the index (forms_builder.registry)."""

    kind: str
    source: str

    def follow_merge(self, tree: Any, source: str, target: str) -> Any:
        """The tree with every use of the source being a use of the target; raises Invalid where that cannot be."""


class FieldHolder(Holder, Protocol):
    """Drafts that name public fields, which can be split as well."""

    def follow_split(self, tree: Any, source: str, target: str, moved: Mapping[str, Collection[str]]) -> Any:
        """The tree after the named fields of item forms (item key → field codes) became uses of the target."""


Undone = Callable[[Any, Any, str], None]

_OF_FIELDS: dict[str, FieldHolder] = {}
_OF_MATERIALS: dict[str, Holder] = {}
_TOLD: list[Undone] = []


def register_for_fields(holder: FieldHolder) -> None:
    """Drafts of this kind follow the public fields they name from now on."""
    _OF_FIELDS[holder.source] = holder


def register_for_materials(holder: Holder) -> None:
    """Drafts of this kind follow the materials they name from now on."""
    _OF_MATERIALS[holder.source] = holder


def of_fields() -> Mapping[str, FieldHolder]:
    """Every kind that names public fields, by its name in the index."""
    return _OF_FIELDS


def of_materials() -> Mapping[str, Holder]:
    """Every kind that names materials, by its name in the index."""
    return _OF_MATERIALS


def tell_undone(follow: Undone) -> None:
    """This is called with the actor, the move and the reason whenever a move is undone, in the same transaction."""
    _TOLD.append(follow)


def told_of_undoing() -> Collection[Undone]:
    """Everybody who wants to know."""
    return _TOLD
