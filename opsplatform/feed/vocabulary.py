"""The types of events, registered by the rooms whose acts they tell of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventType:
    """What happened, by its public name and as operators read it.

    `is_end` marks a tombstone: outsiders have nothing of the thing any more.
    """

    name: str
    title: str
    is_end: bool = False


_TYPES: dict[str, EventType] = {}


def register(name: str, title: str, *, is_end: bool = False) -> EventType:
    """Events of this type may be announced from now on."""
    entry = EventType(name, title, is_end)
    if _TYPES.setdefault(name, entry) != entry:
        raise ValueError(f"event type {name} is registered twice")
    return entry


def title_of(name: str) -> str:
    """What operators call this type; a type that no longer exists stays as it is."""
    entry = _TYPES.get(name)
    return entry.title if entry else name


def choices() -> list[tuple[str, str]]:
    """Every type with its title, as choices of a filter and of the schema."""
    return sorted((entry.name, entry.title) for entry in _TYPES.values())
