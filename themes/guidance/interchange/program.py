"""Guidance as named steps and a result, for engines that know neither our conditions nor our order of effects.

Inputs are `answers` (by question code) and `on` (ISO date or nothing: then periods are left aside and every parameter
has its latest value). Steps: a1… what was answered, s1… whether the question is visible, q1… the answer that counts,
r1… whether the rule fires, i1… whether the item is selected.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    Guidance,
    Question,
    RemoveItem,
    SetField,
    SetPromisedDays,
    Stop,
    WaiveMaterial,
)
from themes.guidance.compiling import sort_rules
from themes.guidance.interchange.expressions import (
    ALWAYS,
    NEVER,
    NOTHING,
    Answer,
    Choice,
    ComparesDay,
    Constant,
    Expression,
    IsAnswered,
    IsGiven,
    Name,
    Present,
    Record,
    every,
    opposite,
    some,
)
from themes.guidance.interchange.judging import kind_of, test_of
from themes.guidance.outcome import GuidedItem
from themes.guidance.parameters import Stretch, parameter_named, stretches_of
from themes.guidance.periods import Dated
from themes.guidance.visibility import order_for_judging, sort_questions

_DIGITS = {"division6": 6, "division9": 9}  # GB/T 10114


class Step(msgspec.Struct, frozen=True):
    """A named value; `note` says what it is about, for people."""

    name: str
    expression: Expression
    note: str


class Program(msgspec.Struct, frozen=True):
    """Steps in an order in which each names only earlier ones, then the result.

    The result's members: visible_questions, fired_rules, items, stopped, notices (as in GuidanceOutcome); fields as
    [{item, field, value}], promised_days as [{item, days}], materials as [{item, materials: [{material,
    necessity_code, note}]}].
    """

    steps: tuple[Step, ...]
    result: tuple[tuple[str, Expression], ...]


def write_program(
    guidance: Guidance, items: Sequence[GuidedItem], division: str, divisions: Collection[str]
) -> Program:
    """The program of this guidance and its items.

    `division`: whose values parameters have; `divisions`: codes that may be answered. Questions whose `show_when` leads
    back to themselves are never visible on any day; the gate refuses them.
    """
    return _Writer(guidance, items, division, divisions).write()


class _Writer:
    def __init__(
        self, guidance: Guidance, items: Sequence[GuidedItem], division: str, divisions: Collection[str]
    ) -> None:
        self.questions = sort_questions(guidance.questions)
        self.rules = sort_rules(guidance.rules)
        self.items = items
        self.divisions = sorted(divisions)
        self.stretches = {one.code: stretches_of(one, division) for one in guidance.parameters}
        self.numbers = {question.code: number for number, question in enumerate(self.questions, start=1)}
        self.judged: dict[str, Question] = {}
        # every effect in the order in which they happen, with when it does
        self.happening: list[tuple[Expression, Effect]] = [
            (Name(f"r{number}"), effect) for number, rule in enumerate(self.rules, start=1) for effect in rule.effects
        ]

    def write(self) -> Program:
        steps = [*self._questions(), *self._rules()]
        for number, item in enumerate(self.items, start=1):
            steps.append(Step(f"i{number}", self._selected(item), item.code))
        visible = [
            Choice(Name(f"s{self.numbers[one.code]}"), Constant(one.code), NOTHING)
            for one in self.questions
            if one.code in self.judged
        ]
        fired = [Choice(Name(f"r{n}"), Constant(rule.code), NOTHING) for n, rule in enumerate(self.rules, start=1)]
        items = [Choice(Name(f"i{n}"), Constant(item.code), NOTHING) for n, item in enumerate(self.items, start=1)]
        result: dict[str, Sequence[Expression]] = {
            "visible_questions": visible,
            "fired_rules": fired,
            "items": items,
            "stopped": self._each_once(Stop, "message"),
            "notices": self._each_once(AddNotice, "notice"),
            "fields": list(self._fields()),
            "promised_days": list(self._promised_days()),
            "materials": list(self._materials()),
        }
        return Program(tuple(steps), tuple((name, Present(tuple(parts))) for name, parts in result.items()))

    # --- questions and rules -----------------------------------------------------------------------------------------

    def _questions(self) -> Iterator[Step]:
        for question in order_for_judging(self.questions):
            number = self.numbers[question.code]
            shown = every([self._in_force(question), self._holds(question.show_when)])
            given = Name(f"a{number}")
            counts = every([Name(f"s{number}"), IsAnswered(given, kind_of(question))])
            yield Step(f"a{number}", Answer(question.code), question.text)
            yield Step(f"s{number}", shown, question.text)
            yield Step(f"q{number}", Choice(counts, given, NOTHING), question.text)
            self.judged[question.code] = question

    def _rules(self) -> Iterator[Step]:
        for number, rule in enumerate(self.rules, start=1):
            yield Step(f"r{number}", every([self._in_force(rule), self._holds(rule.when)]), rule.name)

    def _holds(self, condition: Condition | None) -> Expression:
        if condition is None:
            return ALWAYS
        if condition.all is not None:
            return every([self._holds(part) for part in condition.all])
        if condition.any is not None:
            return some([self._holds(part) for part in condition.any])
        if condition.not_ is not None:
            return opposite(self._holds(condition.not_))
        question = self.judged.get(condition.q or "")
        if question is None:
            return NEVER
        parts = [
            every([when, self._test(question, str(condition.op), value)])
            for when, value in self._values(condition.value)
        ]
        return some(parts)

    def _test(self, question: Question, op: str, value: Any) -> Expression:
        return test_of(f"q{self.numbers[question.code]}", question, op, value, self._possible(question))

    def _possible(self, question: Question) -> list[str]:
        digits = _DIGITS.get(question.type)
        if digits is not None:
            return [code for code in self.divisions if len(code) == digits]
        return [option.code for option in question.options]

    # --- days --------------------------------------------------------------------------------------------------------

    def _values(self, value: Any) -> list[tuple[Expression, Any]]:
        """The value, or every value of the parameter that it names, each with when it holds."""
        code = parameter_named(value)
        if code is None:
            return [(ALWAYS, value)]
        stretches = self.stretches.get(code, ())
        return [
            (self._in_force(stretch) if stretch is stretches[-1] else _on_a_day_of(stretch), stretch.value)
            for stretch in stretches
        ]

    @staticmethod
    def _in_force(dated: Dated | Stretch) -> Expression:
        within = _on_a_day_of(dated)
        return ALWAYS if within == ALWAYS else some([opposite(IsGiven("on")), within])

    # --- effects -----------------------------------------------------------------------------------------------------

    def _selected(self, item: GuidedItem) -> Expression:
        selected: Expression = Constant(bool(item.mandatory))
        run: list[Expression] = []
        adding: bool | None = None
        for when, effect in self.happening:
            if isinstance(effect, AddItem | RemoveItem) and effect.item == item.code:
                if adding is not None and isinstance(effect, AddItem) is not adding:
                    selected, run = _after(selected, run, is_adding=adding), []
                adding = isinstance(effect, AddItem)
                run.append(when)
        return selected if adding is None else _after(selected, run, is_adding=adding)

    def _each_once(self, kind: type[Stop | AddNotice], what: str) -> list[Expression]:
        earlier: dict[str, list[Expression]] = {}
        found: list[Expression] = []
        for when, effect in self.happening:
            if isinstance(effect, kind):
                value = getattr(effect, what)
                before = earlier.setdefault(value, [])
                if when not in before:
                    found.append(Choice(every([when, opposite(some(before))]), Constant(value), NOTHING))
                    before.append(when)
        return found

    def _fields(self) -> Iterator[Expression]:
        targets: dict[tuple[str | None, str], list[tuple[Expression, Expression]]] = {}
        for when, effect in self.happening:
            if isinstance(effect, SetField):
                for holds, value in self._values(effect.value):
                    told = _record(item=effect.item, field=effect.field, value=value)
                    targets.setdefault((effect.item, effect.field), []).append((every([when, holds]), told))
        for decided in targets.values():
            yield _last(decided, NOTHING)

    def _promised_days(self) -> Iterator[Expression]:
        targets: dict[str, list[tuple[Expression, Expression]]] = {}
        for when, effect in self.happening:
            if isinstance(effect, SetPromisedDays):
                told = _record(item=effect.item, days=effect.value)
                targets.setdefault(effect.item, []).append((when, told))
        for decided in targets.values():
            yield _last(decided, NOTHING)

    def _materials(self) -> Iterator[Expression]:
        for number, item in enumerate(self.items, start=1):
            required = Present(tuple(self._required(item)))
            told = Record((("item", Constant(item.code)), ("materials", required)))
            yield Choice(Name(f"i{number}"), told, NOTHING)

    def _required(self, item: GuidedItem) -> Iterator[Expression]:
        own = {use.material: use for use in item.materials}
        decided: dict[str, list[tuple[Expression, Expression]]] = {}
        for when, effect in self.happening:
            if isinstance(effect, AddMaterial | WaiveMaterial) and effect.item == item.code:
                told: Expression = NOTHING
                if isinstance(effect, AddMaterial):
                    use = own.get(effect.material)
                    necessity = effect.necessity_code or (use.necessity_code if use else None)
                    told = _material(effect.material, necessity, use.note if use else "")
                decided.setdefault(effect.material, []).append((when, told))
        for code, use in own.items():
            asked = Choice(self._holds(use.when), _material(code, use.necessity_code, use.note), NOTHING)
            yield _last(decided.get(code, []), asked)
        for code, first in self._named(item.code):
            if code not in own:
                told = _last(decided[code], NOTHING)
                yield told if first == ALWAYS else Choice(first, told, NOTHING)

    def _named(self, item: str) -> Iterator[tuple[str, Expression]]:
        """The materials that rules name for the item, in their order; each with when it is its first in force."""
        earlier: dict[str, list[Expression]] = {}
        for rule in self.rules:
            effects = [effect for effect in rule.effects if isinstance(effect, AddMaterial | WaiveMaterial)]
            for code in dict.fromkeys(effect.material for effect in effects if effect.item == item):
                before, is_in_force = earlier.setdefault(code, []), self._in_force(rule)
                first = every([is_in_force, opposite(some(before))])
                if first != NEVER:
                    yield code, first
                before.append(is_in_force)


def _on_a_day_of(dated: Dated | Stretch) -> Expression:
    bounds: list[Expression] = []
    for sign, day in ((">=", dated.effective_from), ("<=", dated.effective_to)):
        if day is not None:
            is_day = parse_day(day) is not None
            bounds.append(ComparesDay("on", ">=" if sign == ">=" else "<=", day) if is_day else NEVER)
    return every(bounds)


def _after(selected: Expression, run: list[Expression], *, is_adding: bool) -> Expression:
    """Whether the item is selected after effects that all add or all remove it."""
    return some([*run, selected]) if is_adding else every([selected, opposite(some(run))])


def _last(decided: list[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
    """What the last effect that happens decides; effects next to each other that decide the same stand together."""
    runs: list[tuple[list[Expression], Expression]] = []
    for when, told in decided:
        if runs and runs[-1][1] == told and _spelled(runs[-1][1]) == _spelled(told):
            runs[-1][0].append(when)
        else:
            runs.append(([when], told))
    expression = otherwise
    for when_any, told in runs:
        expression = Choice(some(when_any), told, expression)
    return expression


def _spelled(expression: Expression) -> bytes:
    """Tells 1 from true, which are equal to Python."""
    return msgspec.json.encode(expression)


def _record(**members: Any) -> Record:
    return Record(tuple((name, Constant(value)) for name, value in members.items()))


def _material(code: str, necessity_code: str | None, note: str) -> Record:
    return _record(material=code, necessity_code=necessity_code, note=note)
