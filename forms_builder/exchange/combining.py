"""Schemas as nodes that know where in the file their keywords stood, and two of them that must both hold as one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_STRICTEST: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
}
_SAID_ONCE = frozenset(
    {"title", "description", "default", "examples", "$comment", "readOnly", "writeOnly", "deprecated"}
)
_GROUPS = (("if", "then", "else"), ("contains", "minContains", "maxContains"))


@dataclass
class Node:
    """A schema in the normal form: its keywords, and for each the JSON pointers at which the file says it."""

    keywords: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, list[str]] = field(default_factory=dict)
    pointer: str = ""

    def get(self, keyword: str, default: Any = None) -> Any:
        """What the keyword says."""
        return self.keywords.get(keyword, default)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    def origin(self, keyword: str) -> str:
        """Where the file says it first; the place of the schema itself where it does not."""
        return (self.origins.get(keyword) or [self.pointer])[0]

    def take(self, other: "Node", keyword: str, value: Any) -> None:
        """The keyword says this, as the other node did."""
        self.keywords[keyword] = value
        self.origins[keyword] = [*self.origins.get(keyword, ()), *other.origins.get(keyword, ())]

    def plain(self) -> dict[str, Any]:
        """The schema as JSON."""
        return {keyword: _plain(value) for keyword, value in self.keywords.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return value.plain()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def combine(one: Node, other: Node) -> Node:
    """The schema that accepts what both accept; what cannot stand beside its like goes into its `allOf`."""
    found = Node(dict(one.keywords), {key: list(places) for key, places in one.origins.items()}, one.pointer)
    rest = Node(pointer=other.pointer)
    for key, value in other.keywords.items():
        if key == "allOf":
            found.take(other, "allOf", [*found.get("allOf", ()), *value])
        elif _is_grouped_with(key, one) or (key in found and not _put_together(found, other, key)):
            rest.take(other, key, value)
        elif key not in found:
            found.take(other, key, value)
    if rest.keywords:
        found.keywords["allOf"] = [*found.get("allOf", ()), rest]
    return found


def _is_grouped_with(keyword: str, node: Node) -> bool:
    """Whether the node has a keyword that means something only together with this one."""
    return any(keyword in group and node.keywords.keys() & set(group) for group in _GROUPS)


def _put_together(found: Node, other: Node, key: str) -> bool:
    """Whether the keyword of the first now says both."""
    own, value = found.get(key), other.get(key)
    both: Any = None
    if key in _SAID_ONCE or key.startswith("x-") or (_plain(own) == _plain(value) and type(own) is type(value)):
        both = own
    elif key in _STRICTEST and _are_numbers(own, value):
        both = _STRICTEST[key](own, value)
    elif key == "required" and isinstance(own, list) and isinstance(value, list):
        both = [*own, *(name for name in value if name not in own)]
    elif key == "type" and (types := _both_types(own, value)):
        both = types[0] if len(types) == 1 else types
    elif key == "enum" and isinstance(own, list) and isinstance(value, list):
        both = [one for one in own if one in value]
    elif key == "uniqueItems":
        both = bool(own or value)
    elif key in ("properties", "dependentRequired") and isinstance(own, dict) and isinstance(value, dict):
        both = {name: _both(own.get(name), value.get(name)) for name in [*own, *value]}
    elif key == "items" and isinstance(own, Node) and isinstance(value, Node):
        both = combine(own, value)
    elif key == "additionalProperties" and (own is False or value is False):
        both = False
    else:
        return False
    found.take(other, key, both)
    return True


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return combine(one, other) if isinstance(one, Node) else list(dict.fromkeys([*one, *other]))


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _both_types(one: Any, other: Any) -> list[str]:
    names, others = ([value] if isinstance(value, str) else list(value) for value in (one, other))
    kept = [name for name in names if name in others or (name == "integer" and "number" in others)]
    return kept + (["integer"] if "integer" in others and "number" in names and "integer" not in kept else [])
