"""The columns of a register: heading, the cell of a row, and the value of a cell — from the model's own fields."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import localtime

from opsplatform.kernel.parsing import BadJSON, parse_json

YES, NO = "是", "否"
_BREAK = "\n"


class BadCell(ValueError):
    """The cell does not say what its column asks for; the message is a sentence for people."""


class UnknownReference(BadCell):
    """The cell names a row that is not there, or not there yet."""


Rows = Callable[[Any], models.QuerySet[Any]]


@dataclass(frozen=True)
class Reference:
    """How a row of another register is named in a cell, and found again among those the actor sees."""

    model: type[models.Model]
    spell: Callable[[Any], str]
    lookup: Callable[[str], dict[str, Any]]

    def find(self, actor: Any, text: str) -> Any:
        """The row; raises UnknownReference for what the actor does not see as well."""
        rows = self.model._default_manager.all()
        visible_to = getattr(rows, "visible_to", None)
        found = (visible_to(actor) if visible_to else rows).filter(**self.lookup(text)).first()
        if found is None:
            raise UnknownReference(f"没有找到{self.model._meta.verbose_name}“{text[:60]}”。")
        return found


def by_code(model: type[models.Model]) -> Reference:
    """Rows known by their code."""
    return Reference(model, lambda row: str(row.code), lambda text: {"code": text})


@dataclass(frozen=True)
class Column:
    """One column. `read` gives the cell of a row; `parse` the value a service takes, given the cell and the actor.

    Columns without `parse` are only exported. `allowed` gives the codes a cell may bring in; none where nobody knows.
    """

    name: str
    heading: str
    read: Callable[[Any], str]
    parse: Callable[[str, Any], Any] | None = None
    allowed: Callable[[], Collection[str]] | None = None


def columns_of(
    model: type[models.Model], names: Sequence[str], references: dict[str, Reference] | None = None
) -> tuple[Column, ...]:
    """The named fields as columns under their own labels, in that order."""
    return tuple(_column(model._meta.get_field(name), (references or {}).get(name)) for name in names)


def coded(
    columns: Sequence[Column],
    dictionaries: Mapping[str, str],
    entries_of: Callable[[str], Sequence[tuple[str, str]]],
) -> tuple[Column, ...]:
    """The columns, those named taking only codes of their dictionaries, which are read when a file is."""

    def of(dictionary: str) -> Callable[[], Collection[str]]:
        return lambda: {code for code, _ in entries_of(dictionary)}

    return tuple(
        replace(column, allowed=of(dictionaries[column.name])) if column.name in dictionaries else column
        for column in columns
    )


def shown(name: str, heading: str, read: Callable[[Any], Any]) -> Column:
    """A column that is only exported."""
    return Column(name, heading, lambda row: spelled(read(row)))


def spelled(value: Any) -> str:
    """A value as text: nothing is an empty cell, truth is 是 or 否, moments are local, trees are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if hasattr(value, "astimezone"):
        return localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def _column(column: Any, reference: Reference | None) -> Column:
    heading = str(column.verbose_name)
    if isinstance(column, models.ForeignKey):
        if reference is None:
            raise TypeError(f"{column}: a reference column says how its rows are named")
        return _reference_column(column, heading, reference)
    kind = _kind_of(column)
    return Column(
        column.name,
        heading,
        lambda row: kind.spell(getattr(row, column.name)),
        lambda text, _actor: _empty(column) if text == "" else kind.parse(text),
    )


def _empty(column: Any) -> Any:
    if column.null:
        return None
    if isinstance(column, models.BooleanField):
        return False
    if isinstance(column, models.CharField | models.TextField):
        return ""
    if column.has_default():
        return column.get_default()
    raise BadCell("必填。")


def _reference_column(column: Any, heading: str, reference: Reference) -> Column:
    def read(row: Any) -> str:
        referred = getattr(row, column.name)
        return reference.spell(referred) if referred is not None else ""

    def parse(text: str, actor: Any) -> Any:
        if text.strip():
            return reference.find(actor, text.strip())
        if not column.null:
            raise BadCell("必填。")
        return None

    return Column(column.name, heading, read, parse)


@dataclass(frozen=True)
class _Kind:
    spell: Callable[[Any], str] = spelled
    parse: Callable[[str], Any] = field(default=str)


def _kind_of(column: Any) -> _Kind:
    if isinstance(column, ArrayField):
        return _Kind(_joined, _parts)
    if isinstance(column, models.JSONField):
        return _Kind(parse=_tree)
    if isinstance(column, models.BooleanField):
        return _Kind(parse=_truth)
    if isinstance(column, models.DateField):
        return _Kind(lambda value: value.isoformat() if value else "", _day)
    if isinstance(column, models.DecimalField):
        return _Kind(lambda value: f"{value.normalize():f}" if value is not None else "", _decimal)
    if isinstance(column, models.IntegerField):
        return _Kind(parse=_whole)
    if column.choices:
        return _choice(dict(column.flatchoices))
    return _Kind()


def _choice(labels: dict[str, str]) -> _Kind:
    codes = {str(label): code for code, label in labels.items()} | {str(code): code for code in labels}

    def parse(text: str) -> str:
        if text.strip() not in codes:
            raise BadCell(f"应为：{'、'.join(str(label) for label in labels.values())}。")
        return codes[text.strip()]

    return _Kind(lambda code: str(labels.get(code, code or "")), parse)


def _truth(text: str) -> bool:
    if text.strip() not in (YES, NO):
        raise BadCell(f"应为“{YES}”或“{NO}”。")
    return text.strip() == YES


def _whole(text: str) -> int:
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise BadCell("应为整数。")
    return int(digits)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise BadCell("应为数字。") from error
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise BadCell("应为数字。")
    return number


def _day(text: str) -> date:
    try:
        year, month, day = (int(part) for part in text.strip().replace("/", "-").split("-"))
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise BadCell("应为日期，例如 2026-01-31。") from error


def _tree(text: str) -> Any:
    try:
        return parse_json(text.encode())
    except (BadJSON, UnicodeEncodeError) as error:
        raise BadCell("应为 JSON；如不需修改，请保留导出的内容。") from error


def _joined(values: Sequence[Any]) -> str:
    """One element a line; line breaks and backslashes inside an element are escaped."""
    return _BREAK.join(str(value).replace("\\", "\\\\").replace("\n", "\\n") for value in values or ())


def _parts(text: str) -> list[str]:
    return [
        part.replace("\\\\", "\x00").replace("\\n", "\n").replace("\x00", "\\")
        for part in text.split(_BREAK)
        if part.strip()
    ]
