"""What the rooms register: their kinds of work, and the kinds of things that work is about."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from opsplatform.accounts.models import User

Payload = dict[str, Any]
Perform = Callable[[Payload, str], None]
Elements = Callable[[Payload], list[str]]


@dataclass(frozen=True)
class Work:
    """A kind of work. `perform` runs inside the transaction that marks the element as done, and may run again after a
    failure: whatever it does must be in the database or be safe to do twice.

    `element_type` is the kind of thing that an element is the key of, where people know it by another name.
    """

    kind: str
    title: str
    perform: Perform
    elements: Elements
    element_type: str = ""


@dataclass(frozen=True)
class Named:
    """A thing as people know it: its name, and the address of its page."""

    name: str
    url: str


@dataclass(frozen=True)
class Thing:
    """A kind of thing that work is about. `named` knows, of the things of these keys, those that the actor sees."""

    title: str
    named: Callable[[User, Collection[str]], Mapping[str, Named]]


_WORK: dict[str, Work] = {}
_THINGS: dict[str, Thing] = {}


def work(
    kind: str, title: str, *, elements: Elements = lambda payload: [""], element_type: str = ""
) -> Callable[[Perform], Perform]:
    """The decorated function performs this kind of work, element by element; by default there is one, without name."""

    def register(perform: Perform) -> Perform:
        _WORK[kind] = Work(kind, title, perform, elements, element_type)
        return perform

    return register


def find_work(kind: str) -> Work | None:
    """The kind of that name; None where the code that knew it is gone."""
    return _WORK.get(kind)


def title_of(kind: str) -> str:
    """What people call this kind of work."""
    found = _WORK.get(kind)
    return found.title if found else kind


def kinds() -> list[tuple[str, str]]:
    """Every kind of work with its title, as choices of a filter."""
    return sorted((kind, found.title) for kind, found in _WORK.items())


def register_thing(object_type: str, thing: Thing) -> None:
    """Work about things of this type tells their names and leads to their pages."""
    _THINGS[object_type] = thing


def find_thing(object_type: str) -> Thing | None:
    """The kind of thing of that type; None where nobody registered it."""
    return _THINGS.get(object_type)


def things() -> list[tuple[str, str]]:
    """Every kind of thing with its title, as choices of a filter."""
    return sorted((object_type, thing.title) for object_type, thing in _THINGS.items())
