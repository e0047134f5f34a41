"""Effective periods of questions and rules: ISO dates, both days included, open where absent."""

import datetime
from typing import Protocol

import msgspec

from themes.documents import Guidance


class Dated(Protocol):
    """What may carry a period: a question or a rule."""

    @property
    def effective_from(self) -> str | None: ...

    @property
    def effective_to(self) -> str | None: ...


class PeriodFault(msgspec.Struct, frozen=True):
    """A period that cannot be read or ends before it begins, with its place in the theme document (JSON pointer)."""

    pointer: str
    message: str


def parse_day(text: str) -> datetime.date | None:
    """The day that a text spells as YYYY-MM-DD (ISO 8601 extended format), or None."""
    if len(text) != 10 or not text.isascii():
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def is_in_force(dated: Dated, on: datetime.date) -> bool:
    """Whether the day lies in the period; a period that cannot be read contains no day."""
    if dated.effective_from is not None:
        first = parse_day(dated.effective_from)
        if first is None or on < first:
            return False
    if dated.effective_to is not None:
        last = parse_day(dated.effective_to)
        if last is None or on > last:
            return False
    return True


def find_boundaries(guidance: Guidance) -> tuple[datetime.date, ...]:
    """The days on which something begins to be or no longer is in force, ascending, each once.

    Between two of them the guidance in force does not change.
    """
    days: set[datetime.date] = set()
    elements: tuple[Dated, ...] = (*guidance.questions, *guidance.rules)
    for dated in elements:
        first = parse_day(dated.effective_from or "")
        last = parse_day(dated.effective_to or "")
        if first is not None:
            days.add(first)
        if last is not None and last < datetime.date.max:
            days.add(last + datetime.timedelta(days=1))
    return tuple(sorted(days))


def find_period_faults(guidance: Guidance) -> list[PeriodFault]:
    """Every period of a question or rule that cannot be read or is the wrong way round, in document order."""
    faults = []
    groups: tuple[tuple[str, tuple[Dated, ...]], ...] = (("questions", guidance.questions), ("rules", guidance.rules))
    for section, elements in groups:
        for position, dated in enumerate(elements):
            faults.extend(period_faults(dated, f"/guidance/{section}/{position}"))
    return faults


def period_faults(dated: Dated, pointer: str) -> list[PeriodFault]:
    """What is wrong with one period: a day that cannot be read, an end before its beginning."""
    days: dict[str, datetime.date | None] = {}
    faults = []
    for bound, text in (("effective_from", dated.effective_from), ("effective_to", dated.effective_to)):
        if text is None:
            continue
        days[bound] = parse_day(text)
        if days[bound] is None:
            faults.append(PeriodFault(f"{pointer}/{bound}", f"“{text}”不是日期，应写成 2025-01-31 这样的格式。"))
    first, last = days.get("effective_from"), days.get("effective_to")
    if first is not None and last is not None and first > last:
        faults.append(PeriodFault(f"{pointer}/effective_to", f"失效日期 {last} 早于生效日期 {first}。"))
    return faults
