"""Guidance compiled once and evaluated on answers and a day (domain.md §2)."""

import datetime
from bisect import bisect_right
from collections.abc import Sequence

from opsplatform.kernel.conditions import Condition, Test, Values, compile_condition
from themes.documents import Guidance
from themes.guidance.compiling import Evaluator, compile_evaluator
from themes.guidance.outcome import GuidanceOutcome, GuidedItem
from themes.guidance.periods import find_boundaries, is_in_force


class CompiledGuidance:
    """Guidance with its items, turned into functions; safe to share between threads.

    `source` is the function for guidance whose periods are left aside, for people to read.
    """

    def __init__(self, guidance: Guidance, items: Sequence[GuidedItem]) -> None:
        self.guidance = guidance
        self.items = tuple(items)
        self._evaluate, self.source = compile_evaluator(guidance.questions, guidance.rules, self.items)
        self._boundaries = find_boundaries(guidance)
        self._between: dict[int, Evaluator] = {}  # by place among the boundaries, compiled on first use
        self._tests: dict[int, Test] = {}  # by identity of a condition of this guidance, compiled on first use

    def evaluate(self, answers: Values, on: datetime.date | None = None) -> GuidanceOutcome:
        """What the answers lead to on that day.

        `answers`: by question code, partial allowed; taken as they are (`check_answers` judges them). `on`: questions
        and rules whose period does not contain the day do not exist. None leaves periods aside, as if all were in
        force: for cases that name no day; an edge always passes one.
        """
        if on is None or not self._boundaries:
            return self._evaluate(answers)
        return self.evaluator_on(on)(answers)

    def evaluator_on(self, on: datetime.date) -> Evaluator:
        """The function of answers that holds on that day."""
        place = bisect_right(self._boundaries, on)
        evaluator = self._between.get(place)
        if evaluator is None:
            questions = [question for question in self.guidance.questions if is_in_force(question, on)]
            rules = [rule for rule in self.guidance.rules if is_in_force(rule, on)]
            evaluator = self._between[place] = compile_evaluator(questions, rules, self.items)[0]
        return evaluator

    def holds(self, condition: Condition, answers: Values) -> bool:
        """Whether a condition that is part of this guidance or its items holds on these answers."""
        test = self._tests.get(id(condition))
        if test is None:
            test = self._tests[id(condition)] = compile_condition(condition)
        return test(answers)


def compile_guidance(guidance: Guidance, items: Sequence[GuidedItem]) -> CompiledGuidance:
    """The guidance ready to evaluate; `items` in theme order, each with its materials bound by the theme."""
    return CompiledGuidance(guidance, items)
