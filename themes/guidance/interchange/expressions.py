"""The few expressions that guidance comes down to; every dialect writes each of them in its own words.

All tests are true or false, whatever is unanswered: an engine's null never spreads.
"""

from typing import Any, Literal

import msgspec

Kind = Literal["text", "number", "truth", "list"]
Sign = Literal["<", "<=", ">", ">="]


class Expression(msgspec.Struct, frozen=True):
    """Base of all expressions."""


class Name(Expression, frozen=True):
    """The value of an earlier step or of the input `on`."""

    name: str


class Answer(Expression, frozen=True):
    """What was answered to the question of this code; null where nothing was."""

    code: str


class Constant(Expression, frozen=True):
    """A JSON value."""

    value: Any


class Every(Expression, frozen=True):
    parts: tuple[Expression, ...]


class Some(Expression, frozen=True):
    parts: tuple[Expression, ...]


class Opposite(Expression, frozen=True):
    part: Expression


class Choice(Expression, frozen=True):
    """`then` where the test holds, else `otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression


class Present(Expression, frozen=True):
    """A list of those parts that are not null."""

    parts: tuple[Expression, ...]


class Record(Expression, frozen=True):
    """An object with these members."""

    members: tuple[tuple[str, Expression], ...]


class IsAnswered(Expression, frozen=True):
    """Whether the value is of the kind, and no empty text or list."""

    value: Expression
    kind: Kind


class IsGiven(Expression, frozen=True):
    """Whether the named value is not null."""

    name: str


class IsEqual(Expression, frozen=True):
    """Whether the named text, number or truth value is this one."""

    name: str
    value: str | int | float | bool


class IsAmong(Expression, frozen=True):
    """Whether the named text is one of these."""

    name: str
    values: tuple[str, ...]


class Has(Expression, frozen=True):
    """Whether the named list holds the text."""

    name: str
    value: str


class IsExactly(Expression, frozen=True):
    """Whether the named list holds these texts in this order and nothing else."""

    name: str
    values: tuple[str, ...]


class Compares(Expression, frozen=True):
    """Whether the named number stands so to this one."""

    name: str
    sign: Sign
    value: int | float


class ComparesDay(Expression, frozen=True):
    """Whether the named day (ISO date) stands so to this one."""

    name: str
    sign: Sign
    day: str


ALWAYS, NEVER, NOTHING = Constant(value=True), Constant(value=False), Constant(value=None)


def every(parts: list[Expression]) -> Expression:
    """All of the parts, those left out that always hold."""
    kept = tuple(part for part in parts if part != ALWAYS)
    if NEVER in kept:
        return NEVER
    return ALWAYS if not kept else kept[0] if len(kept) == 1 else Every(kept)


def some(parts: list[Expression]) -> Expression:
    """At least one of the parts, those left out that never hold."""
    kept = tuple(part for part in parts if part != NEVER)
    if ALWAYS in kept:
        return ALWAYS
    return NEVER if not kept else kept[0] if len(kept) == 1 else Some(kept)


def opposite(part: Expression) -> Expression:
    """Where the part does not hold."""
    if part == ALWAYS:
        return NEVER
    return ALWAYS if part == NEVER else Opposite(part)
