"""Values that guidance puts into fields, held against what the items accept: applicants cannot mend such a field."""

from collections.abc import Iterator
from typing import Any

import msgspec

from forms_builder.merge.constraints import check_value
from forms_builder.merge.form import MergedField
from themes.documents import SetField, ThemeDocument
from themes.packages.evaluation import OpenPackage


class RefusedValue(msgspec.Struct, frozen=True):
    """A value for the merged field `key` that items refuse; `pointer` is its place in the theme document."""

    pointer: str
    key: str
    value: Any
    refused_by: tuple[str, ...]
    is_refused_by_all: bool


def find_refused_values(document: ThemeDocument, opened: OpenPackage) -> list[RefusedValue]:
    """Every value set by a rule or mapped from an option that an item with the field refuses, in document order."""
    form = opened.merger.merge([(item.code, None) for item in opened.package.items])
    return [
        refused
        for pointer, key, value in _supplied(document, opened)
        if (field := form.field(key)) is not None and (refused := _judge(pointer, field, value)) is not None
    ]


def _judge(pointer: str, field: MergedField, value: Any) -> RefusedValue | None:
    kinds = {source.own.kind for source in field.sources}
    spoken = [value] if kinds == {"multi_dict"} and not isinstance(value, list) else value
    refusing = tuple(source.item for source in field.sources if check_value(source.spoken, spoken))
    if not refusing:
        return None
    return RefusedValue(pointer, field.key, value, refusing, len(refusing) == len(field.sources))


def _supplied(document: ThemeDocument, opened: OpenPackage) -> Iterator[tuple[str, str, Any]]:
    keys = {
        (item, part.field.code): part.key for item, parts in opened.package.form.item_forms.items() for part in parts
    }
    for place, use in enumerate(document.field_uses):
        for option, value in use.values.items():
            yield f"/field_uses/{place}/values/{option}", use.code, value
    for place, item in enumerate(document.items):
        for number, binding in enumerate(item.fields):
            for option, value in binding.values.items():
                yield f"/items/{place}/fields/{number}/values/{option}", keys[item.code, binding.field], value
    for place, rule in enumerate(document.guidance.rules):
        for number, effect in enumerate(rule.effects):
            if isinstance(effect, SetField):
                key = effect.field if effect.item is None else keys[effect.item, effect.field]
                yield f"/guidance/rules/{place}/effects/{number}", key, effect.value
