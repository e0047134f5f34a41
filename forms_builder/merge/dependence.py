"""Lists that depend on another field: a street is chosen among those of the district that was chosen.

A field of an item form names, as `within`, the field of the same form whose answer is the parent entry; the parents
stand in the field's dictionary. On a record whose parent field has no answer, or does not exist there, the whole list
is offered. An entry without a parent lies within no answer. A list of several codes lies within an answer when each of
them does.

Merged, the rule is that of every item that has it: said in the merged fields' codes, and judged where both of the
item's fields exist. So the record of each item keeps its own rule, and no item's rule binds where its parent is hidden.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from forms_builder.documents import FormField
from forms_builder.merge.constraints import CODED
from opsplatform.kernel.conditions import is_answered

Parents = Mapping[str, Mapping[str, str]]
"""Dictionary → code → the code above it, of this or of the parent dictionary, or of a division."""


class Dependence(msgspec.Struct, frozen=True):
    """One item's field within another of its fields, by their own codes and by their merged keys.

    `below`: value of the merged parent → merged codes that the item takes there. `is_open`: the parent takes values
    that are not among them, as a division does; nothing lies below those.
    """

    item: str
    field: str
    parent: str
    key: str
    parent_key: str
    below: Mapping[str, tuple[str, ...]]
    is_open: bool = False

    def allowed(self, parent_value: Any) -> Sequence[str] | None:
        """The codes that are left where the parent has this value; None where it is no answer."""
        if not is_answered(parent_value):
            return None
        return self.below.get(parent_value, ()) if isinstance(parent_value, str) else ()

    def outside(self, value: Any, parent_value: Any) -> list[str]:
        """The codes of the value that do not lie within the parent's."""
        allowed = self.allowed(parent_value)
        return [] if allowed is None else [code for code in codes_in(value) if code not in allowed]


def has_parent_kind(field: FormField, above: FormField) -> bool:
    """Whether the one is a list of a dictionary, and the other's answer one code that can lie above its codes."""
    is_single = above.data_type == "division" or (above.data_type == "dict" and above.dictionary is not None)
    return is_single and field.data_type in CODED and field.dictionary is not None


def codes_in(value: Any) -> list[str]:
    """The codes that an answer consists of."""
    given = value if isinstance(value, list | tuple) else [value]
    return [code for code in given if isinstance(code, str)]


def codes_below(
    codes: Iterable[str], translation: Mapping[str, str] | None, parents: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Own parent code → the merged codes whose counterpart lies below it; `parents` are of the item's dictionary."""
    found: dict[str, list[str]] = {}
    for code in codes:
        above = parents.get(code if translation is None else translation[code])
        if above:
            found.setdefault(above, []).append(code)
    return {above: tuple(inside) for above, inside in found.items()}
