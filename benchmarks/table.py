"""The one table: what was measured, what it is held against, and whether the goal is reached."""

from dataclasses import dataclass

from benchmarks.timing import Spread

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
WIDTHS = (52, 9, 13, 22, 38, 18, 10)
HEADINGS = ("what", "median", "quartiles", "per second", "against", "ratio", "goal")


@dataclass(frozen=True)
class Goal:
    """What was promised, in few signs, and whether this run keeps it."""

    text: str
    is_met: bool


@dataclass(frozen=True)
class Row:
    """One line. `pace`: how many of what one measured act does; `ratio` is against `against`, above 1 is better."""

    what: str
    taken: Spread
    pace: tuple[float, str] | None = None
    against: str = ""
    ratio: Spread | None = None
    goal: Goal | None = None


def at_least(wanted: float, ratio: Spread) -> Goal:
    """The median ratio is to reach this."""
    return Goal(f"≥ {wanted:g}", ratio.median >= wanted)


def below(wanted: float, taken: Spread) -> Goal:
    """The median is to stay below these seconds."""
    return Goal(f"< {spelled(wanted)}", taken.median < wanted)


def spelled(seconds: float) -> str:
    """Seconds in the unit that reads best."""
    unit, size = _unit(seconds)
    return f"{_digits(seconds / size)} {unit}"


def heading() -> str:
    """The first line of the table."""
    return _line(HEADINGS)


def line(row: Row) -> str:
    """One line of the table; ✓ or ✗ stands where a goal was set."""
    _, size = _unit(row.taken.median)
    ratio = f"{row.ratio.median:.2f} ({row.ratio.low:.2f}–{row.ratio.high:.2f})" if row.ratio else ""
    cells = (
        row.what,
        spelled(row.taken.median),
        f"{_digits(row.taken.low / size)}–{_digits(row.taken.high / size)}",
        f"{row.pace[0] / row.taken.median:,.0f} {row.pace[1]}" if row.pace else "",
        row.against,
        ratio,
        row.goal.text if row.goal else "",
    )
    verdict = ("✓" if row.goal.is_met else "✗") if row.goal else ""
    return f"{_line(cells)} {verdict}".rstrip()


def _line(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def _digits(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _unit(seconds: float) -> tuple[str, float]:
    return next((unit for unit in UNITS if seconds >= unit[1]), UNITS[-1])
