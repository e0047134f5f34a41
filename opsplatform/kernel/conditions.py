"""The condition language of guidance, bindings and item forms (domain.md §2): all, any, not, or a test of one name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from opsplatform.kernel.documents import Document

Op = Literal[
    "eq", "ne", "in", "not_in", "contains", "contains_any", "gt", "ge", "lt", "le", "answered"
]
Values = Mapping[str, Any]
Test = Callable[[Values], bool]


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
        if self.op in ("in", "not_in", "contains_any") and not isinstance(self.value, list | tuple):
            raise ValueError(f"{self.op} takes a list")


def _comparable(left: Any, right: Any) -> bool:
    numbers = (int, float)
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return (isinstance(left, numbers) and isinstance(right, numbers)) or (
        isinstance(left, str) and isinstance(right, str)
    )


def _same(left: Any, right: Any) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "ne": lambda given, value: not _same(given, value),
    "in": lambda given, value: any(_same(given, one) for one in value),
    "not_in": lambda given, value: not any(_same(given, one) for one in value),
    "contains": lambda given, value: isinstance(given, list | tuple) and value in given,
    "contains_any": lambda given, value: (
        isinstance(given, list | tuple) and any(one in given for one in value)
    ),
    "gt": lambda given, value: _comparable(given, value) and given > value,
    "ge": lambda given, value: _comparable(given, value) and given >= value,
    "lt": lambda given, value: _comparable(given, value) and given < value,
    "le": lambda given, value: _comparable(given, value) and given <= value,
    "answered": lambda given, value: True,
}


def is_answered(given: Any) -> bool:
    """An absent value, null, an empty text and an empty list are no answer."""
    return given is not None and given != "" and given != [] and given != ()


def compile_condition(condition: Condition | None) -> Test:
    """A function of the values that says whether the condition holds; no condition always holds.

    On an unanswered name every op is false, `ne` and `not_in` too (domain.md §2).
    """
    if condition is None:
        return lambda values: True
    if condition.all is not None:
        parts = tuple(compile_condition(part) for part in condition.all)
        if len(parts) == 1:
            return parts[0]
        return lambda values: _every(parts, values)
    if condition.any is not None:
        options = tuple(compile_condition(part) for part in condition.any)
        return lambda values: _some(options, values)
    if condition.not_ is not None:
        inner = compile_condition(condition.not_)
        return lambda values: not inner(values)
    name, value, test = condition.q, condition.value, _TESTS[condition.op or "answered"]

    def holds(values: Values) -> bool:
        given = values.get(name)  # type: ignore[arg-type]
        return is_answered(given) and test(given, value)

    return holds


def _every(parts: tuple[Test, ...], values: Values) -> bool:
    for part in parts:
        if not part(values):
            return False
    return True


def _some(parts: tuple[Test, ...], values: Values) -> bool:
    for part in parts:
        if part(values):
            return True
    return False


def names_in(condition: Condition | None) -> Iterator[str]:
    """Every name a condition tests, in order of appearance, repeats included."""
    if condition is None:
        return
    if condition.q is not None:
        yield condition.q
    for part in condition.all or condition.any or ():
        yield from names_in(part)
    yield from names_in(condition.not_)
