"""Timing two things in turn, A B A B …, so that a ratio holds while the machine's speed drifts."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple

Act = Callable[[], object]


class Row(NamedTuple):
    """One line of the table: what, its median, what it is held against, the ratio or goal in words."""

    what: str
    figure: str
    against: str
    verdict: str


def seconds(act: Act, *, rounds: int, times: int = 1) -> float:
    """The median over the rounds of the seconds that one act takes, after one round that is not counted."""
    return median(_rounds(act, rounds, times))


def paired(act: Act, other: Act, *, rounds: int, times: int = 1) -> tuple[float, float, float]:
    """Medians of both acts, in seconds, and the median of the ratios other ÷ act, pair by pair."""
    _round(act, times), _round(other, times)
    pairs = [(_round(act, times), _round(other, times)) for _ in range(rounds)]
    return (
        median(first for first, _ in pairs),
        median(second for _, second in pairs),
        median(second / first for first, second in pairs),
    )


def spelled(duration: float) -> str:
    """Seconds in the unit that reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if duration >= size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration / 1e-9:.3g} ns"


def _rounds(act: Act, rounds: int, times: int) -> list[float]:
    _round(act, times)
    return [_round(act, times) for _ in range(rounds)]


def _round(act: Act, times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        act()
    return (perf_counter() - start) / times
