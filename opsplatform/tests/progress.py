"""How far a drill in its long form has come, said on the terminal at once: pytest keeps what tests print."""

import sys
from collections.abc import Callable, Iterator, Sequence
from time import strftime
from typing import Any, TypeVar

Step = TypeVar("Step")

_terminals: list[Any] = []  # what pytest captures output with, while drills are to be followed


def show(capture: Any) -> None:
    """From now on everything told is on the terminal, past what pytest captures."""
    _terminals.append(capture)


def tell(sentence: str) -> None:
    """The sentence stands on the terminal with the time of day; in the short form nothing is said."""
    for capture in _terminals:
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n{strftime('%H:%M:%S')} {sentence}")
            sys.stderr.flush()


def followed(steps: Sequence[Step], named: Callable[[Step], str]) -> Iterator[Step]:
    """The steps, each told of before it is taken."""
    for number, step in enumerate(steps, start=1):
        tell(f"{number}/{len(steps)} {named(step)}")
        yield step
