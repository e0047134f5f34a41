"""Medians with their quartiles; and two things in turn, A B A B …, so that a ratio holds while the machine drifts."""

from collections.abc import Callable, Sequence
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

Act = Callable[[], object]


class Spread(NamedTuple):
    """The median and the quartiles around it: half of all rounds lie between `low` and `high`."""

    median: float
    low: float
    high: float

    def divided_by(self, number: float) -> "Spread":
        """The same, of one part in so many."""
        return Spread(*(value / number for value in self))


class Pair(NamedTuple):
    """Seconds of two acts measured in turn, and how many times faster the first is, pair by pair."""

    mine: Spread
    other: Spread
    ratio: Spread


def spread_of(values: Sequence[float]) -> Spread:
    """The median of the values and their quartiles."""
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return Spread(middle, low, high)


def measured(act: Act, *, rounds: int, times: int = 1) -> Spread:
    """Seconds that one act takes, over the rounds of so many times each, after one round that is not counted."""
    _round(act, times)
    return spread_of([_round(act, times) for _ in range(rounds)])


def paired(act: Act, other: Act, *, rounds: int, times: int = 1) -> Pair:
    """Both acts in turn, round by round, after one round of each that is not counted."""
    _round(act, times), _round(other, times)
    pairs = [(_round(act, times), _round(other, times)) for _ in range(rounds)]
    return Pair(
        spread_of([mine for mine, _ in pairs]),
        spread_of([theirs for _, theirs in pairs]),
        spread_of([theirs / mine for mine, theirs in pairs]),
    )


def _round(act: Act, times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        act()
    return (perf_counter() - start) / times
