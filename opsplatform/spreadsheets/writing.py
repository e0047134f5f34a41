"""The one spreadsheet writer: every cell is text, in constant memory, in XLSX or CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

from xlsxwriter import Workbook

from opsplatform.spreadsheets.errors import ExportRefused
from opsplatform.spreadsheets.formulas import neutralised

Format = Literal["xlsx", "csv"]
CONTENT_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MAX_LINES: dict[Format, int] = {"xlsx": 20_000, "csv": 60_000}  # some seconds of writing; more is asked for in parts
MAX_CELL = 32_767  # characters of an XLSX cell (ECMA-376 as Excel implements it)
_WIDEST, _NARROWEST = 60, 12


@dataclass(frozen=True)
class WrittenSheet:
    """One sheet of a workbook: its title, its headings, and the lines below them."""

    title: str
    headings: Sequence[str]
    lines: Iterable[Sequence[str]]


def write_xlsx(file: IO[bytes], title: str, headings: Sequence[str], lines: Iterable[Sequence[str]]) -> int:
    """The file holds one sheet of text cells under the headings; returns the number of lines.

    Raises ExportRefused past MAX_LINES or MAX_CELL: nothing is ever cut off silently.
    """
    return write_workbook(file, WrittenSheet(title, headings, lines))[0]


def write_workbook(file: IO[bytes], *sheets: WrittenSheet) -> list[int]:
    """The file holds these sheets of text cells, the first one open; returns the number of lines of each.

    Raises ExportRefused past MAX_LINES or MAX_CELL of a sheet.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        as_text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        as_heading = book.add_format(
            {"num_format": "@", "bold": True, "bg_color": "#E8EEF9", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        return [_write_sheet(book, one, as_text, as_heading) for one in sheets]


def _write_sheet(book: Workbook, written: WrittenSheet, as_text: Any, as_heading: Any) -> int:
    sheet = book.add_worksheet(_sheet_name(written.title))
    for column, heading in enumerate(written.headings):
        width = min(_WIDEST, max(_NARROWEST, 2 * len(heading) + 4))
        sheet.set_column(column, column, width, as_text)
        sheet.write_string(0, column, heading, as_heading)
    sheet.freeze_panes(1, 0)

    def write(number: int, line: Sequence[str]) -> None:
        for column, text in enumerate(line):
            if text and sheet.write_string(number, column, text, as_text) != 0:
                place = f"第 {number + 1} 行“{written.headings[column]}”"
                raise ExportRefused(f"{place}超过 Excel 一格的上限 {MAX_CELL} 字，请改导出 CSV。")

    return _counted("xlsx", written.lines, write)


def write_csv(file: IO[bytes], headings: Sequence[str], lines: Iterable[Sequence[str]]) -> int:
    """The file holds the lines as UTF-8 with BOM, every cell quoted and no cell a formula; returns their number."""
    text_file = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text_file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutralised(heading) for heading in headings])
    count = _counted("csv", lines, lambda _number, line: writer.writerow([neutralised(text) for text in line]))
    text_file.flush()
    text_file.detach()
    return count


def refuse_too_many(file_format: Format, line_count: int) -> None:
    """Passes for as many lines as a file of this format may have; raises ExportRefused for more."""
    if line_count > MAX_LINES[file_format]:
        instead = f"，或改导出 CSV（一次最多 {MAX_LINES['csv']} 行）" if file_format == "xlsx" else ""
        raise ExportRefused(f"超过 {MAX_LINES[file_format]} 行，请先筛选，再分次导出{instead}。")


def _counted(file_format: Format, lines: Iterable[Sequence[str]], write: Callable[[int, Sequence[str]], object]) -> int:
    count = 0
    for line in lines:
        count += 1
        refuse_too_many(file_format, count)
        write(count, line)
    return count


def _sheet_name(title: str) -> str:
    return "".join(character for character in title if character not in "[]:*?/\\'")[:31] or "Sheet1"
