"""What comparing a file with its register found, as it is kept with the upload and shown."""

from dataclasses import dataclass, field

MOST_SHOWN = 200  # new rows, changed rows, problems


@dataclass(frozen=True)
class CellProblem:
    """Something wrong: the line, the column by letter and heading (empty for the whole line), and a sentence."""

    line: int
    letter: str
    heading: str
    sentence: str


@dataclass(frozen=True)
class CellChange:
    """One difference between the register and the file."""

    line: int
    letter: str
    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row that is new or changed, with its differences."""

    title: str
    line: int
    is_new: bool
    cells: tuple[CellChange, ...]


@dataclass(frozen=True)
class Report:
    """A comparison as it is shown: everything counted, the first of each kind in full."""

    new_count: int
    changed_count: int
    cell_count: int
    unchanged_count: int
    problem_count: int
    rows: tuple[RowChange, ...]
    problems: tuple[CellProblem, ...]
    absent_headings: tuple[str, ...]
    warnings: tuple[CellProblem, ...] = ()

    @property
    def may_be_written(self) -> bool:
        """Whether there is something to write and nothing against it."""
        return bool(self.rows) and not self.problems


@dataclass
class Comparison:
    """What a file would do to its register."""

    rows: list[RowChange] = field(default_factory=list)
    unchanged_count: int = 0
    problems: list[CellProblem] = field(default_factory=list)
    absent_headings: list[str] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)

    def report(self) -> Report:
        """What is kept of it."""
        new = [row for row in self.rows if row.is_new]
        changed = [row for row in self.rows if not row.is_new]
        return Report(
            new_count=len(new),
            changed_count=len(changed),
            cell_count=sum(len(row.cells) for row in changed),
            unchanged_count=self.unchanged_count,
            problem_count=len(self.problems),
            rows=(*changed[:MOST_SHOWN], *new[:MOST_SHOWN]),
            problems=tuple(self.problems[:MOST_SHOWN]),
            absent_headings=tuple(self.absent_headings),
            warnings=tuple(self.warnings[:MOST_SHOWN]),
        )
