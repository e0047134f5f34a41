"""The child that parses: run as a program, alone, under limits it sets itself before it reads the first byte.

Argument: "xlsx" or "csv". Standard input: the file. Standard output: one JSON object, {"lines": [[number, [cells]], …]}
or {"refusal": "…"}. It imports nothing of ours, so that it starts quickly and has little to lose.
"""

import codecs
import csv
import datetime
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import Any

MAX_MEMORY = 512 * 1024 * 1024
MAX_SECONDS = 15
MAX_LINES = 20_000
MAX_COLUMNS = 100
MAX_CELL = 32_767
MAX_TEXT = 8 * 1024 * 1024
_LARGEST_EXACT = 10**15  # Excel keeps 15 digits of a number


class Unreadable(Exception):
    """A sentence for people."""


def confine() -> None:
    """This process gets no more memory, time, files or children than parsing needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024 * 1024, 64 * 1024 * 1024))


def read_xlsx(content: bytes) -> Iterator[list[str]]:
    """The cells of the first visible sheet as texts: values, never formulas."""
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
        sheet = book.get_sheet_by_name(visible[0])
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable("文件的内容不能读取，可能已损坏；请用电子表格软件重新保存。") from error
    if sheet.total_width > MAX_COLUMNS:
        raise Unreadable(f"超过 {MAX_COLUMNS} 列。")
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


def read_csv(content: bytes) -> Iterator[list[str]]:
    """The cells of the text, in UTF-8 with or without BOM or in GB18030."""
    yield from csv.reader(io.StringIO(decoded(content), newline=""), strict=True)


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
            raise Unreadable(f"超过 {MAX_LINES} 行，请分成几份。")
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
        answer: dict[str, Any] = {"lines": bounded(reader(sys.stdin.buffer.read()))}
    except Unreadable as refusal:
        answer = {"refusal": str(refusal)}
    except csv.Error:
        answer = {"refusal": "CSV 的引号不配对，或一格过长；请用电子表格软件重新保存。"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
