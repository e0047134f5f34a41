"""The laws that questions, rules and values of parameters stand on, and which of them are over, or over soon."""

import datetime
from collections.abc import Iterator

import msgspec

from opsplatform.kernel.days import parse_day
from themes.documents import Basis, Guidance
from themes.guidance.periods import Grounded

_ONE_DAY = datetime.timedelta(days=1)


class Lapsing(msgspec.Struct, frozen=True):
    """A law whose validity ends; `holder` says in words what stands on it, `pointer` is its place in the document."""

    pointer: str
    holder: str
    basis: str
    ends_on: datetime.date
    is_over: bool


def find_lapsing(guidance: Guidance, today: datetime.date, until: datetime.date) -> list[Lapsing]:
    """The laws that end by `until` while what stands on them goes on, in document order; over when before today."""
    found = []
    for pointer, holder, dated, basis in _bases(guidance):
        ends_on = parse_day(basis.effective_to or "")
        goes_on_until = parse_day(dated.effective_to or "") or datetime.date.max
        if ends_on is not None and ends_on <= until and max(ends_on, today - _ONE_DAY) < goes_on_until:
            found.append(Lapsing(pointer, holder, f"{basis.title}{basis.article}", ends_on, ends_on < today))
    return found


def _bases(guidance: Guidance) -> Iterator[tuple[str, str, Grounded, Basis]]:
    for place, question in enumerate(guidance.questions):
        yield from _of(question, f"/guidance/questions/{place}", f"问题“{question.text}”")
    for place, rule in enumerate(guidance.rules):
        yield from _of(rule, f"/guidance/rules/{place}", f"规则“{rule.name}”")
    for place, parameter in enumerate(guidance.parameters):
        for number, value in enumerate(parameter.values):
            pointer = f"/guidance/parameters/{place}/values/{number}"
            yield from _of(value, pointer, f"参数“{parameter.name}”")


def _of(dated: Grounded, above: str, holder: str) -> Iterator[tuple[str, str, Grounded, Basis]]:
    for number, basis in enumerate(dated.legal_basis):
        yield f"{above}/legal_basis/{number}", holder, dated, basis
