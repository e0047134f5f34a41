"""An item form as JSON Schema: the verdict of the form's own checks, dotted codes as nested objects.

What a schema has no word for stands in `x-` keywords, so that a schema written here and read again is the same form.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from forms_builder.documents import Column, FormField, ItemFormDocument
from forms_builder.exchange.codes import code_of, way_of
from forms_builder.exchange.normal_form import Dialect
from forms_builder.exchange.ordering import in_order_of, is_alphabetical, without_order
from forms_builder.exchange.values import NAMES
from forms_builder.merge.dependence import Parents
from forms_builder.merge.form import MergedForm, item_form
from forms_builder.merge.schema import dependence_rules, form_schema
from forms_builder.merge.sections import effective_fields
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import DomainError

FORM = "x-item-form"
UNCHECKED = ("x-dictionary", "x-unit", "x-public-field")
ELEMENT = "_"  # the column of a table whose rows are values, not objects
_WRITTEN: dict[str, str] = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft-07": "http://json-schema.org/draft-07/schema#",
}
_SEVERAL, _SINGLE = ("allOf", "anyOf"), ("not", "if", "then", "else")

CodeLists = Mapping[str, Mapping[str, str]]  # dictionary → code → name


class FormBeside(NamedTuple):
    """The form that stands in a schema beside what it checks, with code lists and what lies above their codes."""

    document: ItemFormDocument
    code_lists: CodeLists
    parents: Parents

    def schema(self, title: str) -> dict[str, Any]:
        """The schema that was written from it; raises DomainError and KeyError where none can be."""
        return write_schema(self.document, self.code_lists, title, parents=self.parents)

    def rules(self) -> dict[str, list[dict[str, Any]]]:
        """Field → the rules that narrow its list by another field, as they are written; raises DomainError."""
        return _dependence_rules(self.document, self.code_lists, self.parents)


def write_schema(
    document: ItemFormDocument,
    code_lists: CodeLists,
    title: str,
    dialect: Dialect = "2020-12",
    parents: Parents | None = None,
) -> dict[str, Any]:
    """The schema that accepts exactly the records the form accepts, their codes spelled as nested objects.

    `code_lists` holds the dictionaries the form names, `parents` what lies above their codes. Written in 2020-12 or
    draft-07, which read it alike.
    """
    flat = form_schema(_item_form(document, code_lists, parents), title)
    for field in document.fields:
        flat["properties"][field.code] = _annotated(flat["properties"][field.code], field, code_lists)
    schema = _nested(flat) if _may_nest([field.code for field in document.fields]) else flat
    named = {code: dict(code_lists[code]) for code in _dictionaries_of(document)}
    own = {"document": write(msgspec.structs.replace(document, item="")), "dictionaries": named}
    above = {
        field.dictionary: (parents or {}).get(field.dictionary, {})
        for field in document.fields
        if field.within and field.dictionary
    }
    own |= {"parents": {code: dict(held) for code, held in above.items()}} if above else {}
    return {**schema, "$schema": _WRITTEN[dialect], FORM: own}


def _item_form(document: ItemFormDocument, code_lists: CodeLists, parents: Parents | None) -> MergedForm:
    codes = {code: list(entries) for code, entries in code_lists.items()}
    return item_form("", effective_fields(document), codes, parents)


def _dependence_rules(
    document: ItemFormDocument, code_lists: CodeLists, parents: Parents
) -> dict[str, list[dict[str, Any]]]:
    may_nest = _may_nest([field.code for field in document.fields])
    rules: dict[str, list[dict[str, Any]]] = {}
    for key, rule in dependence_rules(_item_form(document, code_lists, parents)):
        rules.setdefault(key, []).append(_nested(rule) if may_nest else rule)
    return rules


def written_by_us(tree: dict[str, Any]) -> ItemFormDocument | None:
    """The form that this schema was written from, if nobody changed the schema since."""
    form = form_beside(tree)
    if form is None:
        return None
    document, lists, above = form
    try:
        again = [write_schema(document, lists, str(tree.get("title")), dialect, above) for dialect in _DIALECTS]
    except (DomainError, KeyError):
        return None
    return document if without_order(tree) in map(without_order, again) else None


def as_written(tree: Any) -> Any:
    """The schema with its keys in the order they were written in, where a tool has put one of ours in another."""
    form = form_beside(tree) if isinstance(tree, dict) and is_alphabetical(tree) else None
    try:
        return tree if form is None else in_order_of(tree, form.schema(str(tree.get("title"))))
    except (DomainError, KeyError):
        return tree


_DIALECTS: tuple[Dialect, ...] = ("2020-12", "draft-07")


def form_beside(tree: dict[str, Any]) -> FormBeside | None:
    """The form and code lists that stand in the schema beside what it checks."""
    held = tree.get(FORM)
    if not isinstance(held, dict):
        return None
    try:
        lists, above = (
            msgspec.convert(held.get(name, {}), dict[str, dict[str, str]]) for name in ("dictionaries", "parents")
        )
        return FormBeside(msgspec.convert(held.get("document"), ItemFormDocument), lists, above)
    except msgspec.ValidationError:
        return None


def _dictionaries_of(document: ItemFormDocument) -> list[str]:
    parts: list[FormField | Column] = [*document.fields, *(one for field in document.fields for one in field.columns)]
    return list(dict.fromkeys(part.dictionary for part in parts if part.dictionary))


def _annotated(schema: Any, field: FormField | Column, code_lists: CodeLists) -> dict[str, Any]:
    found = dict(schema)
    if field.help:
        found["description"] = field.help
    names = dict(code_lists.get(field.dictionary or "", {})) or {one.code: one.name for one in field.options}
    if names:
        found[NAMES] = names
    said = (field.dictionary, field.unit, getattr(field, "public_field", None))
    found |= {keyword: value for keyword, value in zip(UNCHECKED, said, strict=True) if value}
    columns = getattr(field, "columns", ())
    if columns:
        found["items"] = _row(dict(found["items"]), columns, code_lists)
    return found


def _row(schema: dict[str, Any], columns: tuple[Column, ...], code_lists: CodeLists) -> dict[str, Any]:
    schema["properties"] = {
        column.code: _annotated(schema["properties"][column.code], column, code_lists) for column in columns
    }
    if [column.code for column in columns] == [ELEMENT]:
        return dict(schema["properties"][ELEMENT])
    return _nested(schema) if _may_nest([column.code for column in columns]) else schema


def _may_nest(codes: list[str]) -> bool:
    """Whether no code is both a value and an object of others."""
    ways = {way_of(code) for code in codes}
    return all(code_of(way_of(code)) == code for code in codes) and not any(
        way[:length] in ways for way in ways for length in range(1, len(way))
    )


def _nested(schema: Any) -> Any:
    """The schema over dotted names as one over objects in objects."""
    if not isinstance(schema, dict):
        return schema
    found = {key: value for key, value in schema.items() if key not in ("properties", "required")}
    for key in _SEVERAL:
        if key in found:
            found[key] = [_nested(part) for part in found[key]]
    found |= {key: _nested(found[key]) for key in _SINGLE if key in found}
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if properties or required:
        is_closed = schema.get("additionalProperties") is False
        found |= _object(
            {way_of(name): one for name, one in properties.items()}, [*map(way_of, required)], is_closed=is_closed
        )
    return found


def _object(
    properties: Mapping[tuple[str, ...], Any], required: list[tuple[str, ...]], *, is_closed: bool
) -> dict[str, Any]:
    names = list(dict.fromkeys(way[0] for way in [*properties, *required]))
    found: dict[str, Any] = {"properties": {}}
    for name in names:
        if (name,) in properties:
            found["properties"][name] = properties[(name,)]
            continue
        below = {way[1:]: one for way, one in properties.items() if way[0] == name}
        inner = [way[1:] for way in required if way[0] == name and len(way) > 1]
        if below or inner:
            found["properties"][name] = {"type": "object"} | _object(below, inner, is_closed=is_closed)
    if required:
        found["required"] = list(dict.fromkeys(way[0] for way in required))
    if is_closed:
        found["additionalProperties"] = False
    return found
