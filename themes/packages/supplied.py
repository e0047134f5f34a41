"""Values that guidance puts into fields, held against what the items accept: applicants cannot mend such a field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from forms_builder.merge.constraints import check_value
from forms_builder.merge.form import MergedField, MergedForm
from themes.documents import FieldBinding, FieldUse, Guidance, Question, SetField, ThemeDocument
from themes.guidance.parameters import parameter_named
from themes.packages.evaluation import OpenPackage


class RefusedValue(msgspec.Struct, frozen=True):
    """A value for the merged field `key` that items refuse; `pointer` is its place in the theme document.

    `beside`: key and value of the field on which its list depends, where it is refused for what is set there with it.
    """

    pointer: str
    key: str
    value: Any
    refused_by: tuple[str, ...]
    is_refused_by_all: bool
    beside: tuple[str, Any] | None = None


class _Supplied(NamedTuple):
    """A value for a merged field; `together`: the rule that sets it, or the question and the option that mean it."""

    pointer: str
    key: str
    value: Any
    together: tuple[str, str]


def find_refused_values(document: ThemeDocument, opened: OpenPackage) -> list[RefusedValue]:
    """Every value set by a rule or mapped from an option that an item with the field refuses, in document order; then
    values set by one rule or meant by one option of which one does not lie within the other."""
    form = opened.merger.merge([(item.code, None) for item in opened.package.items])
    supplied = list(_supplied(document, opened))
    refused: dict[str, RefusedValue] = {}  # the first of each place: all codes of a dictionary have one
    for one in supplied:
        field = form.field(one.key)
        found = None if field is None else _judge(one.pointer, field, one.value)
        if found is not None:
            refused.setdefault(one.pointer, found)
    return [*refused.values(), *_apart(form, supplied)]


def _apart(form: MergedForm, supplied: Sequence[_Supplied]) -> Iterator[RefusedValue]:
    """By one rule or option, values of a list and of what lies above it that do not belong together."""
    by_key: dict[str, list[_Supplied]] = {}
    for one in supplied:
        by_key.setdefault(one.key, []).append(one)
    refusing: dict[tuple[str, str], tuple[_Supplied, _Supplied, list[str]]] = {}
    for rule in form.dependences:
        for one in by_key.get(rule.key, ()):
            for above in by_key.get(rule.parent_key, ()):
                if one.together == above.together and rule.outside(one.value, above.value):
                    refusing.setdefault((one.pointer, above.pointer), (one, above, []))[2].append(rule.item)
    for one, above, items in refusing.values():
        field = form.field(one.key)
        is_by_all = field is not None and {source.item for source in field.sources} <= set(items)
        yield RefusedValue(one.pointer, one.key, one.value, tuple(items), is_by_all, (above.key, above.value))


def _judge(pointer: str, field: MergedField, value: Any) -> RefusedValue | None:
    kinds = {source.own.kind for source in field.sources}
    spoken = [value] if kinds == {"multi_dict"} and not isinstance(value, list) else value
    refusing = tuple(source.item for source in field.sources if check_value(source.spoken, spoken))
    if not refusing:
        return None
    return RefusedValue(pointer, field.key, value, refusing, len(refusing) == len(field.sources))


def _supplied(document: ThemeDocument, opened: OpenPackage) -> Iterator[_Supplied]:
    keys = {
        (item, part.field.code): part.key for item, parts in opened.package.form.item_forms.items() for part in parts
    }
    listed = {one.code: one for one in document.guidance.questions if one.dictionary is not None}
    for place, use in enumerate(document.field_uses):
        for below, option, value in _meant(use, listed):
            yield _Supplied(f"/field_uses/{place}/{below}", use.code, value, (use.from_question or "", option))
    for place, item in enumerate(document.items):
        for number, binding in enumerate(item.fields):
            for below, option, value in _meant(binding, listed):
                pointer, key = f"/items/{place}/fields/{number}/{below}", keys[item.code, binding.field]
                yield _Supplied(pointer, key, value, (binding.from_question or "", option))
    for place, rule in enumerate(document.guidance.rules):
        for number, effect in enumerate(rule.effects):
            if isinstance(effect, SetField):
                key = effect.field if effect.item is None else keys[effect.item, effect.field]
                pointer = f"/guidance/rules/{place}/effects/{number}"
                for value in _values(effect, document.guidance):
                    yield _Supplied(pointer, key, value, ("", rule.code))


def _meant(supply: FieldUse | FieldBinding, listed: Mapping[str, Question]) -> Iterator[tuple[str, str, Any]]:
    """What each option means, with its place below the supply; codes of a dictionary may be taken as they are."""
    question = listed.get(supply.from_question or "")
    if question is not None and not supply.values:
        yield from (("from_question", option.code, option.code) for option in question.options)
    yield from ((f"values/{option}", option, value) for option, value in supply.values.items())


def _values(effect: SetField, guidance: Guidance) -> list[Any]:
    """Every value that the effect may set: of a parameter, all that it ever has."""
    code = parameter_named(effect.value)
    if code is None:
        return [effect.value]
    return [value.value for parameter in guidance.parameters if parameter.code == code for value in parameter.values]
