"""The one reader of uploaded spreadsheets: gate first, then a child process that may die without harm."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from opsplatform.spreadsheets import gate, reader_process
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.formulas import restored

MAX_SECONDS = 20  # by the wall; the child limits its own processor time below that
MAX_ANSWER = 64 * 1024 * 1024
_DIED = "文件展开后过大，或结构异常，不能读取。"


@dataclass(frozen=True)
class Line:
    """One line of a sheet: its number as the spreadsheet program shows it, and its cells as texts."""

    number: int
    cells: tuple[str, ...]


def read_lines(file: IO[bytes], name: str) -> list[Line]:
    """The lines of an uploaded file that say anything, headings first.

    Raises FileRefused with a sentence for people; this process's memory grows by the texts read, whatever the file.
    """
    admitted = gate.admit(file, name)
    command = [sys.executable, "-I", str(Path(reader_process.__file__)), admitted.format]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        while piece := file.read(64 * 1024):
            source.write(piece)
        source.seek(0)
        try:
            child = subprocess.run(
                command, stdin=source, stdout=answer, stderr=subprocess.DEVNULL, timeout=MAX_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefused("读取文件用时过长，不能接受。") from error
        if child.returncode != 0 or answer.seek(0, 2) > MAX_ANSWER:
            raise FileRefused(_DIED)
        answer.seek(0)
        told = json.loads(answer.read())
    if "refusal" in told:
        raise FileRefused(told["refusal"])
    undo = restored if admitted.format == "csv" else str
    lines = [Line(number, tuple(undo(cell) for cell in cells)) for number, cells in told["lines"]]
    if not lines:
        raise FileRefused("文件中没有内容。")
    return lines
