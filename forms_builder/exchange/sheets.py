"""An item form as a sheet: one row per section, field and column of a table; and a sheet as a form, every fault told.

A row says what it is in its first cell. A field names its section and a column its table in the cell 所属; the rows
stand in the order in which the form is filled in.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from forms_builder.documents import (
    MOST_SCALE,
    TYPE_LABELS,
    Column,
    FieldOption,
    FormField,
    FormSection,
    ItemFormDocument,
    Prefill,
)
from opsplatform.kernel.condition_spelling import Unreadable, read, spell
from opsplatform.kernel.conditions import Condition

SECTION, FIELD, COLUMN = "分组", "字段", "表格列"
_KINDS = (SECTION, FIELD, COLUMN)
YES, NO = "是", "否"
MOST_PROBLEMS = 500
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_SPELLED = {"\\": "\\\\", "\n": "\\n", " ": "\\s"}  # in options, whose code and name a blank separates
_MEANT = {spelled: meant for meant, spelled in _SPELLED.items()}
_TYPES = {label: code for code, label in TYPE_LABELS.items()} | {code: code for code in TYPE_LABELS}


class CellFault(msgspec.Struct, frozen=True):
    """Something wrong in the sheet: the line, the heading of its column (empty for the whole line), a sentence."""

    line: int
    heading: str
    sentence: str


class _BadCell(ValueError):
    """The cell does not say what its column asks for."""


class SheetColumn(msgspec.Struct, frozen=True):
    """One column: how a value is spelled and read, and which rows have it."""

    heading: str
    attribute: str
    spell: Callable[[Any], str]
    read: Callable[[str], Any]
    rows: tuple[str, ...]
    help: str


def _truth(text: str) -> bool:
    if text not in (YES, NO, ""):
        raise _BadCell(f"应为“{YES}”或“{NO}”。")
    return text == YES


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _BadCell("应为不小于 0 的整数。")
    return int(text)


def _decimals(text: str) -> int | None:
    decimals = _whole(text)
    if decimals is not None and decimals > MOST_SCALE:
        raise _BadCell(f"应为 0 到 {MOST_SCALE} 的整数。")
    return decimals


def _number(text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise _BadCell("应为数字。")
    return float(text) if "." in text else int(text)


def _number_text(value: float | None) -> str:
    return "" if value is None else f"{Decimal(repr(value)):f}".removesuffix(".0")


def _type(text: str) -> str:
    if text not in _TYPES:
        raise _BadCell(f"应为：{'、'.join(TYPE_LABELS.values())}。")
    return _TYPES[text]


def _given(text: str) -> str:
    if not text:
        raise _BadCell("必填。")
    return text


def _options_text(options: tuple[FieldOption, ...]) -> str:
    return "\n".join(f"{_escaped(one.code)} {_escaped(one.name)}" for one in options)


def _escaped(text: str) -> str:
    """The text without white space: a blank as \\s, a line break as \\n, any other by its number."""
    return re.sub(r"[\\\s]", lambda found: _SPELLED.get(found[0], f"\\u{ord(found[0]):04x}"), text)


def _restored(text: str) -> str:
    def spelled(found: re.Match[str]) -> str:
        return _MEANT.get(found[0]) or chr(int(found[1], 16))

    return re.sub(r"\\(?:[\\ns]|u([0-9a-f]{4}))", spelled, text)


def _options(text: str) -> tuple[FieldOption, ...]:
    found: dict[str, FieldOption] = {}
    for line in text.replace("\r", "\n").split("\n"):
        code, _, name = line.strip().partition(" ")
        if not code:
            continue
        option = FieldOption(code=_restored(code), name=_restored(name.strip() or code))
        if option.code in found:
            raise _BadCell(f"选项代码 {option.code} 重复。")
        found[option.code] = option
    return tuple(found.values())


def _prefill_text(prefill: Prefill | None) -> str:
    return "" if prefill is None else f"{prefill.library}/{prefill.element}"


def _prefill(text: str) -> Prefill | None:
    if not text:
        return None
    library, slash, element = text.partition("/")
    if not slash or not library or not element or len(library) > 60 or len(element) > 100:
        raise _BadCell("应为“库/数据项”，例如 人口库/姓名。")
    return Prefill(library=library, element=element)


def _condition(text: str) -> Condition | None:
    try:
        return read(text)
    except Unreadable as error:
        raise _BadCell(str(error)) from error


def _text(value: Any) -> str:
    return str(value or "")


def _or_none(text: str) -> str | None:
    return text or None


_CONDITION_HELP = '例如 【kind】 等于 "01" 并且 【age】 不小于 18'
_PARTS, _FIELDS = (FIELD, COLUMN), (FIELD,)
COLUMNS: tuple[SheetColumn, ...] = (
    SheetColumn("编码", "code", _text, _given, _KINDS, "同一张表单中不重复；改编码就是换一个字段"),
    SheetColumn("名称", "label", _text, _given, _KINDS, "填写人看到的名称"),
    SheetColumn("所属", "group", _text, _or_none, _PARTS, "字段写分组的编码，可以留空；表格列写表格字段的编码"),
    SheetColumn("类型", "data_type", lambda kind: TYPE_LABELS[kind], _type, _PARTS, "、".join(TYPE_LABELS.values())),
    SheetColumn("必填", "required", lambda truth: YES if truth else NO, _truth, _PARTS, "是或否；留空为否"),
    SheetColumn("最小长度", "min_length", _number_text, _whole, _PARTS, "文字的字数"),
    SheetColumn("最大长度", "max_length", _number_text, _whole, _PARTS, "文字的字数；数字的总位数"),
    SheetColumn("小数位数", "scale", _number_text, _decimals, _PARTS, f"只用于小数，最多 {MOST_SCALE} 位"),
    SheetColumn("最小值", "minimum", _number_text, _number, _PARTS, "只用于数字"),
    SheetColumn("最大值", "maximum", _number_text, _number, _PARTS, "只用于数字"),
    SheetColumn("最少条数", "min_items", _number_text, _whole, _FIELDS, "只用于表格和多选"),
    SheetColumn("最多条数", "max_items", _number_text, _whole, _FIELDS, "只用于表格和多选"),
    SheetColumn("单位", "unit", _text, str, _PARTS, "例如 元"),
    SheetColumn("校验规则", "pattern", _text, _or_none, _PARTS, "正则表达式"),
    SheetColumn("格式", "format", _text, _or_none, _FIELDS, "例如 uscc、id_card、phone"),
    SheetColumn("标准格式", "std_format", _text, str, _FIELDS, "按 GB/T 39046 书写，例如 an..18"),
    SheetColumn("字典", "dictionary", _text, _or_none, _PARTS, "字典登记的代码；与“选项”只填一种"),
    SheetColumn("选项", "options", _options_text, _options, _PARTS, "每行一个：代码、空格、名称；内容里的空格写作 \\s"),
    SheetColumn("选项取决于", "within", _text, _or_none, _FIELDS, "字段的编码，它的回答是上级代码；例如街道写区的编码"),
    SheetColumn("公共字段", "public_field", _text, _or_none, _FIELDS, "公共字段登记的代码"),
    SheetColumn("预填来源", "prefill", _prefill_text, _prefill, _FIELDS, "库/数据项"),
    SheetColumn("显示条件", "visible_when", spell, _condition, (SECTION, FIELD), _CONDITION_HELP),
    SheetColumn("填写说明", "help", _text, str, _KINDS, "名称下方的提示"),
    SheetColumn("次序", "order", _number_text, _whole, _FIELDS, "留空按所在行的先后"),
)  # fmt: skip
KIND = "行类型"
HEADINGS = [KIND, *(column.heading for column in COLUMNS)]
HELPS = [f"{'、'.join(_KINDS)} 之一", *(column.help for column in COLUMNS)]
_AS_WRITTEN = ("label", "pattern", "help")  # blanks at their ends are theirs
_NEEDED = (KIND, "编码", "名称", "类型")
_BY_HEADING = {column.heading: column for column in COLUMNS}


# --- out --------------------------------------------------------------------------------------------------------------


def rows_of(document: ItemFormDocument) -> list[list[str]]:
    """The rows of the form under HEADINGS: sections first, then fields, each table's columns below it."""
    rows = [_row(SECTION, section, {"label": section.name}) for section in document.sections]
    for field in document.fields:
        rows.append(_row(FIELD, field, {}))
        rows += [_row(COLUMN, column, {"group": field.code}) for column in field.columns]
    return rows


def _row(kind: str, part: Any, said: dict[str, Any]) -> list[str]:
    cells = [kind]
    for column in COLUMNS:
        value = said.get(column.attribute, getattr(part, column.attribute, None))
        cells.append(column.spell(value) if kind in column.rows else "")
    return cells


# --- in ---------------------------------------------------------------------------------------------------------------


class SheetReading(msgspec.Struct, frozen=True):
    """What a sheet says: the form, everything wrong with it, and the columns that it leaves as they are."""

    document: ItemFormDocument
    faults: tuple[CellFault, ...]
    absent: tuple[str, ...]


def read_rows(lines: Sequence[tuple[int, Sequence[str]]], base: ItemFormDocument) -> SheetReading:
    """The form of the numbered lines, headings first; `base` gives what columns that the sheet has not would say."""
    number, headings = lines[0][0], [cell.strip() for cell in lines[0][1]]
    faults = list(_heading_faults(number, headings))
    if faults:
        return SheetReading(base, tuple(faults), ())
    absent = tuple(column.heading for column in COLUMNS if column.heading not in headings)
    reader = _Reader(headings, base, absent)
    for place, cells in lines[1:]:
        beyond = next((cell.strip() for cell in cells[len(headings) :] if cell.strip()), "")
        reader.row(place, dict(zip(headings, cells, strict=False)), beyond)
    return SheetReading(reader.document(), tuple(reader.faults[:MOST_PROBLEMS]), absent)


def _heading_faults(number: int, headings: list[str]) -> list[CellFault]:
    known = [heading for heading in dict.fromkeys(headings) if heading]
    strange = [heading for heading in known if heading not in HEADINGS]
    doubled = [heading for heading in known if headings.count(heading) > 1]
    missing = [heading for heading in _NEEDED if heading not in headings]
    return [
        *(CellFault(number, heading, "没有这样的列，请使用下载的模板。") for heading in strange),
        *(CellFault(number, heading, "这一列出现了两次。") for heading in doubled),
        *(CellFault(number, heading, f"缺少“{heading}”这一列。") for heading in missing),
        *([CellFault(number, "", "有一列没有标题。")] if "" in headings else []),
    ]


class _Reader:
    def __init__(self, headings: list[str], base: ItemFormDocument, absent: tuple[str, ...]) -> None:
        self.headings = headings
        self.faults: list[CellFault] = []
        self.sections: dict[str, FormSection] = {}
        self.fields: dict[str, FormField] = {}
        self.columns: dict[str, dict[str, tuple[int, Column]]] = {}
        self.groups: list[tuple[int, str]] = []
        self.refused: set[tuple[str, str]] = set()
        kept = [_BY_HEADING[heading].attribute for heading in absent]
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        parts: list[tuple[tuple[str, str], Any]] = [((SECTION, one.code), one) for one in base.sections]
        for field in base.fields:
            parts.append(((FIELD, field.code), field))
            parts += [((field.code, column.code), column) for column in field.columns]
        for key, part in parts:
            self.kept[key] = {name: getattr(part, name) for name in kept if hasattr(part, name)}

    def fault(self, line: int, heading: str, sentence: str) -> None:
        self.faults.append(CellFault(line, heading, sentence))

    def row(self, line: int, cells: dict[str, str], beyond: str) -> None:
        """The part of the form that a line says; what is wrong with it is noted. `beyond`: what is under no heading."""
        if beyond:
            self.fault(line, "", f"“{beyond[:20]}”在没有标题的列里，不会带入；请给这一列加上标题，或删去内容。")
        kind = cells.get(KIND, "").strip()
        if kind not in _KINDS:
            self.fault(line, KIND, f"应为：{'、'.join(_KINDS)}。")
            return
        values, faults = self._values(line, kind, cells)
        self.faults += faults
        if faults:
            self.refused.add((kind, values.get("code", "")))
            return
        if kind == SECTION:
            self._section(line, values)
        elif kind == FIELD:
            self._field(line, values)
        else:
            self._column(line, values)

    def _values(self, line: int, kind: str, cells: dict[str, str]) -> tuple[dict[str, Any], list[CellFault]]:
        values: dict[str, Any] = {}
        faults = []
        for heading in self.headings:
            column = _BY_HEADING.get(heading)
            if column is None:
                continue
            written = cells.get(heading, "")
            text = written if column.attribute in _AS_WRITTEN and written.strip() else written.strip()
            if kind not in column.rows:
                if text:
                    faults.append(CellFault(line, heading, f"“{kind}”的行不填这一列。"))
                continue
            try:
                values[column.attribute] = column.read(text)
            except _BadCell as error:
                faults.append(CellFault(line, heading, str(error)))
        return values, faults

    def _section(self, line: int, values: dict[str, Any]) -> None:
        code = values["code"]
        if code in self.sections:
            self.fault(line, "编码", f"分组编码 {code} 重复。")
            return
        values = {**self.kept.get((SECTION, code), {}), **values}
        self.sections[code] = FormSection(name=values.pop("label"), **values)

    def _field(self, line: int, values: dict[str, Any]) -> None:
        code = values["code"]
        if code in self.fields:
            self.fault(line, "编码", f"字段编码 {code} 重复。")
            return
        values = {**self.kept.get((FIELD, code), {}), **values}
        if values.get("group"):
            self.groups.append((line, values["group"]))
        if values.get("order") is None:
            values["order"] = (len(self.fields) + 1) * 10
        self.fields[code] = FormField(**values)

    def _column(self, line: int, values: dict[str, Any]) -> None:
        table = values.pop("group", None)
        if not table:
            self.fault(line, "所属", "表格列要写明它所属表格字段的编码。")
            return
        columns = self.columns.setdefault(table, {})
        code = values["code"]
        if code in columns:
            self.fault(line, "编码", f"表格 {table} 的列编码 {code} 重复。")
            return
        columns[code] = (line, Column(**{**self.kept.get((table, code), {}), **values}))

    def document(self) -> ItemFormDocument:
        """The form of all lines; columns without their table and fields without their section are noted."""
        for line, group in self.groups:
            if group not in self.sections and (SECTION, group) not in self.refused:
                self.fault(line, "所属", f"没有编码为 {group} 的分组。")
        for table, columns in self.columns.items():
            field = self.fields.get(table)
            first = next(iter(columns.values()))[0]
            if field is None and (FIELD, table) in self.refused:
                continue
            if field is None:
                self.fault(first, "所属", f"没有编码为 {table} 的字段。")
            elif field.data_type != "table":
                self.fault(first, "所属", f"字段 {table} 的类型不是“{TYPE_LABELS['table']}”，不能有列。")
            else:
                told = tuple(column for _, column in columns.values())
                self.fields[table] = msgspec.structs.replace(field, columns=told)
        self.faults.sort(key=lambda fault: fault.line)
        return ItemFormDocument(sections=tuple(self.sections.values()), fields=tuple(self.fields.values()))
