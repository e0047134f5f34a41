"""The UI schema of JSON Forms: groups of controls, each shown where a schema over the whole record holds."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from themes.packages.typed_schema import typed
from themes.packages.ui_looks import Look

Schema = Any  # a schema is a dict, or True or False


class Control(msgspec.Struct, frozen=True):
    """One input: `scope` points to its schema, `shown` is the schema over the record under which it is there."""

    scope: str
    look: Look
    shown: Schema = True
    is_required: bool = False
    is_readonly: bool = False


def json_forms_record(groups: Iterable[tuple[str, list[Control]]], definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """The UI schema of groups under their titles; `definitions` are what conditions refer to as #/$defs/…."""
    return {
        "type": "VerticalLayout",
        "elements": [_group(title, controls, definitions) for title, controls in groups],
    }


def _group(title: str, controls: list[Control], definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """Neighbours under the same condition share its rule; where all do, or every one has some, the group has one."""
    runs = [(shown, list(run)) for shown, run in groupby(controls, key=lambda control: control.shown)]
    if len(runs) == 1:
        return _ruled({"type": "Group", "label": title, "elements": _controls(controls)}, runs[0][0], definitions)
    elements: list[dict[str, Any]] = []
    for shown, run in runs:
        if shown is True:
            elements += _controls(run)
        elif len(run) == 1:
            elements.append(_ruled(_control(run[0]), shown, definitions))
        else:
            elements.append(_ruled({"type": "VerticalLayout", "elements": _controls(run)}, shown, definitions))
    distinct: list[Schema] = []
    for shown, _ in runs:
        if shown not in distinct:
            distinct.append(shown)
    shown_at_all = True if True in distinct else {"anyOf": distinct}
    return _ruled({"type": "Group", "label": title, "elements": elements}, shown_at_all, definitions)


def _controls(controls: list[Control]) -> list[dict[str, Any]]:
    return [_control(control) for control in controls]


def _control(control: Control) -> dict[str, Any]:
    options: dict[str, Any] = {"showUnfocusedDescription": True}
    look = control.look
    if look.widget == "textarea":
        options["multi"] = True
    if control.is_readonly:
        options["readonly"] = True
    # JSON Forms looks for `required` where no condition can change it, so the mark is part of the label.
    label = f"{look.title}*" if control.is_required else look.title
    return {"type": "Control", "scope": control.scope, "label": label, "options": options}


def _ruled(element: dict[str, Any], shown: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    if shown is True:
        return element
    needed = dict(_needed(shown, definitions))
    schema = {"not": {}} if shown is False else {**shown, **({"$defs": needed} if needed else {})}
    return element | {"rule": {"effect": "SHOW", "condition": {"scope": "#", "schema": typed(schema)}}}


def _needed(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions that a condition refers to, and those that these refer to."""
    found: dict[str, Schema] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += _references(definitions[name])
    return found


def _references(schema: Schema) -> Iterable[str]:
    if isinstance(schema, dict):
        for word, part in schema.items():
            if word == "$ref":
                yield part.removeprefix("#/$defs/")
            else:
                yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)
