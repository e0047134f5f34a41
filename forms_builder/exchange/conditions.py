"""A schema over an object as a condition on its fields, where a condition says exactly the same."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from forms_builder.exchange.combining import Node
from opsplatform.kernel.conditions import Condition, all_of, any_of, is_answered

_ORDER = {"exclusiveMinimum": "gt", "minimum": "ge", "exclusiveMaximum": "lt", "maximum": "le"}
_SILENT = frozenset({"title", "description", "type", "$comment"})
_EMPTY: list[Any] = [None, "", []]


class Scope(NamedTuple):
    """The fields a condition may ask about: their codes by the way to them, which are always answered, which numbers.

    Of a property that may be missing, or is no number, a schema that compares it accepts everything.
    """

    codes: Mapping[tuple[str, ...], str]
    required: frozenset[str]
    numbers: frozenset[str]


def condition_of(node: Node, scope: Scope, way: tuple[str, ...] = ()) -> Condition | None:
    """The condition that holds on exactly the data the schema accepts; None where no condition does."""
    parts: list[Condition] = []
    asked = node.get("required", [])
    properties = node.get("properties", {})
    if not isinstance(asked, list) or not isinstance(properties, dict):
        return None
    for name in dict.fromkeys([*properties, *asked]):
        part = _property(properties.get(name, Node()), scope, (*way, str(name)), is_asked=name in asked)
        if part is None:
            return None
        parts.append(part)
    for keyword, value in node.keywords.items():
        if keyword in ("required", "properties") or keyword in _SILENT:
            continue
        part = _combined(keyword, value, scope, way)
        if part is None:
            return None
        parts.append(part)
    return all_of(parts) if parts else None


def _combined(keyword: str, value: Any, scope: Scope, way: tuple[str, ...]) -> Condition | None:
    if keyword == "not" and isinstance(value, Node):
        inner = condition_of(value, scope, way)
        return negated(inner) if inner is not None else None
    if keyword in ("allOf", "anyOf") and isinstance(value, list) and value:
        inner_parts = [condition_of(one, scope, way) for one in value if isinstance(one, Node)]
        kept = [one for one in inner_parts if one is not None]
        if len(kept) < len(value):
            return None
        return all_of(kept) if keyword == "allOf" else any_of(kept)
    return None


def _property(node: Node, scope: Scope, way: tuple[str, ...], *, is_asked: bool) -> Condition | None:
    code = scope.codes.get(way)
    if code is None:
        below = any(path[: len(way)] == way for path in scope.codes)
        return condition_of(node, scope, way) if below and is_asked else None
    test = _value(node, code, scope)
    if test is None:
        return None
    if is_asked or code in scope.required:
        return test
    return any_of([negated(Condition(q=code, op="answered")), test])


def _value(node: Node, code: str, scope: Scope) -> Condition | None:
    """The tests of one value."""
    parts = []
    for keyword, value in node.keywords.items():
        if keyword in _SILENT:
            continue
        part = _test(keyword, value, code) if keyword not in _ORDER or code in scope.numbers else None
        if part is None:
            return None
        parts.append(part)
    return all_of(parts) if parts else Condition(q=code, op="answered")


def _test(keyword: str, value: Any, code: str) -> Condition | None:
    if keyword == "const" and is_answered(value):
        return Condition(q=code, op="eq", value=value)
    if keyword == "enum" and isinstance(value, list) and all(is_answered(one) for one in value):
        return _one_among(code, value)
    if keyword in _ORDER and isinstance(value, int | float) and not isinstance(value, bool):
        return Condition(q=code, op=_ORDER[keyword], value=value)  # type: ignore[arg-type]
    if keyword == "contains" and isinstance(value, Node):
        choices = value.get("enum", [value.get("const")] if "const" in value else None)
        return Condition(q=code, op="contains_any", value=list(choices)) if isinstance(choices, list) else None
    if keyword == "not" and isinstance(value, Node):
        choices = value.get("enum", [value.get("const")] if "const" in value else None)
        if not isinstance(choices, list):
            return None
        named = [one for one in choices if one not in _EMPTY]
        return Condition(q=code, op="not_in", value=named) if named else Condition(q=code, op="answered")
    return None


def _one_among(code: str, values: list[Any]) -> Condition:
    if len(values) == 1:
        return Condition(q=code, op="eq", value=values[0])
    return Condition(q=code, op="in", value=list(values))


def negated(condition: Condition) -> Condition:
    """The opposite of the condition."""
    return condition.not_ if condition.not_ is not None else Condition(not_=condition)
