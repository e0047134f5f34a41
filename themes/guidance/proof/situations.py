"""情形: every distinct set of items and declared exits that applicants end in, with the smallest of those who do."""

import datetime
from collections.abc import Iterable

import msgspec

from themes.documents import ThemeDocument
from themes.guidance.answers import Divisions
from themes.guidance.proof.counting import count_by_ends
from themes.guidance.proof.flow import YES, Flow
from themes.guidance.proof.mattering import Influence
from themes.guidance.proof.proving import CONFLICTS, CONFLICTS_EACH, NODES, why_not
from themes.guidance.proof.report import Example
from themes.guidance.proof.smallest import Key, example_of, find_smallest, truths
from themes.guidance.proof.solving import Model, Undecided
from themes.guidance.proof.space import AnswerSpace
from themes.guidance.proof.streets import TWO_STREETS, are_taken_together
from themes.guidance.proof.survey import Survey

MOST_SITUATIONS = 200
MOST_WORK = 3_000_000  # of the solver, before examples are taken as they come; twice that, before the search ends


class Situation(msgspec.Struct, frozen=True):
    """Applicants with the same items and reasons of stops, in the theme's order. `classes`: how many answer classes of
    them there are; null beyond counting.

    `idle`: questions that some of them are asked, and whose answer changes nothing that any of them notices.
    `unsettled`: questions of which this was not settled.
    """

    items: tuple[str, ...]
    stopped: tuple[str, ...]
    example: Example
    classes: int | None
    idle: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()


class Situations(msgspec.Struct, frozen=True):
    """Those with the most answer classes first. `total`: how many there are; null where that is not known.

    `why_not_all`: why not all are listed; empty where they are.
    """

    situations: tuple[Situation, ...]
    classes: int | None
    total: int | None
    why_not_all: str = ""


def list_situations(
    document: ThemeDocument,
    *,
    divisions: Divisions | None = None,
    on: datetime.date | None = None,
    most: int = MOST_SITUATIONS,
) -> Situations:
    """Every situation from the day given on, at most so many (domain.md §1).

    `divisions`, `on`: as for `prove`. Never raises for a document that can be read.
    """
    reason = why_not(document)
    if reason is not None:
        return Situations((), None, None, reason)
    space = AnswerSpace([document], divisions, on)
    flow = Flow(space, document)
    wishes = [[flow.complete, fires] for fires in flow.fires.values()]
    with Survey(space, wishes, conflicts=CONFLICTS_EACH, allowance=CONFLICTS, nodes=NODES) as survey:
        if are_taken_together(flow, survey):
            return Situations((), None, None, TWO_STREETS)
        return _Listing(flow, survey, most).situations()


class _Listing:
    def __init__(self, flow: Flow, survey: Survey, most: int) -> None:
        self.flow, self.survey, self.most = flow, survey, most
        stops = [target for target in flow.steps if target.kind == "stop"]
        self.items = list(flow.selected)
        self.stops = [target.name for target in stops]
        self.ends = [*flow.selected.values(), *(flow.finally_(target, YES) for target in stops)]
        self.counted = count_by_ends(flow)
        self.influences: dict[Key, Influence] = {}

    def situations(self) -> Situations:
        """Everything there is to list."""
        found: list[Situation] = []
        why_not_all = ""
        left = self.flow.complete
        while True:
            try:
                model = self.survey.find([left])
            except Undecided:
                why_not_all = "求解器在规定的步数内没有得出结论。"
                break
            if model is None:
                break
            if len(found) == self.most:
                why_not_all = f"情形超过 {self.most} 种。"
                break
            if self.survey.solver.work > 2 * MOST_WORK:
                why_not_all = f"主题很大，找到 {len(found)} 种之后没有继续找。"
                break
            ends = truths(self.flow.circuit, self.ends, model)
            literals = [literal if holds else -literal for literal, holds in zip(self.ends, ends, strict=True)]
            example = self._example([self.flow.complete, *literals], model)
            items = _holding(self.items, ends)
            stopped = _holding(self.stops, ends[len(self.items) :])
            idle, unsettled = self._idle(literals)
            classes = self.counted.get((frozenset(items), frozenset(stopped))) if self.counted is not None else None
            found.append(Situation(items, stopped, example, classes, idle, unsettled))
            left = self.flow.circuit.all_of([left, -self.flow.circuit.all_of(literals)])
        found.sort(key=lambda one: -(one.classes or 0))
        known = None if self.counted is None else len(self.counted)
        return Situations(
            situations=tuple(found),
            classes=None if self.counted is None else sum(self.counted.values()),
            total=known if why_not_all else len(found),
            why_not_all=why_not_all,
        )

    def _example(self, literals: list[int], model: Model) -> Example:
        """The smallest applicant, as long as there is work left to look for it; else the one that was found."""
        if self.survey.solver.work > MOST_WORK:
            return example_of(self.flow, model)
        return find_smallest(self.flow, self.survey, literals, model)

    def _idle(self, literals: list[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The questions asked for nothing where the literals hold, and those of which this was not settled."""
        idle: list[str] = []
        unsettled: list[str] = []
        for key, shown in self.flow.visible.items():
            given = [*literals, shown]
            if self.survey.solver.work > MOST_WORK:
                unsettled.append(key[0])
                continue
            try:
                if self.survey.find([self.flow.complete, *given]) is None:
                    continue
                if key not in self.influences:
                    self.influences[key] = Influence(self.flow, self.survey, key)
                if not self.influences[key].is_felt(given):
                    idle.append(key[0])
            except Undecided:
                unsettled.append(key[0])
        return tuple(idle), tuple(unsettled)


def _holding(names: Iterable[str], holds: Iterable[bool]) -> tuple[str, ...]:
    return tuple(name for name, is_so in zip(names, holds, strict=False) if is_so)
