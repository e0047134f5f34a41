"""What the table says about what was measured."""

from itertools import count

import pytest

from benchmarks import timing
from benchmarks.table import Row, at_least, below, heading, line
from benchmarks.timing import Spread, paired, spread_of


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when an act moves it."""

    class Clock:
        now = 0.0

        def act(self, seconds):
            def once():
                self.now += seconds

            return once

    clock = Clock()
    monkeypatch.setattr(timing, "perf_counter", lambda: clock.now)
    return clock


def test_half_of_the_rounds_lie_between_the_quartiles():
    assert spread_of([5.0, 1.0, 4.0, 2.0, 3.0]) == Spread(3.0, 2.0, 4.0)


def test_the_ratio_is_how_many_times_faster_the_first_is(clock):
    pair = paired(clock.act(2.0), clock.act(3.0), rounds=5, times=4)
    assert (pair.mine.median, pair.other.median, pair.ratio.median) == (2.0, 3.0, 1.5)


def test_a_ratio_holds_while_the_machine_becomes_slower(clock):
    slower = count(1)

    def mine():
        clock.now += 2.0 * next(slower)

    def other():
        clock.now += 1.0 * next(slower)

    pair = paired(mine, other, rounds=101)
    assert pair.ratio.median == pytest.approx(0.5, abs=0.02)
    assert pair.ratio.high - pair.ratio.low < 0.05


def test_a_line_says_what_it_took_what_it_is_held_against_and_whether_the_goal_is_reached():
    ratio = Spread(0.85, 0.8, 0.9)
    reached = line(Row("read", Spread(0.002, 0.0018, 0.0025), (1, "reads"), "bare", ratio, at_least(0.7, ratio)))
    assert reached.split() == [
        "read",
        "2",
        "ms",
        "1.8–2.5",
        "500",
        "reads",
        "bare",
        "0.85",
        "(0.80–0.90)",
        "≥",
        "0.7",
        "✓",
    ]
    assert reached.index("bare") == heading().index("against")


@pytest.mark.parametrize(("median", "verdict"), [(1.99, "✓"), (2.0, "✗")])
def test_a_goal_in_seconds_is_missed_when_the_median_reaches_it(median, verdict):
    taken = Spread(median, median, median)
    assert line(Row("release", taken, goal=below(2.0, taken))).endswith(f"< 2 s      {verdict}")


def test_no_goal_no_verdict():
    assert line(Row("merge", Spread(1.0, 1.0, 1.0))) == line(Row("merge", Spread(1.0, 1.0, 1.0))).rstrip()
    assert not line(Row("merge", Spread(1.0, 1.0, 1.0))).endswith(("✓", "✗"))
