"""The child that parses: run as a program, alone, under limits it sets itself before it reads the first byte.

Arguments: "xlsx" or "csv", and how many sheets to read at most. Standard input: the file. Standard output: one JSON
object, {"sheets": [[title, [[number, [cells]], …]], …], "further": [title, …]} or {"refusal": "…"}; `further` are the
visible sheets that say something and were not read. It imports nothing of ours, so that it starts quickly and has
little to lose.
"""

import codecs
import csv
import datetime
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

MAX_MEMORY = 512 * 1024 * 1024
MAX_SECONDS = 15
MAX_LINES = 20_000
TOO_MANY_LINES = f"超过 {MAX_LINES} 行，请分成几份；一条登记（例如一本字典）的各行须在同一份里，最多也是这么多行。"
MAX_COLUMNS = 100
MAX_CELLS = MAX_LINES * MAX_COLUMNS  # empty ones as well, which cost as much
MAX_CELL = 32_767
MAX_TEXT = 8 * 1024 * 1024
_LARGEST_EXACT = 10**15  # Excel keeps 15 digits of a number
_MOST_FURTHER = 10
_WITHOUT_VALUE = re.compile(rb"""<(?:\w+:)?f[\s/>]|\bt=["']e["']""")  # a formula or an error, somewhere in the sheet


class Unreadable(Exception):
    """A sentence for people."""


def confine() -> None:
    """This process gets no more memory, time, files or children than parsing needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024 * 1024, 64 * 1024 * 1024))


class Book:
    """Sheets by title, each with its cells as texts, and the titles of further ones that say something."""

    def __init__(self, sheets: Iterable[tuple[str, Iterable[list[str]]]], further: Iterable[str] = ()) -> None:
        self.sheets = sheets
        self.further = list(further)


def read_xlsx(content: bytes, most: int) -> Book:
    """The first visible sheets: values, never formulas; raises Unreadable where a formula has none."""
    import python_calamine  # noqa: PLC0415 — only under the limits, and only for this format

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        if not visible:
            raise Unreadable("文件中没有可见的工作表。")
        sheets = [(name, book.get_sheet_by_name(name)) for name in visible[:most]]
        rest = visible[most : most + _MOST_FURTHER]
        further = [name for name in rest if book.get_sheet_by_name(name).end is not None]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable("文件的内容不能读取，可能已损坏；请用电子表格软件重新保存。") from error
    if any(sheet.total_width > MAX_COLUMNS for _, sheet in sheets):
        raise Unreadable(f"超过 {MAX_COLUMNS} 列。")
    if any(sheet.total_width * sheet.total_height > MAX_CELLS for _, sheet in sheets):
        raise Unreadable("有内容的格子相隔太远，中间几乎都是空的；请删去多余的空行空列，重新保存。")
    _refuse_without_value(content, visible[:most])
    return Book([(name, _rows(sheet)) for name, sheet in sheets], further)


def _refuse_without_value(content: bytes, titles: list[str]) -> None:
    """Raises Unreadable at the first cell that shows an error, or whose formula nobody has worked out."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = _parts_of(package)
        for title in titles:
            xml = package.read(parts[title]) if parts.get(title) in package.namelist() else b""
            if _WITHOUT_VALUE.search(xml):
                _look_at_cells(xml)


def _parts_of(package: zipfile.ZipFile) -> dict[str, str]:
    """Title of a sheet → the part of the package in which it stands."""
    try:
        relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 — the gate lets no DOCTYPE in
        sheets = ElementTree.fromstring(package.read("xl/workbook.xml")).findall("{*}sheets/{*}sheet")  # noqa: S314 — as above
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    found = {}
    for sheet in sheets:
        reference = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        target = posixpath.normpath(posixpath.join("/xl", targets.get(reference, ""))).lstrip("/")
        found[sheet.get("name", "")] = target
    return found


def _look_at_cells(xml: bytes) -> None:
    for _, cell in ElementTree.iterparse(io.BytesIO(xml)):  # noqa: S314 — the gate lets no DOCTYPE in
        if cell.tag.endswith("}row"):
            cell.clear()
        if not cell.tag.endswith("}c"):
            continue
        kind, value, formula = cell.get("t"), cell.find("{*}v"), cell.find("{*}f")
        place = re.sub(r"([A-Z]+)([0-9]+)", r"第 \2 行 \1 列", cell.get("r", "")) or "有一格"
        if kind == "e":
            raise Unreadable(f"{place}是错误值 {(value is not None and value.text) or ''}；请改正，或换成要填的内容。")
        if formula is not None and (value is None or (kind != "str" and not value.text)):
            raise Unreadable(f"{place}是公式，文件里没有它的结果；请用电子表格软件打开后重新保存，或粘贴为数值。")


def _rows(sheet: Any) -> Iterator[list[str]]:
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1):
        yield [spelled(value, number, column) for column, value in enumerate(row)]


def spelled(value: Any, number: int, column: int) -> str:
    """The cell as text: days as 2026-01-31, whole numbers without a point, truth values as 是 and 否."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        if abs(value) >= _LARGEST_EXACT:
            place = f"第 {number} 行 {letters(column)} 列"
            raise Unreadable(f"{place}是超过 15 位的数字，电子表格已丢失末尾几位；请把这一列设为文本后重新填写。")
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time.min
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def letters(column: int) -> str:
    """The column's name in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def read_csv(content: bytes, _most: int) -> Book:
    """The cells of the text, in UTF-8 with or without BOM or in GB18030, as one sheet without a title."""
    return Book([("", csv.reader(io.StringIO(decoded(content), newline=""), strict=True))])


def decoded(content: bytes) -> str:
    """The text of the bytes: UTF-8 where they are, else GB18030, else a refusal."""
    if content.startswith(codecs.BOM_UTF8):
        content, encodings = content[3:], ("utf-8",)
    else:
        encodings = ("utf-8", "gb18030")  # type: ignore[assignment]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("文字编码不能识别，请另存为“CSV UTF-8”。")


def bounded(rows: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    """The lines that say anything, with their numbers; raises Unreadable past a bound."""
    lines: list[tuple[int, list[str]]] = []
    text = 0
    for number, row in enumerate(rows, 1):
        while row and not row[-1].strip():
            row.pop()
        if not row:
            continue
        if len(row) > MAX_COLUMNS:
            raise Unreadable(f"第 {number} 行超过 {MAX_COLUMNS} 列。")
        if len(lines) >= MAX_LINES:
            raise Unreadable(TOO_MANY_LINES)
        for column, cell in enumerate(row):
            text += len(cell)
            if "\x00" in cell:
                raise Unreadable(f"第 {number} 行 {letters(column)} 列含有空字符（NUL），不能保存。")
            if len(cell) > MAX_CELL:
                raise Unreadable(f"第 {number} 行 {letters(column)} 列超过 {MAX_CELL} 字。")
        if text > MAX_TEXT:
            raise Unreadable("文件中的文字过多，请分成几份。")
        lines.append((number, row))
    return lines


def main() -> None:
    """The answer stands on standard output."""
    confine()
    csv.field_size_limit(MAX_CELL + 1)
    reader = {"xlsx": read_xlsx, "csv": read_csv}[sys.argv[1]]
    try:
        book = reader(sys.stdin.buffer.read(), int(sys.argv[2]))
        sheets = [(title, bounded(rows)) for title, rows in book.sheets]
        answer: dict[str, Any] = {"sheets": sheets, "further": book.further}
    except Unreadable as refusal:
        answer = {"refusal": str(refusal)}
    except csv.Error:
        answer = {"refusal": "CSV 的引号不配对，或一格过长；请用电子表格软件重新保存。"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
