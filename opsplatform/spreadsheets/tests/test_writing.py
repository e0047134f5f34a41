"""Nothing that is written is a formula, whoever reads it, and everything comes back as it went."""

import csv
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplatform.spreadsheets import writing
from opsplatform.spreadsheets.errors import ExportRefused
from opsplatform.spreadsheets.formulas import neutralised, restored
from opsplatform.spreadsheets.tests.first_sheet import read_lines
from opsplatform.spreadsheets.tests.payloads import FORMULAS
from opsplatform.spreadsheets.writing import MAX_CELL, Format, write_csv, write_xlsx

LIVE = tuple("=+-@\t\r\n\0 ＝＋－＠﹦﹢﹣﹫−\u00a0\u3000\u200b\u2060\ufeff\x0b")


def written(file_format: Format, lines: list[list[str]], headings: list[str] | None = None) -> bytes:
    file = io.BytesIO()
    headings = headings or ["代码", "内容"]
    if file_format == "xlsx":
        assert write_xlsx(file, "登记", headings, lines) == len(lines)
    else:
        assert write_csv(file, headings, lines) == len(lines)
    return file.getvalue()


def test_there_are_sixty_payloads_and_more() -> None:
    assert len(set(FORMULAS)) == len(FORMULAS) >= 60


def test_no_cell_of_a_workbook_is_live_for_the_second_reader() -> None:
    content = written("xlsx", [["k", payload] for payload in FORMULAS])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert len(cells) == len(FORMULAS)
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in parts and b"<f " not in parts and b"hyperlink" not in parts


def test_no_cell_of_a_text_file_begins_like_a_formula() -> None:
    content = written("csv", [["k", payload] for payload in FORMULAS])
    assert content.startswith(b"\xef\xbb\xbf")
    cells = [line[1] for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))][1:]
    assert len(cells) == len(FORMULAS) and not [cell for cell in cells if cell.startswith(LIVE)]


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_every_payload_comes_back_as_it_went(file_format: Format) -> None:
    content = written(file_format, [["k", payload] for payload in FORMULAS])
    back = [line.cells[1] for line in read_lines(io.BytesIO(content), f"a.{file_format}")][1:]
    assert back == FORMULAS


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n ＝a1"), max_size=8))
def test_the_guard_is_undone_exactly(text: str) -> None:
    assert restored(neutralised(text)) == text
    assert not neutralised(text).startswith(LIVE)


@pytest.mark.parametrize("broken", [lambda text: text, lambda text: f"'{text}" if text[:1] in "=+-@\t\r\n " else text])
def test_a_writer_without_the_whole_guard_is_caught(
    broken: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saboteur: no guard, and one that knows plain signs and blanks only."""
    monkeypatch.setattr(writing, "neutralised", broken)
    with pytest.raises(AssertionError):
        test_no_cell_of_a_text_file_begins_like_a_formula()


def test_a_cell_too_long_for_a_workbook_is_refused_and_not_cut_off() -> None:
    lines = [["k", "字" * (MAX_CELL + 1)]]
    with pytest.raises(ExportRefused, match="第 2 行“内容”"):
        written("xlsx", lines)
    assert len(written("csv", lines)) > 3 * MAX_CELL


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_LINES", {"xlsx": 3, "csv": 3})
    with pytest.raises(ExportRefused, match="超过 3 行"):
        written("csv", [["a", "b"]] * 4)
