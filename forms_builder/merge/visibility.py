"""A field's own `visible_when`: which fields of an item exist on given merged data.

The condition names fields of the same form and is judged on the record the item would get: in the item's codes, and
without fields that are themselves invisible. A name that is no field of the form on this path is unanswered.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from forms_builder.documents import FormField
from forms_builder.merge.crosswalks import Translation
from forms_builder.merge.errors import CircularVisibility
from opsplatform.kernel.conditions import Condition, Test, compile_condition, names_in


class Step(msgspec.Struct, frozen=True):
    """Where one field of an item's record comes from: the merged key, said in the item's codes, with its columns."""

    key: str
    translation: Translation | None = None
    columns: frozenset[str] | None = None
    column_translations: Mapping[str, Translation] = {}

    def take(self, value: Any) -> Any:
        """The item's value for a valid merged value."""
        if self.translation is not None:
            return _said(self.translation, value)
        if self.columns is not None:
            return [self._row(row) for row in value]
        return value

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        assert self.columns is not None
        own = {code: cell for code, cell in row.items() if code in self.columns}
        for code, translation in self.column_translations.items():
            if code in own:
                own[code] = _said(translation, own[code])
        return own


def _said(translation: Translation, value: Any) -> Any:
    """A code, or a list of codes, in the item's spelling."""
    if isinstance(value, str):
        return translation[value]
    return list(dict.fromkeys(translation[code] for code in value))


class ItemVisibility(msgspec.Struct, frozen=True):
    """The conditional fields of one item, those that others depend on first."""

    item: str
    steps: Mapping[str, Step]
    conditions: Mapping[str, Condition]
    tests: tuple[tuple[str, Test], ...]

    def hidden(self, said: Mapping[str, Any]) -> set[str]:
        """The item's fields that do not exist on these merged values; values that are no codes count as unanswered."""
        record = {}
        for field, step in self.steps.items():
            if step.key in said:
                try:
                    record[field] = step.take(said[step.key])
                except (KeyError, TypeError, AttributeError):
                    continue
        absent = set()
        for field, holds in self.tests:
            if not holds(record):
                absent.add(field)
                record.pop(field, None)
        return absent


def item_visibility(item: str, fields: Sequence[FormField], steps: Mapping[str, Step]) -> ItemVisibility | None:
    """How to judge the item's conditional fields, None when it has none; raises CircularVisibility."""
    conditions = {field.code: field.visible_when for field in fields if field.visible_when is not None}
    if not conditions:
        return None
    named_by = {code: [name for name in names_in(one) if name in conditions] for code, one in conditions.items()}
    try:
        ordered = list(TopologicalSorter(named_by).static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise CircularVisibility(f"事项 {item} 的表单中，显示条件互相依赖：{circle}。") from error
    tests = tuple((code, compile_condition(conditions[code])) for code in ordered)
    named = {name for condition in conditions.values() for name in names_in(condition)} | set(conditions)
    return ItemVisibility(item, {code: step for code, step in steps.items() if code in named}, conditions, tests)
