"""Hostile files end in a sentence; odd ones are read as people see them."""

import datetime
import io
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from xlsxwriter import Workbook

from opsplatform.spreadsheets import gate, reading
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.reading import read_book
from opsplatform.spreadsheets.tests.first_sheet import read_lines
from opsplatform.spreadsheets.tests.hostile_files import MAIN, REFUSED, bomb, package, sheet_xml, text_cell

_CHINESE = re.compile("[一-鿿].*。$")


def cells_of(content: bytes, name: str = "a.xlsx") -> list[tuple[str, ...]]:
    return [line.cells for line in read_lines(io.BytesIO(content), name)]


def workbook(fill: Callable[[Any, Any], None]) -> bytes:
    with io.BytesIO() as file:
        with Workbook(file) as book:
            fill(book, book.add_worksheet())
        return file.getvalue()


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_ends_in_a_sentence(case: str) -> None:
    name, make = REFUSED[case]
    with pytest.raises(FileRefused) as refusal:
        read_lines(io.BytesIO(make()), name)
    assert _CHINESE.search(refusal.value.sentence), refusal.value.sentence


def test_an_old_workbook_is_told_what_to_become() -> None:
    with pytest.raises(FileRefused, match=r"另存为 \.xlsx"):
        read_lines(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "a.xls")


def test_a_bomb_does_not_raise_the_memory_of_this_process() -> None:
    content = bomb()
    assert 100_000 < len(content) < 160_000
    program = (
        "import io, resource, sys\n"
        "from opsplatform.spreadsheets.errors import FileRefused\n"
        "from opsplatform.spreadsheets.reading import read_book\n"
        "content = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read_book(io.BytesIO(content), 'a.xlsx', most=1)\n"
        "except FileRefused:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True, check=True)
    assert int(ran.stdout) < 8 * 1024  # KB


def test_only_so_many_files_are_read_at_once_whoever_uploads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[bool] = []
    seen: list[int] = []
    run = subprocess.run

    def counted(*args: Any, **kwargs: Any) -> Any:
        running.append(True)
        seen.append(len(running))
        try:
            return run(*args, **kwargs)
        finally:
            running.pop()

    monkeypatch.setattr(subprocess, "run", counted)
    with ThreadPoolExecutor(6) as pool:
        assert len({tuple(cells) for cells in pool.map(lambda _: cells_of(b"a,b\n1,2\n", "a.csv")[1], range(6))}) == 1
    assert max(seen) == 2

    monkeypatch.setattr(reading, "MAX_SECONDS", 0.01)
    for _ in range(2):
        reading.CHILDREN.acquire()
    try:
        with pytest.raises(FileRefused, match="过一分钟"):
            cells_of(b"a,b\n1,2\n", "a.csv")
    finally:
        reading.CHILDREN.release(2)


def test_what_slips_through_the_gate_dies_in_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: without the stream checks the child's own limit ends the far corner, and this process stays small."""
    monkeypatch.setattr(gate, "admit", lambda _file, _name: gate.Admitted("xlsx", 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileRefused):
        read_lines(io.BytesIO(REFUSED["far corner"][1]()), "a.xlsx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


def test_a_child_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_SECONDS", 0.01)
    with pytest.raises(FileRefused, match="用时过长"):
        read_lines(io.BytesIO(b"a"), "a.csv")


def test_the_saboteur_gate_that_trusts_the_directory_lets_the_bomb_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(_package: Any, part: zipfile.ZipInfo, unpacked: int, _size: int) -> int:
        return unpacked + min(part.file_size, 100)

    monkeypatch.setattr(gate, "_unpack", trusting)
    content = REFUSED["bomb that lies about its size"][1]()
    assert gate.admit(io.BytesIO(content), "a.xlsx").format == "xlsx"


def test_values_are_spelled_as_people_see_them() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_string(0, 0, "000123")
        sheet.write_number(0, 1, 310101)
        sheet.write_number(0, 2, 1.5)
        sheet.write_datetime(0, 3, datetime.date(2026, 1, 31), day)
        sheet.write_boolean(0, 4, True)
        sheet.write_formula(0, 5, "=1+1", None, "2")

    assert cells_of(workbook(fill)) == [("000123", "310101", "1.5", "2026-01-31", "是", "2")]


def test_a_formula_is_its_last_value_and_never_worked_out() -> None:
    cell = '<c r="A1" t="str"><f>HYPERLINK("http://evil","x")</f><v>看到的</v></c>'
    assert cells_of(package(sheet_xml(f'<row r="1">{cell}</row>'))) == [("看到的",)]


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ('<c r="B1"><f>1+1</f></c>', "第 1 行 B 列是公式，文件里没有它的结果"),
        ('<c r="B1"><f>1+1</f><v></v></c>', "第 1 行 B 列是公式，文件里没有它的结果"),
        ('<c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "第 1 行 B 列是错误值 #DIV/0!"),
        ('<c r="B1" t="str"><f>A1</f><v></v></c>', None),
    ],
    ids=["never worked out", "worked out to nothing", "an error", "an empty text"],
)
def test_a_cell_without_a_value_is_told_with_its_cause(cell: str, cause: str | None) -> None:
    content = package(sheet_xml(f'<row r="1">{text_cell("A1", "a")}{cell}</row>'))
    if cause is None:
        assert cells_of(content) == [("a",)]
        return
    with pytest.raises(FileRefused, match=re.escape(cause)):
        cells_of(content)


def test_sheets_that_are_not_read_are_named_where_they_say_something() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "a")
        book.add_worksheet("空")
        book.add_worksheet("补充").write_string(0, 0, "b")

    book = read_book(io.BytesIO(workbook(fill)), "a.xlsx", most=1)
    assert ([sheet.lines[0].cells for sheet in book.sheets], book.further) == ([("a",)], ("补充",))


def test_merged_cells_speak_once() -> None:
    content = workbook(lambda _book, sheet: sheet.merge_range(0, 0, 1, 1, "合并") or sheet.write_string(2, 0, "其后"))
    assert cells_of(content) == [("合并",), ("其后",)]


def test_lines_keep_the_numbers_people_see() -> None:
    rows = f'<row r="3">{text_cell("B3", "标题")}</row><row r="7">{text_cell("B7", "值")}</row>'
    lines = read_lines(io.BytesIO(package(sheet_xml(rows))), "a.xlsx")
    assert [(line.number, line.cells) for line in lines] == [(3, ("", "标题")), (7, ("", "值"))]


def test_a_number_that_the_spreadsheet_rounded_is_refused_with_its_place() -> None:
    with pytest.raises(FileRefused, match="第 2 行 B 列"):
        cells_of(workbook(lambda _book, sheet: sheet.write_number(1, 1, 310101199001010011)))


def test_a_dimension_that_lies_changes_nothing() -> None:
    assert cells_of(package(sheet_xml(f'<row r="1">{text_cell("A1", "a")}</row>', "A1:XFD1048576"))) == [("a",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_the_encodings_in_use(encoding: str) -> None:
    assert cells_of("代码,名称\r\n01,上海㐀\r\n".encode(encoding), "a.csv") == [("代码", "名称"), ("01", "上海㐀")]


def test_unknown_styles_and_parts_do_no_harm() -> None:
    content = package(further={"xl/styles.xml": f"<styleSheet {MAIN}/>", "docProps/app.xml": "<x/>"})
    assert cells_of(content) == [("代码",)]


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_of_spreadsheets(column: int, name: str) -> None:
    assert letters(column) == name
