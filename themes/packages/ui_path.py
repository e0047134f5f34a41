"""How standard renderers show the form of one path: what guidance fixed is there already and cannot be changed."""

from collections.abc import Mapping
from typing import Any

import msgspec

from forms_builder.merge.condition_schema import Schema, at
from forms_builder.merge.form import MergedForm
from forms_builder.merge.schema import dependent_cases, presence_schemas
from themes.packages.structure import Package
from themes.packages.typed_schema import typed
from themes.packages.ui_dependent import labels_of_variants, spread, variants_of
from themes.packages.ui_json_forms import Control, json_forms_record
from themes.packages.ui_looks import Look
from themes.packages.ui_nesting import nest_data
from themes.packages.ui_rjsf import rjsf_record
from themes.packages.ui_screen import FIXED, Screen, labels_of


def path_ui(package: Package, form: MergedForm, schema: Mapping[str, Any]) -> dict[str, Any]:
    """How to show the form of one path, whose data `schema` judges; `start` holds what guidance fixed."""
    screen = Screen(package, form.fields)
    presences = presence_schemas(form)
    places = screen.sections.places
    exists = {key: nest_data(there, places) for key, (there, _) in presences.items()}
    fixed = {field.key: form.provenance(field.key).value for field in form.fields if form.provenance(field.key).fixed}
    divisions = {code: division.name for code, division in package.divisions.items()}
    screen.looks |= {key: _settled(screen.looks[key], value, divisions) for key, value in fixed.items()}
    read_only = {key: {"readOnly": True} for key in fixed}
    parts = {
        key: look.described | schema["properties"][key] | read_only.get(key, {}) for key, look in screen.looks.items()
    }
    variants = variants_of(screen, dependent_cases(form), lambda when: _of_data(nest_data(when, places)))
    required = nest_data({"required": schema.get("required", [])}, places)
    hidden = [{"if": there, "else": {"properties": {name: False}}} for name, there in screen.hidden_sections(exists)]
    rules = [nest_data(rule, places) for rule in schema.get("allOf", [])]
    judged = {
        "title": package.meta.name,
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {"data": {**screen.data(parts), "allOf": [required, *hidden, *rules]}},
        "allOf": [labels_of([screen.labels(), *labels_of_variants(screen, variants)])],
    }
    controls = {
        field.key: Control(
            screen.scope(field.key),
            screen.looks[field.key],
            shown=_of_data(exists[field.key]),
            is_required=field.key not in fixed and presences[field.key][0] == presences[field.key][1],
            is_readonly=field.key in fixed,
        )
        for field in form.fields
    }
    return {
        "schema": typed(judged),
        "places": screen.places,
        "start": {"data": screen.start(exists, fixed)},
        "rjsf": rjsf_record({}, screen.by_section()),
        "json_forms": json_forms_record(screen.grouped(spread(screen, controls, variants, first=1)), {}),
    }


def _settled(look: Look, value: Any, divisions: Mapping[str, str]) -> Look:
    """The look of a field with this value and no other, which people read in words."""
    settled = msgspec.structs.replace(look, description=FIXED)
    texts = dict(look.options)
    if look.widget == "choices":
        items = {"type": "string", "enum": list(dict.fromkeys([*texts, *(value or ())]))}
        return msgspec.structs.replace(settled, schema=look.schema | {"items": items})
    if isinstance(value, str) and (look.widget == "choice" or (look.widget == "text" and value in divisions)):
        options = ((value, texts.get(value) or divisions.get(value, value)),)
        return msgspec.structs.replace(
            settled, widget="choice", options=options, schema=look.schema | {"enum": [value]}
        )
    return settled


def _of_data(schema: Schema) -> Schema:
    """A schema over the data, said over the record."""
    return schema if isinstance(schema, bool) else at("data", schema)
