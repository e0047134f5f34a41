"""Lists that depend on another field, for JSON Forms: one control per answer of that field, with what lies below it.

React-jsonschema-form needs none of it: it narrows a list by the rules of the schema.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from forms_builder.merge.condition_schema import Schema, every, none_of, some
from forms_builder.merge.schema import DependentCase
from themes.packages.ui_json_forms import Control
from themes.packages.ui_looks import Look
from themes.packages.ui_screen import LABELS, Screen

MOST_VARIANTS = 100  # of more the whole list is shown; what does not lie within the answer is refused all the same


class Variant(msgspec.Struct, frozen=True):
    """What is left of the list of one field where `when` holds; nothing where `look` has no options."""

    key: str
    when: Schema
    look: Look


def variants_of(
    screen: Screen, cases: Iterable[DependentCase], said: Callable[[Schema], Schema]
) -> dict[str, list[Variant]]:
    """By merged key, the variants of the fields whose lists depend on another; `said` puts a condition on the record.

    Where items would leave different codes for one answer, all of them are offered, and the schema judges.
    """
    grouped: dict[str, dict[str | None, list[DependentCase]]] = {}
    for case in cases:
        if screen.looks[case.key].options:
            grouped.setdefault(case.key, {}).setdefault(case.value, []).append(case)
    return {
        key: [_variant(screen.looks[key], key, same, said) for same in by_value.values()]
        for key, by_value in grouped.items()
        if len(by_value) <= MOST_VARIANTS
    }


def _variant(look: Look, key: str, same: Sequence[DependentCase], said: Callable[[Schema], Schema]) -> Variant:
    left = {code for case in same for code in case.codes}
    options = tuple((code, text) for code, text in look.options if code in left)
    return Variant(key, said(some([case.when for case in same])), msgspec.structs.replace(look, options=options))


def labels_of_variants(screen: Screen, variants: Mapping[str, Sequence[Variant]]) -> list[dict[str, Any]]:
    """The looks of the variants with labels for codes, one after another, said over the record."""
    return [screen.labels({one.key: one.look}) for several in variants.values() for one in several if one.look.options]


def spread(
    screen: Screen, controls: Mapping[str, Control], variants: Mapping[str, Sequence[Variant]], first: int
) -> dict[str, list[Control]]:
    """The controls of every field: of one with variants one per variant, and one for where none applies.

    `first`: the place of the first label of variants among the labels.
    """
    found: dict[str, list[Control]] = {}
    number = first
    for key, several in variants.items():
        control, place = controls[key], screen.place_of(key)
        applies = some([one.when for one in several])
        found[key] = [msgspec.structs.replace(control, shown=every([control.shown, none_of(applies)]))]
        for one in several:
            if one.look.options:
                scope, shown = f"{LABELS}/{number}/{place}", every([control.shown, one.when])
                found[key].append(msgspec.structs.replace(control, scope=scope, look=one.look, shown=shown))
                number += 1
    return {key: found.get(key, [control]) for key, control in controls.items()}
