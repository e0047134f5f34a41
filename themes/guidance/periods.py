"""Effective periods in guidance: ISO dates, both days included, open where absent."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from opsplatform.kernel.days import parse_day
from themes.documents import Basis, Guidance, Parameter


class Dated(Protocol):
    """What may carry a period: a question, a rule, a parameter's value, a law."""

    @property
    def effective_from(self) -> str | None: ...

    @property
    def effective_to(self) -> str | None: ...


class Grounded(Dated, Protocol):
    """What may carry a period and stands on laws with periods of their own."""

    @property
    def legal_basis(self) -> tuple[Basis, ...]: ...


class DatedGuidance(Protocol):
    """The guidance of a theme or of a dossier, as far as it carries periods."""

    @property
    def questions(self) -> Sequence[Grounded]: ...

    @property
    def rules(self) -> Sequence[Grounded]: ...

    @property
    def parameters(self) -> Sequence[Parameter]: ...


class PeriodFault(msgspec.Struct, frozen=True):
    """A period that cannot be read or ends before it begins, with its place in the theme document (JSON pointer)."""

    pointer: str
    message: str


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
    values = (value for parameter in guidance.parameters for value in parameter.values)
    return ends_and_begins((*guidance.questions, *guidance.rules, *values))


def ends_and_begins(elements: Iterable[Dated]) -> tuple[datetime.date, ...]:
    """The days on which one of the elements begins to be or no longer is in force, ascending, each once."""
    days: set[datetime.date] = set()
    for dated in elements:
        first = parse_day(dated.effective_from or "")
        last = parse_day(dated.effective_to or "")
        if first is not None:
            days.add(first)
        if last is not None and last < datetime.date.max:
            days.add(last + datetime.timedelta(days=1))
    return tuple(sorted(days))


def find_period_faults(guidance: DatedGuidance, above: str = "/guidance") -> list[PeriodFault]:
    """Every period in the guidance that cannot be read or is the wrong way round, in document order.

    `above`: where the guidance stands in the document that the pointers lead into.
    """
    faults = []
    for position, question in enumerate(guidance.questions):
        faults += _faults(question, f"{above}/questions/{position}")
    for position, rule in enumerate(guidance.rules):
        faults += _faults(rule, f"{above}/rules/{position}")
    for position, parameter in enumerate(guidance.parameters):
        for number, value in enumerate(parameter.values):
            faults += _faults(value, f"{above}/parameters/{position}/values/{number}")
    return faults


def _faults(dated: Grounded, pointer: str) -> list[PeriodFault]:
    faults = period_faults(dated, pointer)
    for number, basis in enumerate(dated.legal_basis):
        faults += period_faults(basis, f"{pointer}/legal_basis/{number}")
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
