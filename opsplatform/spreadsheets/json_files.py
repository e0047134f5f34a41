"""A JSON file of a register as the lines of its sheet, so that it is compared and written as any other file is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from opsplatform.kernel.errors import Problem
from opsplatform.kernel.parsing import parse_json_file
from opsplatform.spreadsheets.columns import Column, spelled
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.gate import MAX_FILE, too_large
from opsplatform.spreadsheets.reader_process import MAX_LINES, TOO_MANY_LINES
from opsplatform.spreadsheets.reading import Line
from opsplatform.spreadsheets.sheets import RegisterSheet

_MOST_TOLD = 200
_REMARKS = "_meta"  # what files say about themselves

Cells = dict[str, str]  # by column; those of an element under its name after a stroke


def lines_of_json(file: IO[bytes], sheet: RegisterSheet) -> list[Line]:
    """The lines of the file, headings first, numbered as the sheet would number them.

    Raises FileRefused for a file that is not of the shape, with everything that is wrong at its JSON pointer.
    """
    content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise too_large()
    tree = parse_json_file(content, max_bytes=MAX_FILE)
    reading = _Reading(sheet)
    rows = reading.rows_of(tree)
    if reading.problems:
        found = tuple(
            Problem(one.pointer, one.code, f"{one.pointer}：{one.sentence}") for one in reading.problems[:_MOST_TOLD]
        )
        raise FileRefused(f"文件有 {len(reading.problems)} 处不符合格式。", problems=found)
    return reading.lines_of(rows)


class _Reading:
    def __init__(self, sheet: RegisterSheet) -> None:
        assert sheet.json is not None
        self.sheet, self.shape = sheet, sheet.json
        self.problems: list[Problem] = []
        self.own = {column.name: column for column in sheet.columns if column.parse is not None}
        elements = sheet.elements.columns if sheet.elements else ()
        self.of_elements = {column.name: column for column in elements if column.parse is not None}
        self.named: set[str] = set()  # columns that the file speaks of

    def rows_of(self, tree: Any) -> list[tuple[Cells, list[Cells]]]:
        """Every row with its elements, as cells by column."""
        rows = tree.get(self.shape.root) if isinstance(tree, dict) else None
        if not isinstance(rows, list):
            self._add(f"/{self.shape.root}", f"文件应为对象，其中的 {self.shape.root} 是列表。")
            return []
        for key in sorted(set(tree) - {self.shape.root, _REMARKS}):
            self._add(f"/{key}", "没有这一栏。")
        return [self._row(row, f"/{self.shape.root}/{number}") for number, row in enumerate(rows)]

    def lines_of(self, rows: Sequence[tuple[Cells, list[Cells]]]) -> list[Line]:
        """The lines with the headings of the columns that the file speaks of."""
        headings = [
            (name, heading)
            for name, heading in zip(self._names(), self.sheet.headings, strict=True)
            if name in self.named
        ]
        lines = [Line(1, tuple(heading for _, heading in headings))]
        for cells in self._cells_of(rows):
            if len(lines) > MAX_LINES:
                raise FileRefused(TOO_MANY_LINES)
            lines.append(Line(len(lines) + 1, tuple(cells.get(name, "") for name, _ in headings)))
        return lines

    def _names(self) -> list[str]:
        """The columns as the headings stand: an element's under the name of the elements."""
        elements = self.sheet.elements.columns if self.sheet.elements else ()
        return [column.name for column in self.sheet.columns] + [_of_element(column.name) for column in elements]

    def _cells_of(self, rows: Any) -> Iterator[Cells]:
        for own, elements in rows:
            key = {name: own.get(name, "") for name in self.sheet.key}
            yield {**own, **(elements[0] if elements else {})}
            for element in elements[1:]:
                yield {**key, **element}

    def _row(self, row: Any, place: str) -> tuple[Cells, list[Cells]]:
        if not isinstance(row, dict):
            self._add(place, "应为对象。")
            return {}, []
        elements = row.get(self.shape.elements, []) if self.shape.elements else []
        rest = {key: value for key, value in row.items() if not self.shape.elements or key != self.shape.elements}
        below = f"{place}/{self.shape.elements}"
        if not isinstance(elements, list):
            self._add(below, "应为列表。")
            elements = []
        cells = self._cells(rest, self.own, place)
        found = [
            {_of_element(name): text for name, text in self._element(one, f"{below}/{number}").items()}
            for number, one in enumerate(elements)
        ]
        self.named |= {*cells, *self.sheet.key, *(name for one in found for name in one)}
        return cells, found

    def _element(self, element: Any, place: str) -> Cells:
        if isinstance(element, dict):
            return self._cells(element, self.of_elements, place)
        self._add(place, "应为对象。")
        return {}

    def _cells(self, found: Mapping[str, Any], columns: Mapping[str, Column], place: str) -> Cells:
        cells = {}
        for key, value in found.items():
            name = self.shape.names.get(key, key)
            if name not in columns:
                self._add(f"{place}/{key}", "没有这一栏。")
            elif isinstance(value, dict | list):
                self._add(f"{place}/{key}", "应为文字、数字或是否。")
            else:
                cells[name] = spelled(value)
        return cells

    def _add(self, place: str, sentence: str) -> None:
        self.problems.append(Problem(place, "wrong_shape", sentence))


def _of_element(name: str) -> str:
    return f"/{name}"
