"""Panels of the home page: rooms register theirs in `apps.ready()`; the page shows those that concern the person.

The registry lies here, below the rooms, because most rooms lie below the home page that shows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from django.db.models import Count, Model, QuerySet, Window

R = TypeVar("R", bound=Model)
Tone = Literal["neutral", "info", "good", "warn", "bad"]
Section = Literal["等我处理", "需要关注", "正在使用", "概况"]
SECTIONS: tuple[Section, ...] = ("等我处理", "需要关注", "正在使用", "概况")
MOST_ENTRIES = 6  # a panel shows the most pressing ones and leads to the list of all


@dataclass(frozen=True)
class Entry:
    """One line: what it is, where it leads, why it stands here, its state in a word, and what happened when."""

    title: str
    url: str = ""
    text: str = ""
    badge: str = ""
    tone: Tone = "neutral"
    at: datetime | date | None = None
    at_word: str = ""


@dataclass(frozen=True)
class Content:
    """What a panel has to say: its first entries, how many there are in all, and where all of them are."""

    entries: Sequence[Entry] = field(default_factory=list)
    total: int = 0
    more_url: str = ""


@dataclass(frozen=True)
class Panel:
    """`concerns` says whether the panel is for this person at all, `read` what it holds (at most two queries).

    `nothing` is the sentence shown where there is nothing; a panel without one is then left out.
    """

    code: str
    section: Section
    title: str
    icon: str
    concerns: Callable[[Any], bool]
    read: Callable[[Any], Content]
    nothing: str = ""
    order: int = 100


_PANELS: dict[str, Panel] = {}


def register(*panels: Panel) -> None:
    """The panels stand on the home page; one per code."""
    for panel in panels:
        if _PANELS.setdefault(panel.code, panel) != panel:
            raise ValueError(f"panel {panel.code} is registered twice")


def panels_for(actor: Any) -> list[Panel]:
    """The panels that concern the person, section by section, each in its order."""
    chosen = [panel for panel in _PANELS.values() if panel.concerns(actor)]
    return sorted(chosen, key=lambda panel: (SECTIONS.index(panel.section), panel.order, panel.code))


def most_pressing(rows: "QuerySet[R]") -> tuple[list[R], int]:
    """The first rows, as many as a panel shows, and how many there are in all: one query."""
    shown = list(rows.annotate(how_many=Window(Count("*")))[:MOST_ENTRIES])
    return shown, shown[0].how_many if shown else 0  # type: ignore[attr-defined]


def content(entries: Sequence[Entry], *, total: int | None = None, more_url: str = "") -> Content:
    """The first entries as a panel's content; `total` where there are more than were read."""
    return Content(list(entries[:MOST_ENTRIES]), len(entries) if total is None else total, more_url)
