"""A file of lines is compared with its register and written row by row; whoever calls decides whether that stands.

The dry run is the real run rolled back, so that it finds exactly what writing would find.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import DomainError, Problem
from opsplatform.register_files.documents import CellChange, CellProblem, Comparison, RowChange
from opsplatform.spreadsheets.columns import BadCell, Column
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.reading import Line
from opsplatform.spreadsheets.sheets import RegisterSheet

MAX_WRITES = 5_000  # rows new or changed in one file: one transaction of half a minute, in the background
MAX_PROBLEMS = 1_000
_WHOLE_LINE = ""

Seen = Mapping[str, int]  # key of a row → its revision
Tell = Callable[[int, int], None]  # so many rows of so many are done


def _silent(_done: int, _total: int) -> None:
    """Nobody is told."""


def write_lines(
    *, actor: User, sheet: RegisterSheet, lines: Sequence[Line], seen: Seen | None = None, tell: Tell = _silent
) -> Comparison:
    """Every row the lines speak of is written as they say; what could not be is among the problems.

    Must run in a transaction that the caller rolls back when there are problems. With `seen`, a row that meanwhile has
    another revision is refused with what changed.
    """
    run = _Run(actor, sheet, seen)
    run.read_headings(lines[0])
    run.refuse_homeless(lines[1:])
    if not run.result.problems:
        run.write(lines[1:], tell)
    run.result.problems.sort(key=lambda problem: (problem.line, len(problem.letter), problem.letter))
    return run.result


def revisions_of(*, actor: User, sheet: RegisterSheet, lines: Sequence[Line]) -> dict[str, int]:
    """The revisions, at this moment, of the rows that the lines speak of; none where the headings make no sense."""
    run = _Run(actor, sheet, None)
    run.read_headings(lines[0])
    if run.result.problems:
        return {}
    return {_seen_name(key): row.revision for key, row in run.rows_of(run.groups_of(lines[1:])).items()}


@dataclass
class _Group:
    """The lines of one row."""

    key: tuple[str, ...]
    lines: list[Line]

    @property
    def title(self) -> str:
        return " / ".join(part for part in self.key if part)


class _Run:
    def __init__(self, actor: User, sheet: RegisterSheet, seen: Seen | None) -> None:
        self.actor, self.sheet, self.seen = actor, sheet, seen
        self.result = Comparison()
        self.place: dict[str, int] = {}  # heading → column number in the file
        self.width = 0
        self.allowed: dict[str, set[str]] = {}
        self.referred: dict[tuple[Column, str], Model] = {}
        own = len(sheet.columns)
        self.own = list(zip(sheet.columns, sheet.headings[:own], strict=True))
        elements = sheet.elements.columns if sheet.elements else ()
        self.of_elements = list(zip(elements, sheet.headings[own:], strict=True))

    # --- The file as such -------------------------------------------------------------------------------------------

    def read_headings(self, line: Line) -> None:
        """The place of every heading is known; what is missing, unknown or twice is a problem."""
        self.width = len(line.cells)
        for number, cell in enumerate(line.cells):
            heading = cell.strip()
            if heading in self.place:
                self._add(
                    line.number, heading, f"列标题重复：{letters(self.place[heading])} 列也是“{heading}”。", number
                )
            elif heading in self.sheet.headings:
                self.place[heading] = number
            else:
                self._add(
                    line.number,
                    heading,
                    "没有这一列；请使用导出文件中的列标题。" if heading else "缺少列标题。",
                    number,
                )
        needed = {heading for column, heading in self.own if self._is_key(column)}
        for heading in self.sheet.headings:
            if heading in needed and heading not in self.place:
                self._add(line.number, heading, f"缺少“{heading}”列，无法辨认每一行是哪一条登记。", None)
            elif heading not in self.place:
                self.result.absent_headings.append(heading)

    def refuse_homeless(self, lines: Sequence[Line]) -> None:
        """Cells beyond the last heading are problems; those under an unknown one are told of at the heading."""
        for line in lines:
            for number in range(self.width, len(line.cells)):
                if line.cells[number].strip():
                    self._add(line.number, "", "这一格不在任何一列标题之下。", number)

    # --- Rows -------------------------------------------------------------------------------------------------------

    def write(self, lines: Sequence[Line], tell: Tell) -> None:
        """Every row is written, in the order of the file."""
        groups = self.groups_of(lines)
        rows = self.rows_of(groups)
        for number, group in enumerate(groups):
            tell(number, len(groups))
            if len(self.result.problems) >= MAX_PROBLEMS:
                self._add(group.lines[0].number, "", f"问题超过 {MAX_PROBLEMS} 个，其后的行没有检查。", None)
                return
            if len(self.result.rows) >= MAX_WRITES:
                self._add(group.lines[0].number, "", f"新增和改动超过 {MAX_WRITES} 条，请分成几份。", None)
                return
            self._write_row(group, rows.get(group.key))

    def groups_of(self, lines: Sequence[Line]) -> list[_Group]:
        """The lines of each row; a line that names no row, or one that only one line may name, is a problem."""
        groups: dict[tuple[str, ...], _Group] = {}
        for line in lines:
            key = tuple(self._cell(line, heading).strip() for column, heading in self.own if self._is_key(column))
            if not any(key):
                names = "、".join(heading for column, heading in self.own if self._is_key(column))
                self._add(line.number, "", f"没有填写{names}，无法辨认是哪一条登记。", None)
            elif key not in groups:
                groups[key] = _Group(key, [line])
            elif self.sheet.elements is None:
                self._add(line.number, "", f"与第 {groups[key].lines[0].number} 行是同一条登记。", None)
            else:
                groups[key].lines.append(line)
        return list(groups.values())

    def rows_of(self, groups: Sequence[_Group]) -> dict[tuple[str, ...], Any]:
        """The rows the groups speak of and the actor sees, by their key."""
        lookup, name = self.sheet.near
        position = [column.name for column, _ in self.own if self._is_key(column)].index(name)
        rows = self.sheet.model._default_manager.all()
        visible_to = getattr(rows, "visible_to", None)
        rows = (visible_to(self.actor) if visible_to else rows).filter(
            **{f"{lookup}__in": {group.key[position] for group in groups}}
        )
        if self.sheet.related:
            rows = rows.select_related(*self.sheet.related)
        named = {group.key for group in groups}
        found = ((self.sheet.key_of(row), row) for row in rows.prefetch_related(*self.sheet.prefetched))
        return {key: row for key, row in found if key in named}

    def _write_row(self, group: _Group, row: Any | None) -> None:
        known_problems = len(self.result.problems)
        values, changes = self._own_values(group, row)
        may_be_judged = row is not None or len(self.result.problems) == known_problems
        elements, element_changes = self._element_values(group, row)
        changes += element_changes
        is_readable = len(self.result.problems) == known_problems
        if row is not None and is_readable and not changes:
            self.result.unchanged_count += 1
        if not may_be_judged or (row is not None and not changes):
            return
        if elements is not None and (row is None or element_changes):
            values[self.sheet.elements.name] = elements  # type: ignore[union-attr]
        expected = self.seen.get(_seen_name(group.key)) if self.seen is not None else (row.revision if row else None)
        try:
            written = self._save(row, values, expected)
            line = group.lines[0].number
            self.result.warnings += [
                CellProblem(line, "", "", f"{group.title}：{sentence}") for sentence in getattr(written, "warnings", ())
            ]
        except DomainError as refusal:
            self._add_refusal(group, refusal)
        self.result.rows.append(RowChange(group.title, group.lines[0].number, row is None, tuple(changes)))

    def _save(self, row: Any | None, values: dict[str, Any], expected: int | None) -> Any:
        assert self.sheet.save is not None
        return self.sheet.save(
            actor=self.actor, pk=row.pk if row else None, values=values, expected_revision=expected if row else None
        )

    # --- The row's own cells ----------------------------------------------------------------------------------------

    def _own_values(self, group: _Group, row: Any | None) -> tuple[dict[str, Any], list[CellChange]]:
        values: dict[str, Any] = {}
        changes: list[CellChange] = []
        for column, heading in self.own:
            if heading not in self.place or (row is not None and self._is_key(column)):
                continue
            line, text = self._told(group, column, heading)
            text = text.strip() if self._is_key(column) else text
            before = column.read(row if row is not None else self.sheet.model()) if column.parse is None else ""
            before = column.read(row) if row is not None else before
            if text == before and (row is not None or column.parse is None):
                continue
            if column.parse is None:
                if text:
                    self._add(line.number, heading, "这一列只供查看，请保留导出的内容或留空。")
                continue
            readable, value = self._parsed(column, heading, line, text)
            if not readable or (row is not None and value == getattr(row, column.name)):
                continue
            if row is not None and column.name in self.sheet.fixed:
                self._add(line.number, heading, f"登记后不能修改（现为“{before}”）。")
                continue
            values[column.name] = value
            if row is not None or text:
                changes.append(self._change(line, heading, before, text))
        return values, changes

    def _told(self, group: _Group, column: Column, heading: str) -> tuple[Line, str]:
        """The line that says it and what it says; two lines that say different things are a problem."""
        telling = [(line, self._cell(line, heading)) for line in group.lines]
        spoken = [(line, text) for line, text in telling if text.strip()]
        for line, text in spoken[1:]:
            if text.strip() != spoken[0][1].strip():
                self._add(line.number, heading, f"与第 {spoken[0][0].number} 行不同，而两行是同一条登记。")
        return spoken[0] if spoken else (group.lines[0], "")

    # --- Elements ---------------------------------------------------------------------------------------------------

    def _element_values(self, group: _Group, row: Any | None) -> tuple[list[dict[str, Any]] | None, list[CellChange]]:
        told = [(column, heading) for column, heading in self.of_elements if heading in self.place]
        if not told:
            return None, []
        assert self.sheet.elements is not None
        key = self.sheet.elements.key
        standing = list(self.sheet.elements.of(row)) if row is not None else []
        by_key = {getattr(element, key): element for element in standing} if key else {}
        elements: list[dict[str, Any]] = []
        changes: list[CellChange] = []
        matched: list[Any] = []
        for line in self._element_lines(group):
            parsed = self._element_cells(line, told)
            position = len(elements)
            at_position = standing[position] if position < len(standing) else None
            old = by_key.get(parsed.get(key)) if key else at_position
            if old is not None:
                matched.append(old)
            changes += self._element_changes(line, told, parsed, old)
            kept = {
                column.name: getattr(old, column.name)
                for column, heading in self.of_elements
                if old is not None and column.name not in parsed
            }
            elements.append({**kept, **parsed})
        changes += self._removed_and_moved(group, standing, matched)
        return elements, changes

    def _element_cells(self, line: Line, told: Sequence[tuple[Column, str]]) -> dict[str, Any]:
        parsed = {}
        for column, heading in told:
            readable, value = self._parsed(column, heading, line, self._cell(line, heading))
            if readable:
                parsed[column.name] = value
        return parsed

    def _element_changes(
        self, line: Line, told: Sequence[tuple[Column, str]], parsed: Mapping[str, Any], old: Any | None
    ) -> Iterator[CellChange]:
        for column, heading in told:
            text = self._cell(line, heading)
            if old is None:
                if text:
                    yield self._change(line, heading, "", text)
            elif column.name in parsed and parsed[column.name] != getattr(old, column.name):
                yield self._change(line, heading, column.read(old), text)

    def _removed_and_moved(
        self, group: _Group, standing: Sequence[Any], matched: Sequence[Any]
    ) -> Iterator[CellChange]:
        first, title = group.lines[0], self.sheet.elements_title
        removed = [element for element in standing if element not in matched]
        for element in removed:
            yield CellChange(first.number, "", title, str(element), "")
        if matched != [element for element in standing if element in matched]:
            yield CellChange(first.number, "", f"{title}次序", _row_of(standing), _row_of(matched))

    # --- Cells, places, sentences -----------------------------------------------------------------------------------

    def _is_key(self, column: Column) -> bool:
        return column.name in self.sheet.key

    def _cell(self, line: Line, heading: str) -> str:
        number = self.place[heading]
        return line.cells[number] if number < len(line.cells) else ""

    def _parsed(self, column: Column, heading: str, line: Line, text: str) -> tuple[bool, Any]:
        try:
            value = self._value(column, text)
        except BadCell as error:
            self._add(line.number, heading, str(error))
            return False, None
        unknown = self._unknown_codes(column, value)
        if unknown:
            self._add(line.number, heading, f"字典中没有代码“{'、'.join(unknown)[:60]}”。")
        return not unknown, value

    def _value(self, column: Column, text: str) -> Any:
        """What the cell means; a row it refers to is looked for once, and again only while it is not there."""
        assert column.parse is not None
        known = self.referred.get((column, text))
        if known is None:
            known = column.parse(text, self.actor)
            if isinstance(known, Model):
                self.referred[column, text] = known
        return known

    def _unknown_codes(self, column: Column, value: Any) -> list[str]:
        if column.allowed is None or not value:
            return []
        if column.name not in self.allowed:
            self.allowed[column.name] = set(column.allowed())
        allowed = self.allowed[column.name]
        return [code for code in ([value] if isinstance(value, str) else value) if allowed and code not in allowed]

    def _change(self, line: Line, heading: str, before: str, after: str) -> CellChange:
        return CellChange(line.number, letters(self.place[heading]), heading, before, after)

    def _add(self, line: int, heading: str, sentence: str, number: int | None = -1) -> None:
        if number == -1:
            number = self.place.get(heading)
        self.result.problems.append(
            CellProblem(line, letters(number) if number is not None else _WHOLE_LINE, heading, sentence)
        )

    def _add_refusal(self, group: _Group, refusal: DomainError) -> None:
        """What the service said, at the cells it spoke of; a cell that has a problem already keeps that one."""
        said = {(problem.line, problem.heading) for problem in self.result.problems if problem.heading}
        for problem in refusal.problems:
            line, heading = self._place_of(group, problem)
            if (line.number, heading) not in said:
                self._add(line.number, heading, problem.sentence)
        for change in refusal.facts.get("changes", ()):
            sentence = f"{change['by']} 已改动：{change['before']} → {change['after']}"
            self._add(group.lines[0].number, "", f"{refusal.sentence}{sentence}")
        if not refusal.problems and not refusal.facts.get("changes"):
            self._add(group.lines[0].number, "", refusal.sentence)

    def _place_of(self, group: _Group, problem: Problem) -> tuple[Line, str]:
        steps = [step for step in problem.pointer.split("/") if step]
        own = {column.name: heading for column, heading in self.own}
        if steps and steps[0] in own:
            return group.lines[0], own[steps[0]]
        elements, telling = self.sheet.elements, self._element_lines(group)
        if elements is None or not telling or steps[:1] != [elements.name] or not steps[1:]:
            return group.lines[0], ""
        headings = {column.name: heading for column, heading in self.of_elements}
        return telling[int(steps[1])], headings.get(steps[-1], "")

    def _element_lines(self, group: _Group) -> list[Line]:
        """The lines that say an element, in its order."""
        told = [heading for _, heading in self.of_elements if heading in self.place]
        return [line for line in group.lines if any(self._cell(line, heading).strip() for heading in told)]


def _seen_name(key: tuple[str, ...]) -> str:
    return "\n".join(key)


def _row_of(elements: Sequence[Any]) -> str:
    return "、".join(str(element) for element in elements)[:200]
