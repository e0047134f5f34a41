"""Cases at the boundaries: just below, at and above every threshold, every option, the days on which rules change, the
divisions in which they differ; those that no known case tries yet, each with the smallest applicant who does.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from opsplatform.kernel.condition_wording import number_text
from opsplatform.kernel.days import parse_day
from themes.documents import Question, ThemeDocument
from themes.guidance.answers import Divisions, check_answers
from themes.guidance.evaluation import CompiledGuidance, compile_guidance
from themes.guidance.outcome import GuidanceOutcome
from themes.guidance.parameters import parameter_named, values_on
from themes.guidance.periods import find_boundaries
from themes.guidance.proof.circuit import TRUE
from themes.guidance.proof.classes import is_within, passes, tests_in
from themes.guidance.proof.flow import Flow
from themes.guidance.proof.proving import CONFLICTS, CONFLICTS_EACH, NODES, why_not
from themes.guidance.proof.smallest import example_of, find_smallest
from themes.guidance.proof.solving import Undecided
from themes.guidance.proof.space import AnswerSpace, conditions_of
from themes.guidance.proof.survey import Survey
from themes.guidance.wording import NO_NAMES, Names, answer_text

MOST_PROPOSALS = 200
MOST_WORK = 3_000_000  # of the solver, before applicants are taken as they come instead of the smallest

BoundaryKind = Literal["option", "threshold", "day", "division"]
_SIDES = ("刚好不到", "正好是", "刚好超过")


class Run(msgspec.Struct, frozen=True):
    """Answers for a division and a day, as a saved case has them; None: the city as a whole, today."""

    answers: dict[str, Any]
    division: str | None = None
    on: str | None = None


class Proposal(msgspec.Struct, frozen=True):
    """A run at a boundary that no known one is at. `sentence`: which boundary."""

    kind: BoundaryKind
    sentence: str
    run: Run


class Proposals(msgspec.Struct, frozen=True):
    """`boundaries`: how many can be reached; `covered`: by how many of them a known run is. `why_not_all`: why not all
    of the others are among the proposals; empty where they are.
    """

    proposals: tuple[Proposal, ...]
    boundaries: int
    covered: int
    why_not_all: str = ""


class _Target(NamedTuple):
    """A boundary. `literals`: of those who are at it; `value`: what they answer to the question there."""

    kind: BoundaryKind
    sentence: str
    question: Question
    value: Any
    literals: list[int]


def propose_cases(
    document: ThemeDocument,
    known: Sequence[Run],
    *,
    city: str,
    on: datetime.date,
    divisions: Divisions | None = None,
    names: Names = NO_NAMES,
    apart: Mapping[str, Any] | None = None,
    most: int = MOST_PROPOSALS,
) -> Proposals:
    """Runs at every boundary from the day on that no known one is at; one may stand for several.

    `city`: the code whose values parameters have where a run names no division. `apart`: by division for which packages
    are made, what registers say differently there. Never raises for a document that can be read.
    """
    reason = why_not(document)
    if reason is not None:
        return Proposals((), 0, 0, reason)
    space = AnswerSpace([document], divisions, on)
    flow = Flow(space, document)
    wishes = [[flow.complete, shown] for shown in flow.visible.values()]
    with Survey(space, wishes, conflicts=CONFLICTS_EACH, allowance=CONFLICTS, nodes=NODES) as survey:
        return _Proposing(flow, survey, _Given(tuple(known), city, on, names, dict(apart or {}), most)).proposals()


class _Given(NamedTuple):
    known: tuple[Run, ...]
    city: str
    on: datetime.date
    names: Names
    apart: dict[str, Any]
    most: int


class _Proposing:
    def __init__(self, flow: Flow, survey: Survey, given: _Given) -> None:
        self.flow, self.survey, self.given = flow, survey, given
        self.guidance = flow.document.guidance
        self.runs = list(given.known)
        self.found: list[Proposal] = []
        self.boundaries = self.covered = 0
        self.unsettled = False
        self._compiled: dict[str, CompiledGuidance] = {}

    def proposals(self) -> Proposals:
        """All of them; questions first, then days and divisions, for which what was found before is tried."""
        for target in self._targets():
            self._look_at(target)
        for day in find_boundaries(self.guidance):
            if day > self.given.on:
                self._look_at_day(day)
        self._look_at_divisions()
        why_not_all = "求解器在规定的步数内没有得出结论。" if self.unsettled else ""
        if len(self.found) > self.given.most:
            why_not_all = f"建议超过 {self.given.most} 个，先保存这些，再看其余的。"
        return Proposals(tuple(self.found[: self.given.most]), self.boundaries, self.covered, why_not_all)

    # --- answers -----------------------------------------------------------------------------------------------------

    def _targets(self) -> Iterator[_Target]:
        for key, question in self.flow.questions.items():
            raw = self.flow.space.raws[key]
            if question.type in ("number", "date"):
                yield from self._thresholds(key, question)
            elif raw.choice is None:
                for code, literal in raw.options.items():
                    yield self._option(key, question, [code], literal)
            else:
                for value, literal in zip(*raw.choice, strict=True):
                    if value is not None and question.type != "division9":
                        yield self._option(key, question, value, literal)

    def _option(self, key: tuple[str, str], question: Question, value: Any, literal: int) -> _Target:
        text = answer_text(question, value, self.given.names)
        shown = [self.flow.complete, self.flow.visible[key], literal]
        return _Target("option", f"“{question.text}”答“{text}”", question, value, shown)

    def _thresholds(self, key: tuple[str, str], question: Question) -> Iterator[_Target]:
        choice = self.flow.space.raws[key].choice
        assert choice is not None
        tests = self.flow.space.tests.get(key[0], [])

        def told(given: Any) -> tuple[bool, ...]:
            return tuple(passes(given, op, value) for op, value in tests)

        classes = {told(value): literal for value, literal in zip(*choice, strict=True) if value is not None}
        for cut, when in self._cuts(key[0]):
            for side, value in zip(_SIDES, _around(question, cut), strict=True):
                literal = classes.get(told(value)) if value is not None else None
                if literal is not None:
                    unit = question.unit if question.type == "number" else ""
                    spelled = number_text(cut) if question.type == "number" else cut
                    sentence = f"“{question.text}”{side} {spelled} {unit}".rstrip()
                    shown = [self.flow.complete, self.flow.visible[key], literal, when]
                    yield _Target("threshold", sentence, question, value, shown)

    def _cuts(self, code: str) -> list[tuple[Any, int]]:
        """What the question is compared with, each with when: a parameter has other values elsewhere and later."""
        found: dict[Any, list[int]] = {}
        for condition in conditions_of(self.flow.document):
            for test in tests_in(condition):
                if test.q != code or test.op == "answered":
                    continue
                if parameter_named(test.value) is not None:
                    for value, when in self.flow.space.values_of(self.flow.document, test.value).items():
                        found.setdefault(value, []).append(when)
                    continue
                for value in test.value if isinstance(test.value, list | tuple) else (test.value,):
                    found.setdefault(value, []).append(TRUE)
        return [(value, self.flow.circuit.any_of(when)) for value, when in found.items()]

    def _look_at(self, target: _Target) -> None:
        at_it = [place for place, run in enumerate(self.runs) if self._is_at(run, target)]
        if at_it:
            self._count(is_known=at_it[0] < len(self.given.known))
            return
        try:
            model = self.survey.find(target.literals)
        except Undecided:
            self.unsettled = True
            return
        if model is None:
            return
        if self.survey.solver.work > MOST_WORK:
            example = example_of(self.flow, model)
        else:
            example = find_smallest(self.flow, self.survey, target.literals, model)
        answers = dict(example.answers)
        if target.question.type in ("number", "date"):
            answers[target.question.code] = target.value
        if check_answers(self.guidance, answers, self.flow.space.divisions):
            return
        is_today = example.on in (None, self.given.on.isoformat())
        division = None if example.division in (None, self.given.city) else example.division
        self._propose(target.kind, target.sentence, Run(answers, division, None if is_today else example.on))

    def _is_at(self, run: Run, target: _Target) -> bool:
        given = run.answers.get(target.question.code)
        wanted = target.value
        is_same = set(wanted) <= set(given or ()) if isinstance(wanted, list) else given == wanted
        if target.question.type == "boolean":
            is_same = given is wanted
        return is_same and target.question.code in self._outcome(run).visible_questions

    def _count(self, *, is_known: bool) -> None:
        """One more that is reached: by a known run, or by what is proposed already."""
        self.boundaries += 1
        self.covered += is_known

    def _propose(self, kind: BoundaryKind, sentence: str, run: Run) -> None:
        self.boundaries += 1
        self.runs.append(run)
        self.found.append(Proposal(kind, sentence, run))

    # --- days and divisions ------------------------------------------------------------------------------------------

    def _look_at_day(self, day: datetime.date) -> None:
        """The same answers on the day before and on the day, of somebody who is told something else on it, if known."""
        before, after = (day - datetime.timedelta(days=1)).isoformat(), day.isoformat()
        known = self.given.known
        on_the_day = [run.answers for run in known if run.on == after]
        if any(run.on == before and run.answers in on_the_day for run in known):
            self._count(is_known=True)
            self._count(is_known=True)
            return
        tried = self._best(lambda run: self._on(run, before) != self._on(run, after))
        if tried is None:
            return
        for on, sentence in ((before, f"{after} 起规定有变，前一天"), (after, f"{after} 起规定有变，当天")):
            run = msgspec.structs.replace(tried, on=on)
            if run in self.runs:
                self._count(is_known=run in known)
            else:
                self._propose("day", sentence, run)

    def _on(self, run: Run, day: str) -> Any:
        return _told(self._outcome(msgspec.structs.replace(run, on=day)))

    def _look_at_divisions(self) -> None:
        """One division of each kind that parameters or registers treat alike, where there is more than one kind."""
        groups: dict[str, list[str]] = {}
        for code, told in self.given.apart.items():
            values = values_on(self.guidance.parameters, code, self.given.on)
            groups.setdefault(repr((sorted(values.items()), told)), []).append(code)
        for codes in groups.values() if len(groups) > 1 else ():
            if any(run.division in codes for run in self.runs):
                self._count(is_known=any(run.division in codes for run in self.given.known))
                continue
            tried = self._best(lambda run: bool(self._outcome(run).items))
            moved = self._moved(tried, codes[0]) if tried is not None else None
            if moved is not None:
                name = self.given.names.divisions.get(codes[0], codes[0])
                alike = f"（与它规定相同的共 {len(codes)} 个）" if len(codes) > 1 else ""
                self._propose("division", f"在{name}办理{alike}", moved)

    def _moved(self, run: Run, division: str) -> Run | None:
        """The run in the division, answers about places moved there; None where these would not fit."""
        answers = dict(run.answers)
        places = self.flow.space.divisions or {}
        for key, question in self.flow.questions.items():
            if question.code not in answers or question.type not in ("division6", "division9"):
                continue
            if question.type == "division6" and question.code == self.guidance.division_question:
                answers[question.code] = division
            elif question.type == "division9":
                tests = self.flow.space.tests.get(key[0], [])
                alike = [passes(answers[question.code], op, value) for op, value in tests]
                below = [code for code, one in places.items() if one.parent == division and not one.is_statistical]
                fitting = [code for code in below if [passes(code, op, value) for op, value in tests] == alike]
                if not fitting:
                    return None
                answers[question.code] = min(fitting)
        moved = Run(answers, division, run.on)
        return None if check_answers(self.guidance, answers, self.flow.space.divisions) else moved

    def _best(self, is_wanted: Callable[[Run], bool]) -> Run | None:
        """The first known run for which it holds, else the first; without a day or division of its own."""
        plain = [Run(run.answers) for run in self.runs]
        return next((run for run in plain if is_wanted(run)), plain[0] if plain else None)

    def _outcome(self, run: Run) -> GuidanceOutcome:
        division = run.division or self.given.city
        compiled = self._compiled.get(division)
        if compiled is None:
            compiled = compile_guidance(self.guidance, self.flow.document.items, division)
            self._compiled[division] = compiled
        return compiled.evaluate(run.answers, parse_day(run.on or "") or self.given.on)


def _told(outcome: GuidanceOutcome) -> Any:
    return (
        outcome.items,
        outcome.stopped,
        outcome.notices,
        outcome.fields,
        outcome.promised_days,
        outcome.materials,
        outcome.visible_questions,
    )


def _around(question: Question, cut: Any) -> tuple[Any, Any, Any]:
    """What is just below the cut, the cut, and just above it; None for what the question does not take."""
    if question.type == "date":
        day = parse_day(cut) if isinstance(cut, str) else None
        if day is None:
            return None, None, None
        step = datetime.timedelta(days=1)
        return (day - step).isoformat(), cut, (day + step).isoformat()
    if isinstance(cut, bool) or not isinstance(cut, int | float):
        return None, None, None
    decimals = len(number_text(cut).partition(".")[2])
    around = [round(cut + side * 10**-decimals, decimals) for side in (-1, 0, 1)]
    whole = [int(number) if number == int(number) else number for number in around]
    low, middle, high = (number if is_within(number, question) else None for number in whole)
    return low, middle, high
