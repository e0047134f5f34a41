"""The kinds of work, known by registration: what a room calls its work, its elements, and how one element is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Payload = dict[str, Any]
Perform = Callable[[Payload, str], None]
Elements = Callable[[Payload], list[str]]


@dataclass(frozen=True)
class Work:
    """A kind of work. `perform` runs inside the transaction that marks the element as done, and may run again after a
    failure: whatever it does must be in the database or be safe to do twice."""

    kind: str
    title: str
    perform: Perform
    elements: Elements


_WORK: dict[str, Work] = {}


def work(kind: str, title: str, *, elements: Elements = lambda payload: [""]) -> Callable[[Perform], Perform]:
    """The decorated function performs this kind of work, element by element; by default there is one, without name."""

    def register(perform: Perform) -> Perform:
        _WORK[kind] = Work(kind, title, perform, elements)
        return perform

    return register


def find_work(kind: str) -> Work | None:
    """The kind of that name; None where the code that knew it is gone."""
    return _WORK.get(kind)


def title_of(kind: str) -> str:
    """What people call this kind of work."""
    found = _WORK.get(kind)
    return found.title if found else kind
