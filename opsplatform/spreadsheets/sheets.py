"""The sheets of registers: each room declares its own when its `sheets` module is imported by `apps.ready()`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import models

from opsplatform.kernel.models import Revisioned
from opsplatform.spreadsheets.columns import Column


class Save(Protocol):
    """A register's one service: right, rules, revision and audit entry in one call."""

    def __call__(
        self, *, actor: Any, pk: int | None, values: Mapping[str, Any], expected_revision: int | None
    ) -> Revisioned: ...


@dataclass(frozen=True)
class Elements:
    """What belongs to a row, one line each: `name` among the service's values, matched by `key` or by position."""

    name: str
    columns: tuple[Column, ...]
    of: Callable[[Any], Iterable[Any]]
    key: str | None = None


@dataclass(frozen=True)
class JsonShape:
    """{root: [{column: value, …, elements: [{column: value, …}]}]}; `names` are keys that differ from their columns."""

    root: str
    elements: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisterSheet:
    """The sheet of a register. `key` names the columns a row is known by, `fixed` further ones that are given once.

    A sheet without `save` is only exported. `near` narrows the rows of the table to those a file may speak of: the
    query look-up and the key column whose cells it takes. `related` are the relations read with the rows. With `json`,
    a file may also be JSON of that shape.
    """

    model: type[models.Model]
    columns: tuple[Column, ...]
    elements: Elements | None = None
    key: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    near: tuple[str, str] = ("", "")
    save: Save | None = None
    related: tuple[str, ...] = ()
    prefetched: tuple[Any, ...] = field(default=())
    json: JsonShape | None = None

    @property
    def name(self) -> str:
        """What the sheet is called in addresses: "department"."""
        return str(self.model._meta.model_name)

    @property
    def title(self) -> str:
        """What people call it: "部门"."""
        return str(self.model._meta.verbose_name)

    @property
    def headings(self) -> list[str]:
        """The first line; an element's column whose heading the row has too says whose it is."""
        own = [column.heading for column in self.columns]
        if self.elements is None:
            return own
        title = self.elements_title
        taken = set(own)
        return own + [
            f"{title}{column.heading}" if column.heading in taken else column.heading
            for column in self.elements.columns
        ]

    @property
    def elements_title(self) -> str:
        """What people call an element: "字典项"."""
        if self.elements is None:
            return ""
        related = getattr(self.model, self.elements.name, None)
        return str(related.rel.related_model._meta.verbose_name) if related is not None else self.title

    def lines_of(self, row: Any) -> Iterator[list[str]]:
        """The lines of a row: one, or one for each element.

        The row's own cells stand in its first line; every line carries the key, so that a sorted file stays readable.
        """
        own = [column.read(row) for column in self.columns]
        if self.elements is None:
            yield own
            return
        repeated = [text if column.name in self.key else "" for column, text in zip(self.columns, own, strict=True)]
        is_first = True
        for element in self.elements.of(row):
            yield (own if is_first else repeated) + [column.read(element) for column in self.elements.columns]
            is_first = False
        if is_first:
            yield own + [""] * len(self.elements.columns)

    def key_of(self, row: Any) -> tuple[str, ...]:
        """The cells by which a row of the table is known."""
        return tuple(column.read(row) for column in self.columns if column.name in self.key)


_SHEETS: dict[str, RegisterSheet] = {}


def register(*sheets: RegisterSheet) -> None:
    """The sheets stand; one per register."""
    for sheet in sheets:
        if _SHEETS.setdefault(sheet.name, sheet) is not sheet:
            raise ValueError(f"the sheet of {sheet.name} is registered twice")


def sheets() -> Sequence[RegisterSheet]:
    """Every sheet, by name."""
    return [_SHEETS[name] for name in sorted(_SHEETS)]


def find_sheet(name: str) -> RegisterSheet | None:
    """The sheet of the register, if it has one."""
    return _SHEETS.get(name)


def related_elements(name: str) -> Callable[[Any], Iterable[Any]]:
    """Elements that are rows of a table of their own."""
    return lambda row: getattr(row, name).all()
