"""JSON Schema 2020-12 whose verdict is that of `validate`: for a merged form, for an item's form, for one field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from forms_builder.documents import FormField
from forms_builder.merge.condition_schema import (
    Schema,
    array_with,
    at,
    condition_schema,
    every,
    none_in,
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
from forms_builder.merge.dependence import Parents, codes_in
from forms_builder.merge.errors import ConditionNotExpressible, FormTooEntangled
from forms_builder.merge.form import MergedField, MergedForm, item_form
from forms_builder.merge.formats import FORMATS, FORMATS_BY_KIND
from forms_builder.merge.patterns import END_OF_TEXT, NOT_BLANK, parse
from forms_builder.merge.samples import json_number
from forms_builder.merge.visibility import ItemVisibility
from opsplatform.kernel.conditions import Condition, compile_condition, is_answered
from opsplatform.kernel.extent import Extent, extent_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_VALUES, MOST_DEPTH = 500_000, 200

__all__ = [
    "DIALECT",
    "FORMATS",
    "DependentCase",
    "SourceConditions",
    "condition_schema",
    "dependence_rules",
    "dependent_cases",
    "field_schema",
    "form_schema",
    "gathered",
    "is_too_entangled",
    "item_schema",
    "narrowed_schema",
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
        return {"type": "array", "items": _row_schema(constraint)} | _counts(constraint)
    if kind == "file":
        return _not_blank(None, constraint.max_length or LONGEST_REFERENCE)
    if kind == "division":
        shapes = "|".join(f"[0-9]{{{length}}}" for length in constraint.lengths)
        return {"type": "string", "pattern": f"^(?:{shapes}){END_OF_TEXT}"}
    if kind == "date":
        return {"type": "string", "format": "date", "pattern": DATE_PATTERN}
    return {"type": "boolean"}


def _not_blank(shortest: int | None, longest: int | None) -> dict[str, Any]:
    return {"type": "string", "pattern": NOT_BLANK.portable} | _lengths(shortest, longest)


def _lengths(shortest: int | None, longest: int | None) -> dict[str, int]:
    bounds = {"minLength": shortest, "maxLength": longest}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _counts(constraint: Constraint) -> dict[str, int]:
    least = max(constraint.min_items or 0, 1 if constraint.required else 0)
    counts = {"minItems": least} if least else {}
    return counts if constraint.max_items is None else counts | {"maxItems": constraint.max_items}


def _text_schema(constraint: Constraint) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"} | _lengths(constraint.min_length, constraint.max_length)
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
        one = _not_blank(constraint.min_length, constraint.max_length)
    else:
        one = {"type": "string", "enum": list(constraint.codes)}
    if constraint.kind == "dict":
        return one
    return {"type": "array", "items": one, "uniqueItems": True} | _counts(constraint)


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
    """The schema of merged data on one path; raises ConditionNotExpressible and FormTooEntangled.

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
    conditional += [rule for _, rule in dependence_rules(form)]
    schema = {"$schema": DIALECT, "title": title} | _object(properties, required)
    if not conditional:
        return schema
    schema["allOf"] = conditional
    known: dict[int, Extent] = {}
    if is_too_entangled(extent_of(schema, known)):
        worst = max(form.fields, key=lambda field: extent_of(presences[field.key][0], known))
        raise FormTooEntangled("field", worst.key, f"字段“{worst.label}”")
    return schema


class DependentCase(msgspec.Struct, frozen=True):
    """On data where `when` holds, the list of `key` is `codes`; `value` is what its parent field then says.

    `value` is None for every answer of the parent below which nothing lies.
    """

    key: str
    value: str | None
    when: Schema
    codes: tuple[str, ...]


def dependent_cases(form: MergedForm) -> list[DependentCase]:
    """What is left of lists that depend on another field, over the merged data."""
    return gathered(_dependent_cases(form))


def gathered(cases: Iterable[DependentCase]) -> list[DependentCase]:
    """The cases, those that leave the same of a list for the same answer as one."""
    same: dict[tuple[str, str | None, tuple[str, ...]], list[Schema]] = {}
    for case in cases:
        whens = same.setdefault((case.key, case.value, case.codes), [])
        if case.when not in whens:
            whens.append(case.when)
    return [DependentCase(key, value, some(whens), codes) for (key, value, codes), whens in same.items()]


def _dependent_cases(form: MergedForm) -> Iterator[DependentCase]:
    conditions = {visibility.item: SourceConditions(form, visibility) for visibility in form.visibilities}
    for one in form.dependences:
        own = conditions.get(one.item)
        here = True if own is None else every([own.of(one.field), own.of(one.parent)])
        provenance = form.provenance(one.parent_key)
        if provenance.fixed:
            if is_answered(provenance.value):
                yield DependentCase(one.key, provenance.value, here, tuple(one.allowed(provenance.value) or ()))
            continue
        for value, codes in one.below.items():
            yield DependentCase(one.key, value, every([here, at(one.parent_key, {"const": value})]), codes)
        if one.is_open:
            yield DependentCase(one.key, None, every([here, at(one.parent_key, none_in(one.below))]), ())


def dependence_rules(form: MergedForm) -> Iterator[tuple[str, dict[str, Any]]]:
    """By merged key, what holds for a list that depends on another field; what guidance fixed is judged here."""
    for case in dependent_cases(form):
        field, provenance = form.field(case.key), form.provenance(case.key)
        assert field is not None
        then: Schema = {"properties": {case.key: narrowed_schema(field.constraint, case.codes)}}
        if provenance.fixed:
            then = all(code in case.codes for code in codes_in(provenance.value))
        if case.when is not False:
            yield case.key, {"if": case.when, "then": then}


def narrowed_schema(constraint: Constraint, codes: Sequence[str]) -> Schema:
    """What an answer must be besides where only these codes are left of its list."""
    if constraint.kind == "multi_dict":
        return {"type": "array", "items": {"enum": list(codes)}} if codes else {"type": "array", "maxItems": 0}
    return one_of(list(codes))


def is_too_entangled(extent: Extent) -> bool:
    """Whether a schema is more than people can check, and than validators and renderers read."""
    return extent.values > MOST_VALUES or extent.depth > MOST_DEPTH


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
        for code, _ in visibility.tests:  # what a condition names comes before it
            self.known[code] = condition_schema(visibility.conditions[code], self._leaf)

    def of(self, code: str) -> Schema:
        """On which data this field exists: its condition, in which every name counts only where it exists itself."""
        return self.known.get(code, True)

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
    fields: Sequence[FormField],
    dictionaries: Mapping[str, Sequence[str]],
    parents: Parents | None = None,
) -> dict[str, Any]:
    """The schema of one item's record, keyed by its own field codes."""
    return form_schema(item_form("", fields, dictionaries, parents), "事项表单")
