"""A schema over flat merged data said over the same data in sections, with the same verdict.

A test of a field becomes a test of its section's member; everything between is carried over as it stands.
"""

from collections.abc import Callable, Mapping
from typing import Any

from themes.packages.ui_places import Place

Schema = Any  # a schema is a dict, or True or False
_SEVERAL = ("allOf", "anyOf", "oneOf")
_ONE = ("if", "then", "else", "not")


def nest_record(schema: Schema, places: Mapping[str, Place]) -> Schema:
    """A schema over {"answers": …, "data": …} with the data in sections."""
    if isinstance(schema, bool):
        return schema
    nested = _within(schema, lambda part: nest_record(part, places))
    if "data" in nested.get("properties", {}):
        nested["properties"] = nested["properties"] | {"data": nest_data(nested["properties"]["data"], places)}
    return nested


def nest_data(schema: Schema, places: Mapping[str, Place]) -> Schema:
    """A schema over the merged data, said over sections. Keys without a place stay beside the sections."""
    if isinstance(schema, bool):
        return schema
    nested = _within(schema, lambda part: nest_data(part, places))
    properties, required = nested.pop("properties", {}), nested.pop("required", [])
    sections: dict[str, Any] = {}
    for key, part in properties.items():
        if key in places:
            section, name = places[key]
            sections.setdefault(section, {}).setdefault("properties", {})[name] = part
        else:
            sections[key] = part
    for key in required:
        if key in places:
            section, name = places[key]
            sections.setdefault(section, {}).setdefault("required", []).append(name)
    if sections:
        nested["properties"] = sections
    if required:
        nested["required"] = list(dict.fromkeys(places[key][0] if key in places else key for key in required))
    return nested


def _within(schema: dict[str, Any], change: Callable[[Schema], Schema]) -> dict[str, Any]:
    changed = dict(schema)
    for word in _SEVERAL:
        if word in changed:
            changed[word] = [change(part) for part in changed[word]]
    for word in _ONE:
        if word in changed:
            changed[word] = change(changed[word])
    return changed
