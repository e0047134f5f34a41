"""The one reader of uploaded spreadsheets: gate first, then a child process that may die without harm."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

from opsplatform.spreadsheets import gate, reader_process
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.formulas import restored

MAX_SECONDS = 20  # by the wall; the child limits its own processor time below that
MAX_ANSWER = 64 * 1024 * 1024
CHILDREN = BoundedSemaphore(2)  # of this process: each may take as much memory as reader_process says
_DIED = "文件展开后过大，或结构异常，不能读取。"


@dataclass(frozen=True)
class Line:
    """One line of a sheet: its number as the spreadsheet program shows it, and its cells as texts."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ReadSheet:
    """One sheet of a file: its title (empty in CSV), and the lines that say anything, headings first."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class ReadBook:
    """The sheets that were read, and the titles of visible ones that say something and were not."""

    sheets: list[ReadSheet]
    further: tuple[str, ...]


def read_sheets(file: IO[bytes], name: str, *, most: int) -> list[ReadSheet]:
    """The first visible sheets of an uploaded file, at least one, at most so many.

    Raises FileRefused as `read_book` does.
    """
    return read_book(file, name, most=most).sheets


def read_book(file: IO[bytes], name: str, *, most: int) -> ReadBook:
    """The same, with what is not read.

    Raises FileRefused with a sentence for people, also where the first sheet is empty; this process's memory grows by
    the texts read, whatever the file.
    """
    admitted = gate.admit(file, name)
    command = [sys.executable, "-I", str(Path(reader_process.__file__)), admitted.format, str(most)]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        while piece := file.read(64 * 1024):
            source.write(piece)
        source.seek(0)
        if not CHILDREN.acquire(timeout=MAX_SECONDS):
            raise FileRefused("正在读取的文件太多，请过一分钟再上传。")
        try:
            child = subprocess.run(
                command, stdin=source, stdout=answer, stderr=subprocess.DEVNULL, timeout=MAX_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefused("读取文件用时过长，不能接受。") from error
        finally:
            CHILDREN.release()
        if child.returncode != 0 or answer.seek(0, 2) > MAX_ANSWER:
            raise FileRefused(_DIED)
        answer.seek(0)
        told = json.loads(answer.read())
    if "refusal" in told:
        raise FileRefused(told["refusal"])
    undo = restored if admitted.format == "csv" else str
    sheets = [
        ReadSheet(title, [Line(number, tuple(undo(cell) for cell in cells)) for number, cells in lines])
        for title, lines in told["sheets"]
    ]
    if not sheets[0].lines:
        raise FileRefused("文件中没有内容。")
    return ReadBook(sheets, tuple(told["further"]))
