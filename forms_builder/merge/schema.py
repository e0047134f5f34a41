"""JSON Schema 2020-12 whose verdict is that of `validate`: for a merged form, for an item's form, for one field."""

from collections.abc import Mapping, Sequence
from typing import Any

from forms_builder.documents import FormField
from forms_builder.merge.condition_schema import (
    Schema,
    array_with,
    at,
    condition_schema,
    every,
    one_of,
    some,
    value_schema,
)
from forms_builder.merge.constraints import (
    CODED,
    DATE_PATTERN,
    LONGEST_REFERENCE,
    NUMERIC,
    TEXTUAL,
    Constraint,
    check_value,
)
from forms_builder.merge.errors import ConditionNotExpressible
from forms_builder.merge.form import MergedField, MergedForm, item_form
from forms_builder.merge.formats import FORMATS, FORMATS_BY_KIND
from forms_builder.merge.patterns import END_OF_TEXT, NOT_BLANK, parse
from forms_builder.merge.samples import json_number
from forms_builder.merge.visibility import ItemVisibility
from opsplatform.kernel.conditions import Condition, compile_condition

DIALECT = "https://json-schema.org/draft/2020-12/schema"

__all__ = [
    "DIALECT",
    "FORMATS",
    "SourceConditions",
    "condition_schema",
    "field_schema",
    "form_schema",
    "item_schema",
    "presence_schemas",
]


# --- one field --------------------------------------------------------------------------------------------------------


def field_schema(constraint: Constraint, title: str | None = None) -> dict[str, Any]:
    """The schema of one field's value; the formats uscc, id_card, cn-phone, cn-postcode are those of `FORMATS`."""
    titled = {} if title is None else {"title": title}
    return titled | _value_part(constraint)


def _value_part(constraint: Constraint) -> dict[str, Any]:
    kind = constraint.kind
    if constraint.impossible:
        return {"not": {}}
    if kind in TEXTUAL:
        return _text_schema(constraint)
    if kind in NUMERIC:
        return _number_schema(constraint)
    if kind in CODED:
        return _codes_schema(constraint)
    if kind == "table":
        rows: dict[str, Any] = {"type": "array", "items": _row_schema(constraint)}
        return rows | {"minItems": 1} if constraint.required else rows
    if kind == "file":
        return _not_blank(constraint.max_length or LONGEST_REFERENCE)
    if kind == "division":
        shapes = "|".join(f"[0-9]{{{length}}}" for length in constraint.lengths)
        return {"type": "string", "pattern": f"^(?:{shapes}){END_OF_TEXT}"}
    if kind == "date":
        return {"type": "string", "format": "date", "pattern": DATE_PATTERN}
    return {"type": "boolean"}


def _not_blank(longest: int | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "pattern": NOT_BLANK.portable}
    return schema if longest is None else schema | {"maxLength": longest}


def _text_schema(constraint: Constraint) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if constraint.max_length is not None:
        schema["maxLength"] = constraint.max_length
    patterns = [parse(pattern).portable for pattern in constraint.patterns]
    for name in constraint.formats:
        schema["format"] = FORMATS_BY_KIND[name].schema_name
        patterns.append(FORMATS_BY_KIND[name].structure.portable)
    if constraint.required and not constraint.formats:
        patterns.append(NOT_BLANK.portable)
    if len(patterns) == 1:
        schema["pattern"] = patterns[0]
    elif patterns:
        schema["allOf"] = [{"pattern": pattern} for pattern in patterns]
    return schema


def _number_schema(constraint: Constraint) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if constraint.kind == "integer" else "number"}
    if constraint.digits is not None:
        schema["exclusiveMinimum"] = -(10**constraint.digits)
        schema["exclusiveMaximum"] = 10**constraint.digits
    if constraint.minimum is not None:
        schema["minimum"] = json_number(constraint.minimum)
    if constraint.maximum is not None:
        schema["maximum"] = json_number(constraint.maximum)
    if constraint.scale is not None and constraint.kind != "integer":
        schema["multipleOf"] = float(f"1e-{constraint.scale}") if constraint.scale else 1
    return schema


def _codes_schema(constraint: Constraint) -> dict[str, Any]:
    if constraint.codes is None:
        one = _not_blank(constraint.max_length)
    else:
        one = {"type": "string", "enum": list(constraint.codes)}
    if constraint.kind == "dict":
        return one
    several: dict[str, Any] = {"type": "array", "items": one, "uniqueItems": True}
    return several | {"minItems": 1} if constraint.required else several


def _row_schema(constraint: Constraint) -> dict[str, Any]:
    return _object(
        {column.code: field_schema(column.constraint, column.label) for column in constraint.columns},
        [column.code for column in constraint.columns if column.constraint.required],
    )


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | {"required": list(required)} if required else schema


# --- a form -----------------------------------------------------------------------------------------------------------


def form_schema(form: MergedForm, title: str = "申请表") -> dict[str, Any]:
    """The schema of merged data on one path; raises ConditionNotExpressible.

    A value that guidance fixed is a `const` and never required. A field all of whose sources are conditional
    stands under if/then/else: absent, it is refused.
    """
    presences = presence_schemas(form)
    properties: dict[str, Any] = {}
    required: list[str] = []
    conditional: list[dict[str, Any]] = []
    for field in form.fields:
        properties[field.key] = _property(form, field)
        present, needed = presences[field.key]
        if _is_unfillable(form, field):
            needed = present
        elif form.provenance(field.key).fixed:
            needed = False
        if needed is True:
            required.append(field.key)
        elif needed is not False:
            conditional.append({"if": needed, "then": {"required": [field.key]}})
        if present is not True:
            conditional.append({"if": present, "else": {"properties": {field.key: False}}})
    schema = {"$schema": DIALECT, "title": title} | _object(properties, required)
    return schema | {"allOf": conditional} if conditional else schema


def _is_unfillable(form: MergedForm, field: MergedField) -> bool:
    provenance = form.provenance(field.key)
    return provenance.fixed and bool(check_value(field.constraint, provenance.value))


def _property(form: MergedForm, field: MergedField) -> dict[str, Any]:
    provenance = form.provenance(field.key)
    if _is_unfillable(form, field):
        return {"title": field.label, "not": {}}
    if provenance.fixed:
        return {"title": field.label, "const": provenance.value}
    return field_schema(field.constraint, field.label)


def presence_schemas(form: MergedForm) -> dict[str, tuple[Schema, Schema]]:
    """Per merged key: on which data the field is present, and on which it must be answered (over the merged data)."""
    conditions = {visibility.item: SourceConditions(form, visibility) for visibility in form.visibilities}
    schemas = {}
    for field in form.fields:
        holds = [
            (conditions[source.item].of(source.field) if source.item in conditions else True, source.own.required)
            for source in field.sources
        ]
        schemas[field.key] = some([one for one, _ in holds]), some([one for one, requires in holds if requires])
    return schemas


class SourceConditions:
    """On which merged data the fields of one item exist, as schemas over the merged data."""

    def __init__(self, form: MergedForm, visibility: ItemVisibility) -> None:
        self.form = form
        self.visibility = visibility
        self.steps = form.projections[visibility.item]
        self.known: dict[str, Schema] = {}

    def of(self, code: str) -> Schema:
        """On which data this field exists: its condition, in which every name counts only where it exists itself."""
        if code not in self.known:
            self.known[code] = condition_schema(self.visibility.conditions.get(code), self._leaf)
        return self.known[code]

    def _leaf(self, condition: Condition) -> Schema:
        code = str(condition.q)
        step = self.steps.get(code)
        if step is None:
            return False
        provenance = self.form.provenance(step.key)
        if provenance.fixed:
            return every([self.of(code), self._holds_for_fixed(condition, provenance.value)])
        if step.translation is None:
            return every([self.of(code), at(step.key, value_schema(condition))])
        return every([self.of(code), at(step.key, self._translated(condition, step.key, step.translation))])

    def _holds_for_fixed(self, condition: Condition, value: Any) -> bool:
        code = str(condition.q)
        step = self.steps[code]
        field = self.form.field(step.key)
        if field is None or check_value(field.constraint, value):
            return False
        return compile_condition(condition)({code: step.take(value)})

    def _translated(self, condition: Condition, key: str, translation: Mapping[str, str]) -> Schema:
        field = self.form.field(key)
        assert field is not None
        if condition.op == "answered":
            return value_schema(condition)
        if field.constraint.kind == "dict":
            holds, name = compile_condition(condition), str(condition.q)
            return one_of([code for code, said in translation.items() if holds({name: said})])
        if condition.op in ("contains", "contains_any"):
            wanted = [condition.value] if condition.op == "contains" else list(condition.value)
            return array_with([code for code, said in translation.items() if said in wanted])
        raise ConditionNotExpressible(f"字段 {key} 的多选字典需要对照，显示条件不能使用 {condition.op}。")


def item_schema(
    fields: Sequence[FormField], dictionaries: Mapping[str, Sequence[str]], title: str = "事项表单"
) -> dict[str, Any]:
    """The schema of one item's record, keyed by its own field codes."""
    return form_schema(item_form("", fields, dictionaries), title)
