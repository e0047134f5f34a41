"""Typed documents of this room: an item form with the fields as the department has them, a code list in a file."""

from typing import Annotated, Literal

import msgspec

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document

DataType = Literal[
    "string", "text", "integer", "decimal", "boolean", "date", "dict", "multi_dict", "division",
    "uscc", "id_card", "phone", "postcode", "address", "table", "file",
]  # fmt: skip


class Prefill(Document, frozen=True):
    """Which element of which base library fills the field."""

    library: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    element: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Column(Document, frozen=True):
    """One column of a table field."""

    code: str
    label: str
    data_type: DataType
    max_length: int | None = None
    required: bool = False
    dictionary: str | None = None
    scale: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


class FormField(Document, frozen=True):
    """One field of an item form; `public_field` is the register code of the meaning it shares with others.

    `max_length` counts characters, for integer and decimal the digits; `scale` the digits after the point;
    `visible_when` names fields of the same form.
    """

    code: str
    label: str
    data_type: DataType
    order: int
    max_length: int | None = None
    required: bool = False
    dictionary: str | None = None
    scale: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    format: str | None = None
    std_format: str = ""
    public_field: str | None = None
    prefill: Prefill | None = None
    columns: tuple[Column, ...] = ()
    visible_when: Condition | None = None
    group: str | None = None
    help: str = ""


class ItemFormDocument(Document, frozen=True):
    """The form of one service item."""

    fields: tuple[FormField, ...] = ()


class EntryInFile(Document, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    alias: Annotated[str, msgspec.Meta(max_length=40)] = ""
    parent: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class DictionaryInFile(Document, frozen=True):
    """A code list as files hand it over."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    items: tuple[EntryInFile, ...]
    standard: Annotated[str, msgspec.Meta(max_length=200)] = ""
    source: str = ""
    confidence: str = ""
    note: str = ""
