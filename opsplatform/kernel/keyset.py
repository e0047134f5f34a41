"""Pages along an order: what follows a row is asked for by the row's own values, so every page costs the same.

A walk sees every row that stood throughout exactly once, whatever is added or removed meanwhile, as long as the order
is total and the columns of the row where a page ended do not change.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet


class Step(NamedTuple):
    """One column of an order; `column` is a path of look-ups or an annotation."""

    column: str
    is_descending: bool
    may_be_empty: bool

    @property
    def name(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column

    def reversed(self) -> "Step":
        return self._replace(is_descending=not self.is_descending)

    def beyond(self, value: Any) -> Q:
        """Rows that stand after this value alone. PostgreSQL puts empty columns last, and first where descending."""
        is_empty = Q(**{f"{self.column}__isnull": True})
        if value is None:
            return ~is_empty if self.is_descending else Q(pk__in=[])
        further = Q(**{f"{self.column}__{'lt' if self.is_descending else 'gt'}": value})
        return further | is_empty if self.may_be_empty and not self.is_descending else further

    def from_here(self, value: Any) -> Q:
        """Rows with this value or after it, as an index can find them; says nothing of a column that may be empty."""
        return Q() if self.may_be_empty else Q(**{f"{self.column}__{'lte' if self.is_descending else 'gte'}": value})

    def level(self, value: Any) -> Q:
        """Rows with this very value."""
        return Q(**{f"{self.column}__isnull": True}) if value is None else Q(**{self.column: value})


class Keyset:
    """The order that a queryset states, made total by the primary key."""

    def __init__(self, model: type[Model], order: Sequence[str]) -> None:
        steps = [step for name in order for step in _steps(model, name)]
        if not any(_is_unique(model, step.column) for step in steps):
            steps.append(Step("pk", is_descending=True, may_be_empty=False))
        self.steps = tuple(steps)

    @property
    def names(self) -> tuple[str, ...]:
        """The order as `order_by` takes it."""
        return tuple(step.name for step in self.steps)

    def key_of(self, row: Model) -> list[Any]:
        """What tells where the row stands."""
        return [_value(row, step.column) for step in self.steps]

    def after(self, rows: QuerySet[Any], key: Sequence[Any] | None) -> QuerySet[Any]:
        """The rows after the key, in order; without one, all of them."""
        return _after(rows, self.steps, key)

    def before(self, rows: QuerySet[Any], key: Sequence[Any]) -> QuerySet[Any]:
        """The rows before the key, the nearest first."""
        return _after(rows, tuple(step.reversed() for step in self.steps), key)


def seal(value: Any, *purpose: str) -> str:
    """The value as a text that only we can have written, for this purpose."""
    return signing.dumps(value, salt=":".join(purpose), serializer=_Plain)


def unseal(text: str, *purpose: str) -> Any:
    """What was sealed; None for a text that was not, or not for this purpose."""
    try:
        return signing.loads(text, salt=":".join(purpose), serializer=_Plain)
    except signing.BadSignature:
        return None


class _Plain:
    """JSON in which moments, days and decimals are texts, as the database reads them again."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, default=str, separators=(",", ":")).encode()

    def loads(self, content: bytes) -> Any:
        return json.loads(content)


def _after(rows: QuerySet[Any], steps: Sequence[Step], key: Sequence[Any] | None) -> QuerySet[Any]:
    ordered = rows.order_by(*(step.name for step in steps))
    if key is None:
        return ordered
    beyond, level = Q(pk__in=[]), Q()
    for step, value in zip(steps, key, strict=True):
        beyond |= level & step.beyond(value)
        level &= step.level(value)
    return ordered.filter(steps[0].from_here(key[0]), beyond)


def _steps(model: type[Model], name: str) -> Iterator[Step]:
    """The columns that this name in an `order_by` stands for: a reference, for the order of what it leads to."""
    column, is_descending = name.removeprefix("-"), name.startswith("-")
    fields = _fields(model, column)
    may_be_empty = not fields or any(field.null for field in fields)
    if not fields or not fields[-1].is_relation or column.endswith(("pk", "_id")):  # the value itself
        yield Step(column, is_descending, may_be_empty)
        return
    related = fields[-1].related_model
    for below in related._meta.ordering or ("pk",):
        for step in _steps(related, below):
            turned = step.is_descending != is_descending
            yield Step(f"{column}__{step.column}", turned, may_be_empty or step.may_be_empty)


def _fields(model: Any, column: str) -> list[Any]:
    """The fields along the path; none for an annotation."""
    fields = []
    for part in column.split("__"):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return []
        fields.append(field)
        model = field.related_model
    return fields


def _is_unique(model: type[Model], column: str) -> bool:
    fields = _fields(model, column)
    return len(fields) == 1 and fields[0].unique and not fields[0].null


def _value(row: Any, column: str) -> Any:
    for part in column.split("__"):
        row = None if row is None else getattr(row, part)
    return row
