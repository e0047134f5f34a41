"""A condition as JSON Schema over an object whose properties are the names it tests.

A schema is a dict, or True or False where the verdict does not depend on the object.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from forms_builder.merge.patterns import END_OF_TEXT, spell, spell_class
from opsplatform.kernel.conditions import Condition, is_answered

Schema: TypeAlias = "dict[str, Any] | bool"
Leaf: TypeAlias = "Callable[[Condition], Schema]"

_UNANSWERED: list[Any] = [None, "", []]


def value_schema(condition: Condition) -> Schema:
    """What the tested value must be: the schema form of one `q op value`, false on unanswered values for every op."""
    op, value = condition.op, condition.value
    if op == "answered":
        return {"not": {"enum": _UNANSWERED}}
    if op == "eq":
        return {"const": value} if is_answered(value) else False
    if op == "ne":
        return {"not": {"enum": [*_UNANSWERED, *([value] if is_answered(value) else [])]}}
    if op == "in":
        return one_of([one for one in value if is_answered(one)])
    if op == "not_in":
        return {"not": {"enum": [*_UNANSWERED, *_distinct([one for one in value if is_answered(one)])]}}
    if op in ("contains", "contains_any"):
        return array_with([value] if op == "contains" else list(value))
    return _order_schema(op or "", value)


def one_of(values: list[Any]) -> Schema:
    """One of these values; false when there are none."""
    return {"enum": _distinct(values)} if values else False


def none_in(values: Iterable[Any]) -> Schema:
    """An answer that is none of these."""
    return {"not": {"enum": _distinct([*_UNANSWERED, *values])}}


def array_with(values: list[Any]) -> Schema:
    """An array holding one of these values; false when there are none."""
    return {"type": "array", "contains": {"enum": _distinct(values)}} if values else False


def _distinct(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in kept):
            kept.append(value)
    return kept


def _order_schema(op: str, value: Any) -> Schema:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    if isinstance(value, str):
        later = "|".join(_after(value) + ([f"^{_literal(value)}{END_OF_TEXT}"] if op in ("ge", "lt") else []))
        if op in ("gt", "ge"):
            return {"type": "string", "pattern": later}
        return {"type": "string", "minLength": 1, "not": {"pattern": later}}
    bound = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}[op]
    return {"type": "number", bound: value}


def _literal(text: str) -> str:
    return "".join(spell(ord(character)) for character in text)


def _after(value: str) -> list[str]:
    """Patterns that together hold for the texts after this one by code points: ISO dates and codes compare so."""
    patterns = [f"^{_literal(value)}[\\s\\S]"]
    for place, character in enumerate(value):
        if ord(character) < 0x10FFFF:
            patterns.append(f"^{_literal(value[:place])}{spell_class(((ord(character) + 1, 0x10FFFF),))}")
    return patterns


def property_leaf(condition: Condition) -> Schema:
    """A test of a property of the object itself, by the name in the condition."""
    return at(str(condition.q), value_schema(condition))


def at(name: str, wanted: Schema) -> Schema:
    """An object whose property `name` is there and satisfies the schema."""
    return False if wanted is False else {"required": [name], "properties": {name: wanted}}


def every(schemas: list[Schema]) -> Schema:
    """All of the schemas."""
    parts = [schema for schema in schemas if schema is not True]
    if any(part is False for part in parts):
        return False
    return True if not parts else parts[0] if len(parts) == 1 else {"allOf": parts}


def some(schemas: list[Schema]) -> Schema:
    """At least one of the schemas."""
    parts = [schema for schema in schemas if schema is not False]
    if any(part is True for part in parts):
        return True
    return False if not parts else parts[0] if len(parts) == 1 else {"anyOf": parts}


def none_of(schema: Schema) -> Schema:
    """The opposite of the schema."""
    return not schema if isinstance(schema, bool) else {"not": schema}


def condition_schema(condition: Condition | None, leaf: Leaf = property_leaf) -> Schema:
    """The schema that accepts exactly the objects for which the condition holds; `leaf` says one `q op value`."""
    if condition is None:
        return True
    if condition.all is not None:
        return every([condition_schema(part, leaf) for part in condition.all])
    if condition.any is not None:
        return some([condition_schema(part, leaf) for part in condition.any])
    if condition.not_ is not None:
        return none_of(condition_schema(condition.not_, leaf))
    return leaf(condition)
