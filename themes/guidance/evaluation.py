"""Guidance compiled once and evaluated on answers and a day (domain.md §2)."""

import datetime
from bisect import bisect_right
from collections.abc import Sequence

from opsplatform.kernel.conditions import Condition, Test, Values, compile_condition
from themes.documents import Guidance
from themes.guidance.compiling import Evaluator, compile_evaluator
from themes.guidance.outcome import GuidanceOutcome, GuidedItem, ResolvedItem
from themes.guidance.parameters import Values as ParameterValues
from themes.guidance.parameters import names_parameters, resolve_guidance, resolve_uses, values_on
from themes.guidance.periods import find_boundaries, is_in_force


class CompiledGuidance:
    """Guidance with its items, turned into functions; safe to share between threads.

    `values`: of its parameters, where it is the guidance `as_of` a day. `source` is the function for guidance whose
    periods are left aside, for people to read.
    """

    def __init__(self, guidance: Guidance, items: Sequence[GuidedItem], division: str = "") -> None:
        self.guidance = guidance
        self.items = tuple(items)
        self.division = division
        self.values: ParameterValues = {}
        self._is_plain = not names_parameters(guidance, (use for item in self.items for use in item.materials))
        self._boundaries = find_boundaries(guidance)
        self._as_of: dict[int | None, CompiledGuidance] = {}  # by place among the boundaries, None: periods left aside
        self._between: dict[int, Evaluator] = {}  # by place among the boundaries, compiled on first use
        self._tests: dict[int, Test] = {}  # by identity of a condition of this guidance, compiled on first use
        latest = self.as_of(None)
        self._evaluate: Evaluator
        self.source: str
        if latest is self:
            self._evaluate, self.source = compile_evaluator(guidance.questions, guidance.rules, self.items)
        else:
            self._evaluate, self.source = latest._evaluate, latest.source

    def evaluate(self, answers: Values, on: datetime.date | None = None) -> GuidanceOutcome:
        """What the answers lead to on that day.

        `answers`: by question code, partial allowed; taken as they are (`check_answers` judges them). `on`: questions
        and rules whose period does not contain the day do not exist. None leaves periods aside, as if all were in
        force and every parameter had its latest value: for cases that name no day; an edge always passes one.
        """
        if on is None or not self._boundaries:
            return self._evaluate(answers)
        return self.evaluator_on(on)(answers)

    def evaluator_on(self, on: datetime.date) -> Evaluator:
        """The function of answers that holds on that day."""
        place = bisect_right(self._boundaries, on)
        evaluator = self._between.get(place)
        if evaluator is None:
            resolved = self.as_of(on)
            questions = [question for question in resolved.guidance.questions if is_in_force(question, on)]
            rules = [rule for rule in resolved.guidance.rules if is_in_force(rule, on)]
            evaluator = self._between[place] = compile_evaluator(questions, rules, resolved.items)[0]
        return evaluator

    def as_of(self, on: datetime.date | None) -> "CompiledGuidance":
        """The same guidance with the values of that day in the place of parameters; itself where it names none."""
        if self._is_plain:
            return self
        place = None if on is None else bisect_right(self._boundaries, on)
        resolved = self._as_of.get(place)
        if resolved is None:
            values = values_on(self.guidance.parameters, self.division, on)
            items = [_with_materials(item, values) for item in self.items]
            resolved = CompiledGuidance(resolve_guidance(self.guidance, values), items, self.division)
            resolved.values = values
            self._as_of[place] = resolved
        return resolved

    def holds(self, condition: Condition, answers: Values) -> bool:
        """Whether a condition that is part of this guidance or its items holds on these answers."""
        test = self._tests.get(id(condition))
        if test is None:
            test = self._tests[id(condition)] = compile_condition(condition)
        return test(answers)


def compile_guidance(guidance: Guidance, items: Sequence[GuidedItem], division: str = "") -> CompiledGuidance:
    """The guidance ready to evaluate; `items` in theme order, each with its materials bound by the theme.

    `division`: code of the division whose values parameters have.
    """
    return CompiledGuidance(guidance, items, division)


def _with_materials(item: GuidedItem, values: ParameterValues) -> GuidedItem:
    return ResolvedItem(item.code, item.mandatory, resolve_uses(item.materials, values))
