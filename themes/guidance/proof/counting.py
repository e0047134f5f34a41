"""How many answer classes a theme has: each way of answering the visible questions that conditions tell apart, by day.

Counted without listing them: question by question, many ways at a time that are alike to all later questions, and to
the rules that decide which items there are.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from opsplatform.kernel.conditions import Condition
from themes.documents import AddItem, Question, RemoveItem, Rule, Stop
from themes.guidance.compiling import sort_rules
from themes.guidance.parameters import resolve_guidance, values_on
from themes.guidance.periods import is_in_force
from themes.guidance.proof.classes import Test, passes, tests_in
from themes.guidance.proof.flow import Flow
from themes.guidance.proof.interrupting import look_in
from themes.guidance.proof.space import World
from themes.guidance.visibility import order_for_judging, sort_questions

MOST_STATES = 20_000  # ways of answering that later questions tell apart, at any one question
MOST_STATES_WITH_RULES = 2_000  # the same where rules are counted by, which have more to remember
MOST_MENTIONED = 12  # options of one multi that conditions for questions name

Key = tuple[str, str]  # a question's code, a test of it; RULE and the code of a rule: whether it fires
State = Mapping[Key, Any]  # what is known of earlier answers; a question not seen is in none
Ends = tuple[frozenset[str], frozenset[str]]  # items, reasons of stops

RULE = ""  # the code of no question


def count_classes(flow: Flow) -> int | None:
    """The number of classes on all days and for all values of parameters; None where there is too much to count."""
    total = 0
    for world in flow.space.worlds.values:
        number = _Count(flow, world).number()
        if number is None:
            return None
        total += number
    return total


def count_by_ends(flow: Flow) -> dict[Ends, int] | None:
    """The same number, by the items and reasons of stops that the classes end in."""
    total: Counter[Ends] = Counter()
    for world in flow.space.worlds.values:
        found = _Count(flow, world, with_rules=True).by_ends()
        if found is None:
            return None
        total.update(found)
    return dict(total)


class _Count:
    def __init__(self, flow: Flow, world: World, *, with_rules: bool = False) -> None:
        self.flow = flow
        guidance = flow.document.guidance
        resolved = resolve_guidance(guidance, values_on(guidance.parameters, world.division, world.day))
        asked = [one for one in resolved.questions if world.day is None or is_in_force(one, world.day)]
        self.questions = order_for_judging(sort_questions(asked))
        in_force = [one for one in resolved.rules if world.day is None or is_in_force(one, world.day)]
        self.rules = [rule for rule in sort_rules(in_force) if _decides(rule)] if with_rules else []
        self.tests: dict[str, dict[str, Test]] = {}
        for condition in (*(one.show_when for one in self.questions), *(rule.when for rule in self.rules)):
            for test in tests_in(condition):
                assert test.q is not None
                assert test.op is not None
                self.tests.setdefault(test.q, {})[_name(test)] = (test.op, test.value)
        self.most_states = MOST_STATES_WITH_RULES if with_rules else MOST_STATES
        self.judged = self._judged()
        self.last_use = self._last_uses()

    def number(self) -> int | None:
        """The number of classes on the day."""
        counted = self._counted()
        return None if counted is None else sum(counted.values())

    def by_ends(self) -> dict[Ends, int] | None:
        """The number of classes on the day by what they end in."""
        counted = self._counted()
        if counted is None:
            return None
        total: Counter[Ends] = Counter()
        for known, ways in counted.items():
            total[self._ends(dict(known))] += ways
        return dict(total)

    def _counted(self) -> dict[frozenset[tuple[Key, Any]], int] | None:
        """The number of classes by what is known in the end: which rules fire."""
        if any(len(self._mentioned(question)) > MOST_MENTIONED for question in self.questions):
            return None
        total = 1
        nothing: dict[Key, Any] = {(RULE, rule.code): self._holds(rule.when, {}) for rule in self.judged.get(-1, ())}
        states: dict[frozenset[tuple[Key, Any]], int] = {frozenset(nothing.items()): 1}
        for place, question in enumerate(self.questions):
            found: Counter[frozenset[tuple[Key, Any]]] = Counter()
            for known, ways in states.items():
                look_in()
                state = dict(known)
                for told, times in self._told(question, state):
                    after = {**state, **told}
                    after |= {(RULE, one.code): self._holds(one.when, after) for one in self.judged.get(place, ())}
                    kept = {key: value for key, value in after.items() if self.last_use.get(key, place) > place}
                    found[frozenset(kept.items())] += ways * times
                if len(found) > self.most_states:
                    return None
            states = dict(found)
            if len(states) == 1:  # nothing earlier matters to later questions: the rest is counted by itself
                total *= next(iter(states.values()))
                states = dict.fromkeys(states, 1)
        return {known: total * ways for known, ways in states.items()}

    def _judged(self) -> dict[int, list[Rule]]:
        """The rules whose last question stands at a place; -1: without any."""
        places = {question.code: place for place, question in enumerate(self.questions)}
        found: dict[int, list[Rule]] = {}
        for rule in self.rules:
            last = max((places.get(test.q or "", -1) for test in tests_in(rule.when)), default=-1)
            found.setdefault(last, []).append(rule)
        return found

    def _ends(self, known: State) -> Ends:
        selected = {item.code: item.mandatory for item in self.flow.document.items}
        stopped: set[str] = set()
        for rule in self.rules:
            for effect in rule.effects if known[RULE, rule.code] else ():
                if isinstance(effect, AddItem | RemoveItem) and effect.item in selected:
                    selected[effect.item] = isinstance(effect, AddItem)
                elif isinstance(effect, Stop):
                    stopped.add(effect.message)
        return frozenset(code for code, is_selected in selected.items() if is_selected), frozenset(stopped)

    def _told(self, question: Question, state: State) -> Iterator[tuple[dict[Key, Any], int]]:
        """What later questions are told of the answers to this one, and how many answers tell them that."""
        if not self._holds(question.show_when, state):
            yield {}, 1
            return
        tests = self.tests.get(question.code, {})
        groups: Counter[tuple[Any, ...]] = Counter()
        for answer, times in self._answers(question, state):
            place = self._district_place(question, answer)
            groups[(*(passes(answer, op, value) for op, value in tests.values()), place)] += times
        names = [(question.code, name) for name in (*tests, "district")]
        for told, times in groups.items():
            yield dict(zip(names, told, strict=True)), times

    def _answers(self, question: Question, state: State) -> Iterator[tuple[Any, int]]:
        raw = self.flow.space.raws[question.code, question.type]
        if raw.choice is not None:
            within = state.get((self._above(), "district")) if question.type == "division9" else None
            for answer in raw.choice.values:
                if within is None or self.flow.space.place_of_district(answer) in (None, within):
                    yield answer, 1
            return
        mentioned = self._mentioned(question)
        free = 2 ** (len(raw.options) - len(mentioned))
        for chosen in product((False, True), repeat=len(mentioned)):
            picked = [code for code, is_chosen in zip(mentioned, chosen, strict=True) if is_chosen]
            if picked:
                yield picked, free
                continue
            if free > 1:
                yield ["another"], free - 1
            if not question.required or not raw.options:
                yield None, 1

    def _mentioned(self, question: Question) -> list[str]:
        """The options of a multi that decide whether other questions are asked."""
        tests = self.tests.get(question.code, {}).values()
        named = [one for _, value in tests for one in (value if isinstance(value, list | tuple) else (value,))]
        return [option.code for option in question.options if question.type == "multi" and option.code in named]

    def _district_place(self, question: Question, answer: Any) -> int | None:
        if question.type != "division6" or question.code != self._above():
            return None
        choice = self.flow.space.raws[question.code, question.type].choice
        assert choice is not None
        return choice.values.index(answer)

    def _above(self) -> str:
        return self.flow.document.guidance.division_question or ""

    def _holds(self, condition: Condition | None, state: State) -> bool:
        if condition is None:
            return True
        if condition.all is not None:
            return all(self._holds(part, state) for part in condition.all)
        if condition.any is not None:
            return any(self._holds(part, state) for part in condition.any)
        if condition.not_ is not None:
            return not self._holds(condition.not_, state)
        return bool(state.get((condition.q or "", _name(condition)), False))

    def _last_uses(self) -> dict[Key, int]:
        """Until which question each thing told is still asked for."""
        uses: dict[Key, int] = {(question.code, "district"): -1 for question in self.questions}
        for question in self.questions:
            uses |= {(question.code, name): -1 for name in self.tests.get(question.code, ())}
        for place, question in enumerate(self.questions):
            uses |= {(test.q or "", _name(test)): place for test in tests_in(question.show_when)}
            if question.type == "division9":
                uses[self._above(), "district"] = place
        for place, rules in self.judged.items():
            for rule in rules:
                uses[RULE, rule.code] = len(self.questions)
                for test in tests_in(rule.when):
                    key = (test.q or "", _name(test))
                    uses[key] = max(uses.get(key, -1), place)
        return uses


def _decides(rule: Rule) -> bool:
    """Whether the rule may decide about items or stops."""
    return any(isinstance(effect, AddItem | RemoveItem | Stop) for effect in rule.effects)


def _name(test: Condition) -> str:
    return f"{test.op} {test.value!r}"
