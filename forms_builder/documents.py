"""Typed documents of this room: an item form with the fields as the department has them, a code list in a file."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.documents import Document
from opsplatform.kernel.errors import Problem

DataType = Literal[
    "string", "text", "integer", "decimal", "boolean", "date", "dict", "multi_dict", "division",
    "uscc", "id_card", "phone", "postcode", "address", "table", "file",
]  # fmt: skip

TYPE_LABELS: dict[DataType, str] = {
    "string": "文本", "text": "多行文本", "integer": "整数", "decimal": "小数", "boolean": "是/否", "date": "日期",
    "dict": "单选字典", "multi_dict": "多选字典", "division": "区划", "uscc": "统一社会信用代码",
    "id_card": "公民身份号码", "phone": "电话", "postcode": "邮政编码", "address": "地址", "table": "表格",
    "file": "附件",
}  # fmt: skip

MOST_SCALE = 18
"""The most digits after the point that a number may be asked for (GB/T 39046 writes them as the p of n..n,p)."""
Scale = Annotated[int, msgspec.Meta(ge=0, le=MOST_SCALE)]


class Prefill(Document, frozen=True):
    """Which element of which base library fills the field."""

    library: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    element: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class FieldOption(Document, frozen=True):
    """One of the values that a field offers by itself, where no registered dictionary has them."""

    code: str
    name: str


class Column(Document, frozen=True):
    """One column of a table field."""

    code: str
    label: str
    data_type: DataType
    min_length: int | None = None
    max_length: int | None = None
    required: bool = False
    dictionary: str | None = None
    scale: Scale | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    options: tuple[FieldOption, ...] = ()
    unit: str = ""
    help: str = ""


class FormField(Document, frozen=True):
    """One field of an item form; `public_field` is the register code of the meaning it shares with others.

    `min_length` and `max_length` count characters, `max_length` of integer and decimal the digits; `scale` the digits
    after the point; `min_items` and `max_items` the rows of a table and the codes of a multi_dict. `group` is a section
    of the form. A coded field has a `dictionary` or `options` of its own; `visible_when` names fields of the same form.
    `within` names the field of the same form whose answer is the parent of this field's codes (merge/dependence.py).
    """

    code: str
    label: str
    data_type: DataType
    order: int
    min_length: int | None = None
    max_length: int | None = None
    required: bool = False
    dictionary: str | None = None
    within: str | None = None
    scale: Scale | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    options: tuple[FieldOption, ...] = ()
    unit: str = ""
    format: str | None = None
    std_format: str = ""
    public_field: str | None = None
    prefill: Prefill | None = None
    columns: tuple[Column, ...] = ()
    visible_when: Condition | None = None
    group: str | None = None
    help: str = ""


class FormSection(Document, frozen=True):
    """A part of an item form under a heading of its own; its fields exist only where `visible_when` holds."""

    code: str
    name: str
    help: str = ""
    visible_when: Condition | None = None


class ItemFormDocument(Document, frozen=True):
    """The form of one service item: sections in their order, and fields in theirs.

    `item` is the item's key; empty where a form comes without its item, as in a file.
    """

    item: str = ""
    sections: tuple[FormSection, ...] = ()
    fields: tuple[FormField, ...] = ()


# --- frozen -----------------------------------------------------------------------------------------------------------


class DictionaryEntryContent(Document, frozen=True):
    """An entry that was in force when its dictionary was frozen."""

    code: str
    name: str
    parent: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


class DictionaryContent(Document, frozen=True):
    """A dictionary as it was frozen. Its parents are entries of `parent_dictionary`, or divisions, or its own."""

    name: str
    standard: str = ""
    parent_dictionary: str | None = None
    is_below_divisions: bool = False
    entries: tuple[DictionaryEntryContent, ...] = ()

    @property
    def parents(self) -> dict[str, str]:
        """Code → the code above it, for the entries that have one."""
        return {entry.code: entry.parent for entry in self.entries if entry.parent}


class FrozenItemForm(Document, frozen=True):
    """An item form with the code lists it names: its canonical bytes are a version of the form.

    `revisions`: "dictionary:CODE", "public_field:CODE" → revision of the register entry at that moment.
    """

    document: ItemFormDocument
    item_name: str = ""
    dictionaries: dict[str, DictionaryContent] = {}
    revisions: dict[str, int] = {}


class ItemFormPackage(Document, frozen=True):
    """What is in force for one item: self-contained, no look-up elsewhere is needed to show the form."""

    format: str
    version: int
    division: str
    item: str
    name: str
    sections: tuple[FormSection, ...] = ()
    fields: tuple[FormField, ...] = ()
    dictionaries: dict[str, DictionaryContent] = {}


# --- files ------------------------------------------------------------------------------------------------------------


class EntryInFile(Document, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    alias: Annotated[str, msgspec.Meta(max_length=40)] = ""
    parent: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    valid_from: str | None = None  # ISO dates, both days included
    valid_to: str | None = None


class DictionaryInFile(Document, frozen=True):
    """A code list as files hand it over."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    items: tuple[EntryInFile, ...]
    standard: Annotated[str, msgspec.Meta(max_length=200)] = ""
    source: str = ""
    confidence: str = ""
    note: str = ""

    def period_problems(self, place: str) -> Iterator[Problem]:
        """Entries whose days cannot be read, whose period is the wrong way round, that outlive what is above them."""
        ends = {entry.code: parse_day(entry.valid_to) for entry in self.items if entry.valid_to is not None}
        for number, entry in enumerate(self.items):
            for name, text in (("valid_from", entry.valid_from), ("valid_to", entry.valid_to)):
                if text is not None and parse_day(text) is None:
                    sentence = f"“{text}”不是日期，应写成 2025-01-31 这样的格式。"
                    yield Problem(f"{place}/items/{number}/{name}", "malformed_date", sentence)
            last, first = ends.get(entry.code), parse_day(entry.valid_from or "")
            if first is not None and last is not None and last < first:
                sentence = f"字典项 {entry.code} 的停用日期早于启用日期。"
                yield Problem(f"{place}/items/{number}/valid_to", "empty_period", sentence)
            above = ends.get(entry.parent or "")
            if above is not None and (last or date.max) > above:
                sentence = f"字典项 {entry.code} 的上级代码 {entry.parent} 于 {above} 停用，它却更晚。"
                yield Problem(f"{place}/items/{number}/parent", "outlives_parent", sentence)
