"""A schema of ours that somebody edited: the form it was written from, changed only by what was edited.

Both schemas, as written and as edited, are read by the same reader. Where the readings agree, the form beside them
says more than a schema can; where they differ, the edited one counts.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from forms_builder.documents import Column, FormField, FormSection, ItemFormDocument
from forms_builder.exchange.codes import code_of
from forms_builder.exchange.losses import Change, Loss, Place
from forms_builder.exchange.ordering import without_order
from forms_builder.exchange.values import NAMES
from forms_builder.exchange.writing import FORM, UNCHECKED
from forms_builder.merge.constraints import TEXTUAL
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.patterns import NOT_BLANK
from forms_builder.merge.sections import effective_fields

_CHECKS = ("data_type", "min_length", "max_length", "scale", "minimum", "maximum", "pattern", "min_items", "max_items",
           "options", "format")  # fmt: skip
_PLAIN = frozenset(TEXTUAL) - FORMATS_BY_KIND.keys()  # texts that a schema does not tell apart
_NOTES = frozenset({"title", "description", "$schema", FORM, *UNCHECKED})

Part = TypeVar("Part", FormField, Column)


class EditedForm:
    """The form that stood beside, and its schema as written and as edited; `before` and `after` are read of these."""

    def __init__(self, known: ItemFormDocument, written: Any, edited: Any) -> None:
        self.known, self.written, self.edited = known, written, edited

    def document(self, before: ItemFormDocument, after: ItemFormDocument) -> ItemFormDocument:
        """The form with what was edited; lists that depend on another field are left to DependentLists."""
        effective = _by_code(effective_fields(self.known))
        base, read = _by_code(before.fields), _by_code(after.fields)
        fields = tuple(
            self._shown(field, effective[field.code], base[field.code], read[field.code])
            if field.code in effective and field.code in base
            else field
            for field in _merged(self.known.fields, before.fields, after.fields)
        )
        return ItemFormDocument(sections=self._sections(before, after, fields), fields=fields)

    def _shown(self, field: FormField, known: FormField, base: FormField, read: FormField) -> FormField:
        """The field with what was edited of when it shows and whether it is required; `known` is under its section."""
        is_told = (base.visible_when, base.required) == (known.visible_when, known.required)
        if is_told or self._rules_stand(field.code):
            is_required = known.required if read.required == base.required else read.required
            condition = base.visible_when
        else:
            is_required, condition = read.required, known.visible_when
        found = msgspec.structs.replace(field, required=is_required, within=None)
        if read.visible_when == condition:
            return found
        own = {section.code for section in self.known.sections if section.visible_when is None}
        group = field.group if field.group in own else None
        return msgspec.structs.replace(found, visible_when=read.visible_when, group=group)

    def _rules_stand(self, code: str) -> bool:
        held = without_order(self.edited.get("allOf", []))
        return all(without_order(rule) in held for rule in self.written.get("allOf", []) if code in _named(rule))

    def _sections(
        self, before: ItemFormDocument, after: ItemFormDocument, fields: tuple[FormField, ...]
    ) -> tuple[FormSection, ...]:
        known, base, read = (_by_code(one.sections) for one in (self.known, before, after))
        found = {
            code: _changed(section, base[code], read[code], ("name", "help"))
            if code in known and code in base and code in read
            else section
            for code, section in {**read, **known}.items()
        }
        were_empty = known.keys() - {field.group for field in self.known.fields}
        used = {field.group for field in fields} | were_empty
        return tuple(found[code] for code in {**known, **read} if code in used)

    # --- what is lost by the edit -------------------------------------------------------------------------------------

    def losses(self, before: Sequence[Loss], after: Sequence[Loss]) -> list[Loss]:
        """The losses but for those of the schema as written, where that still stands: the form beside says it all."""
        return [loss for loss in after if loss not in before or not self._stands(_steps(loss.pointer), loss.keyword)]

    def changes(self, before: Sequence[Change], after: Sequence[Change]) -> list[Change]:
        """The changes but for those of the schema as written, where that still stands."""
        return [change for change in after if change not in before or not self._stands(change.place)]

    def _stands(self, place: Place, keyword: str = "") -> bool:
        """Whether the schema around the place checks what was written; of a note, whether it still says the same."""
        around = _around(place)
        written, edited = _at(self.written, around), _at(self.edited, around)
        if keyword in UNCHECKED:
            is_same = written.get(keyword) == edited.get(keyword)
            return is_same and (keyword != "x-dictionary" or _offered(written) == _offered(edited))
        return bool(_checks(written) == _checks(edited))


def _merged(known: Sequence[Part], base: Sequence[Part], read: Sequence[Part]) -> list[Part]:
    """The parts as read, each with what only the known one says; in the known order if nobody changed the order."""
    ours, theirs = _by_code(known), _by_code(base)
    found = {
        part.code: _part(ours[part.code], theirs[part.code], part)
        if part.code in ours and part.code in theirs
        else part
        for part in read
    }
    same = [part.code for part in base] == list(found) and found.keys() == ours.keys()
    return [found[code] for code in (ours if same else found)]


def _part(known: Any, base: Any, read: Any) -> Any:
    """The field or column with what was edited of it."""
    prefix = base.label.removesuffix(known.label)
    read = msgspec.structs.replace(read, label=read.label.removeprefix(prefix))
    base = msgspec.structs.replace(base, label=known.label)
    names = [name for name in _CHECKS if hasattr(known, name)]
    if known.dictionary and set(read.options) == set(base.options):
        read = msgspec.structs.replace(read, options=base.options)
    kinds = {known.data_type, base.data_type}
    is_edited = any(getattr(read, name) != getattr(base, name) for name in names)
    if read.data_type != base.data_type or (is_edited and len(kinds) > 1 and not kinds <= _PLAIN):
        taken = {name: getattr(read, name) for name in names} | {"dictionary": None}
        taken |= {"columns": read.columns} if isinstance(read, FormField) else {}
        return _changed(msgspec.structs.replace(known, **taken), base, read, ("label", "help", "required"))
    found = _changed(known, base, read, (*names, "label", "help", "required"))
    if read.options != base.options:
        found = msgspec.structs.replace(found, dictionary=None)
    if base.required and not read.required and kinds <= _PLAIN and read.pattern == NOT_BLANK.portable:
        found = msgspec.structs.replace(found, pattern=read.pattern)
    if isinstance(read, FormField):
        columns = tuple(_merged(found.columns, base.columns, read.columns))
        is_asked = read.required or not base.required
        found = msgspec.structs.replace(
            found, columns=columns, min_items=found.min_items if is_asked else read.min_items
        )
    return found


def _changed(known: Any, base: Any, read: Any, names: Sequence[str]) -> Any:
    """The known one with those attributes of the read one in which that differs from the base."""
    values = {name: getattr(read, name) for name in names if getattr(read, name) != getattr(base, name)}
    return msgspec.structs.replace(known, **values)


def _by_code(parts: Sequence[Any]) -> dict[str, Any]:
    return {part.code: part for part in parts}


def _named(rule: Any) -> set[str]:
    """The codes of the fields of which the rule says something where its condition holds, or does not."""
    return {code_of(way) for word in ("then", "else") for way in _ways(rule.get(word), ())}


def _ways(schema: Any, way: Place) -> Iterator[Place]:
    if isinstance(schema, dict):
        yield from ((*way, name) for name in schema.get("required", ()))
        for name, inner in schema.get("properties", {}).items():
            yield (*way, name)
            yield from _ways(inner, (*way, name))


def _steps(pointer: str) -> Place:
    return tuple(one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:])


def _at(tree: Any, place: Place) -> Any:
    """What stands at the place; an empty schema where nothing does."""
    for one in place:
        if isinstance(tree, list):
            tree = tree[int(one)] if one.isdigit() and int(one) < len(tree) else {}
        else:
            tree = tree.get(one, {}) if isinstance(tree, dict) else {}
    return tree if isinstance(tree, dict) else {}


def _around(place: Place) -> Place:
    """The way to the schema that says what stands at the place; to a whole rule where that is in one."""
    length = 0
    while length < len(place):
        if place[length] == "allOf":
            return place[:length] or place[:2]
        if place[length] not in ("properties", "items"):
            break
        length += 2 if place[length] == "properties" else 1
    return place[:length]


def _offered(schema: dict[str, Any]) -> tuple[Any, ...]:
    """The codes and names that the schema, or the list of it, offers."""
    inner = schema.get("items", schema)
    return _without_notes({"enum": inner.get("enum")}), schema.get(NAMES), inner.get(NAMES)


def _checks(schema: dict[str, Any]) -> Any:
    """What the schema checks by itself: without notes, and of an object without what lies in it."""
    found = _without_notes(schema)
    if "properties" in found:
        found = {keyword: value for keyword, value in found.items() if keyword not in ("properties", "allOf")}
    return found


def _without_notes(schema: Any) -> Any:
    """The schema without what is no check; choices in one order."""
    if isinstance(schema, list):
        return [_without_notes(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties" and isinstance(value, dict):
            found[keyword] = {name: _without_notes(one) for name, one in value.items()}
        elif keyword == "enum" and isinstance(value, list):
            found[keyword] = sorted(map(repr, value))
        elif keyword not in _NOTES:
            found[keyword] = _without_notes(value)
    return found
