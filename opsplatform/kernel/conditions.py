"""The condition language of guidance, bindings and item forms (domain.md §2): all, any, not, or a test of one name.

A condition becomes a Python expression (`write_test`) and runs as byte code, several times as fast as closures would;
the guidance evaluator puts many of these expressions into one function. Nothing a user typed reaches the source: names
become variables, texts become ASCII literals, every other value a bound constant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

from opsplatform.kernel.documents import Document

Op = Literal["eq", "ne", "in", "not_in", "contains", "contains_any", "gt", "ge", "lt", "le", "answered"]
Values = Mapping[str, Any]
Test = Callable[[Values], bool]


_GIVEN = {"not": {"type": "null"}}
_LISTED = ["in", "not_in", "contains_any"]

# What Condition demands of its keys together, as JSON Schema: kernel/shape.py tells every condition that fails in it.
DEMANDS: dict[str, Any] = {
    "oneOf": [{"required": [form], "properties": {form: _GIVEN}} for form in ("all", "any", "not", "q")],
    "allOf": [
        {"if": {"required": ["q"], "properties": {"q": _GIVEN}}, "then": {"required": ["op"]}},
        {"if": {"required": ["op"], "properties": {"op": _GIVEN}}, "then": {"required": ["q"]}},
        {
            "if": {"required": ["op"], "properties": {"op": {"enum": _LISTED}}},
            "then": {"required": ["value"], "properties": {"value": {"type": "array"}}},
        },
    ],
}


class Condition(Document, frozen=True):
    """Exactly one of `all`, `any`, `not`, or the test `q op value` on a named value."""

    all: tuple["Condition", ...] | None = None
    any: tuple["Condition", ...] | None = None
    not_: "Condition | None" = msgspec.field(default=None, name="not")
    q: str | None = None
    op: Op | None = None
    value: Any = None

    def __post_init__(self) -> None:
        forms = [self.all is not None, self.any is not None, self.not_ is not None, self.q is not None]
        if sum(forms) != 1:
            raise ValueError("a condition is exactly one of all, any, not, or q with op")
        if (self.q is None) != (self.op is None):
            raise ValueError("q and op go together")
        if self.op in _LISTED and not isinstance(self.value, list | tuple):
            raise ValueError(f"{self.op} takes a list")


def all_of(parts: Sequence[Condition]) -> Condition:
    """All of the conditions, of which there is at least one."""
    return parts[0] if len(parts) == 1 else Condition(all=tuple(parts))


def any_of(parts: Sequence[Condition]) -> Condition:
    """At least one of the conditions, of which there is at least one."""
    return parts[0] if len(parts) == 1 else Condition(any=tuple(parts))


def is_answered(given: Any) -> bool:
    """An absent value, null, an empty text and an empty list are no answer."""
    return given is not None and given != "" and given != [] and given != ()


def is_number(given: Any) -> bool:
    """A whole or fractional number; no truth value is one."""
    return isinstance(given, int | float) and not isinstance(given, bool)


def compile_condition(condition: Condition | None) -> Test:
    """A function of the values that says whether the condition holds; no condition always holds.

    On an unanswered name every op is false, `ne` and `not_in` too (domain.md §2). A truth value equals no number.
    Comparisons hold between two numbers or two texts (ISO dates among them) and between nothing else.
    """
    places = {name: f"v{place}" for place, name in enumerate(dict.fromkeys(names_in(condition)))}
    scope = Scope()
    lines = ["def holds(values):"]
    for name, variable in places.items():
        lines.append(f" {variable} = values.get({name!a})")
        lines.append(f" if not {variable} and not is_answered({variable}): {variable} = None")
    lines.append(f" return {write_test(condition, places, scope)}")
    return cast(Test, scope.run(lines, "holds"))


def names_in(condition: Condition | None) -> Iterator[str]:
    """Every name a condition tests, in order of appearance, repeats included."""
    if condition is None:
        return
    if condition.q is not None:
        yield condition.q
    for part in condition.all or condition.any or ():
        yield from names_in(part)
    yield from names_in(condition.not_)


# --- conditions as Python expressions ---------------------------------------------------------------------------------


class Scope:
    """The names that generated source may use: the tests below and the constants bound while writing."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {
            "is_answered": is_answered,
            "is_same": is_same,
            "is_among": _is_among,
            "has_any": _has_any,
            "NUMBERS": frozenset({int, float}),  # exact types: bool is an int to isinstance, and no number here
            "LISTS": frozenset({list, tuple}),
        }

    def bind(self, value: Any) -> str:
        """A name under which generated source finds the value."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def literal(self, value: Any) -> str:
        """Source for the value: itself where it is a text or an ordinary number, else a bound name."""
        is_plain_number = type(value) in (int, float) and -(2**63) < value < 2**63
        return ascii(value) if type(value) is str or is_plain_number else self.bind(value)

    def run(self, lines: list[str], function: str) -> Callable[..., Any]:
        """The function of that name which the lines define."""
        exec(compile("\n".join(lines), "<conditions>", "exec"), self.names)  # noqa: S102 - only written by this code
        return cast(Callable[..., Any], self.names[function])


def write_test(condition: Condition | None, places: Mapping[str, str], scope: Scope) -> str:
    """A Python expression, true exactly where the condition holds.

    `places`: for every name that may be answered, the variable that holds its value, None where it is unanswered.
    A name without a place is unanswered.
    """
    if condition is None:
        return "True"
    if condition.all is not None:
        return _join(" and ", [write_test(part, places, scope) for part in condition.all], "True")
    if condition.any is not None:
        return _join(" or ", [write_test(part, places, scope) for part in condition.any], "False")
    if condition.not_ is not None:
        return f"(not {write_test(condition.not_, places, scope)})"
    variable = places.get(cast(str, condition.q))
    if variable is None:
        return "False"
    return _LEAVES[cast(Op, condition.op)](variable, condition.value, scope)


def _join(word: str, parts: list[str], empty: str) -> str:
    if len(parts) < 2:
        return parts[0] if parts else empty
    return f"({word.join(parts)})"


def _eq(variable: str, value: Any, scope: Scope) -> str:
    if not is_answered(value):
        return "False"
    if isinstance(value, bool):
        return f"{variable} is {value}"
    if isinstance(value, str) or (isinstance(value, int | float) and value not in (0, 1)):
        return f"{variable} == {scope.literal(value)}"
    return f"is_same({variable}, {scope.literal(value)})"


def _ne(variable: str, value: Any, scope: Scope) -> str:
    return f"({variable} is not None and not {_eq(variable, value, scope)})"


def _in(variable: str, value: Any, scope: Scope) -> str:
    options = tuple(one for one in value if is_answered(one))
    if all(isinstance(one, str) for one in options):
        return f"{variable} in {scope.bind(options)}"
    return f"is_among({variable}, {scope.bind(options)})"


def _not_in(variable: str, value: Any, scope: Scope) -> str:
    return f"({variable} is not None and not {_in(variable, value, scope)})"


def _contains(variable: str, value: Any, scope: Scope) -> str:
    if isinstance(value, str):
        return f"({variable}.__class__ in LISTS and {scope.literal(value)} in {variable})"
    return f"({variable}.__class__ in LISTS and is_among({scope.literal(value)}, {variable}))"


def _contains_any(variable: str, value: Any, scope: Scope) -> str:
    if all(isinstance(one, str) for one in value):
        tests = _join(" or ", [f"{scope.literal(one)} in {variable}" for one in value], "False")
    else:
        tests = f"has_any({variable}, {scope.bind(tuple(value))})"
    return f"({variable}.__class__ in LISTS and {tests})"


def _comparison(sign: str) -> Callable[[str, Any, Scope], str]:
    def write(variable: str, value: Any, scope: Scope) -> str:
        if type(value) is str:
            return f"({variable}.__class__ is str and {variable} {sign} {scope.literal(value)})"
        if type(value) in (int, float):
            return f"({variable}.__class__ in NUMBERS and {variable} {sign} {scope.literal(value)})"
        return "False"

    return write


def _answered(variable: str, _value: Any, _scope: Scope) -> str:
    return f"{variable} is not None"


def is_same(left: Any, right: Any) -> bool:
    """Whether conditions take two values for one: a truth value equals no number."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _is_among(given: Any, options: tuple[Any, ...]) -> bool:
    return any(is_same(given, one) for one in options)


def _has_any(given: list[Any] | tuple[Any, ...], options: tuple[Any, ...]) -> bool:
    return any(_is_among(one, options) for one in given)


_LEAVES: dict[Op, Callable[[str, Any, Scope], str]] = {
    "eq": _eq,
    "ne": _ne,
    "in": _in,
    "not_in": _not_in,
    "contains": _contains,
    "contains_any": _contains_any,
    "gt": _comparison(">"),
    "ge": _comparison(">="),
    "lt": _comparison("<"),
    "le": _comparison("<="),
    "answered": _answered,
}
