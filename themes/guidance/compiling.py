"""Guidance turned into one straight-line Python function: questions, then rules with their effects, then items.

Evaluation runs on every click of the portal, so all that does not depend on answers is settled here: the order of
questions and rules, which effects can meet which item, which materials an item always asks for. Every selected item and
every overridable material is a local variable, so that a later effect replaces an earlier one by plain assignment.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, cast

from opsplatform.kernel.conditions import Scope, Values, write_test
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    Question,
    RemoveItem,
    Rule,
    SetField,
    SetPromisedDays,
    Stop,
    WaiveMaterial,
)
from themes.guidance.outcome import GuidanceOutcome, GuidedItem, RequiredMaterial
from themes.guidance.visibility import order_for_judging, sort_questions

Evaluator = Callable[[Values], GuidanceOutcome]

_RETURN = (
    " return Outcome(tuple(visible), given, tuple(fired), tuple(materials), tuple(stopped), tuple(notices),"
    " fields, days, materials)"
)


def compile_evaluator(
    questions: Iterable[Question], rules: Iterable[Rule], items: Sequence[GuidedItem]
) -> tuple[Evaluator, str]:
    """The evaluator of exactly these questions, rules and items, with its source for people to read."""
    writer = _Writer(sort_questions(questions), sort_rules(rules), items)
    lines = list(writer.write())
    return cast(Evaluator, writer.scope.run(lines, "evaluate")), "\n".join(lines)


def sort_rules(rules: Iterable[Rule]) -> list[Rule]:
    """The rules as they are evaluated: by priority, then code."""
    return sorted(rules, key=lambda rule: (rule.priority, rule.code))


class _Writer:
    def __init__(self, questions: list[Question], rules: list[Rule], items: Sequence[GuidedItem]) -> None:
        self.questions, self.rules, self.items = questions, rules, items
        self.scope = Scope()
        self.scope.names.update(Outcome=GuidanceOutcome, OWN=object())
        self.places: dict[str, str] = {}  # question code → variable, as far as written
        self.selected = {item.code: f"i{place}" for place, item in enumerate(items)}
        self.own_materials = {
            (item.code, use.material): RequiredMaterial(use.material, use.necessity_code, use.note)
            for item in items
            for use in item.materials
        }
        # (item, material) → variable: OWN while no rule decides, None when waived, else what is required
        self.overrides: dict[tuple[str, str], str] = {}
        for rule in rules:
            for effect in rule.effects:
                if isinstance(effect, AddMaterial | WaiveMaterial) and effect.item in self.selected:
                    self.overrides.setdefault((effect.item, effect.material), f"m{len(self.overrides)}")

    def write(self) -> Iterator[str]:
        yield "def evaluate(answers):"
        yield " get = answers.get"
        yield " visible = []; given = {}; fired = []; stopped = {}; notices = {}"
        yield " fields = {}; days = {}; materials = {}"
        for item in self.items:
            yield f" {self.selected[item.code]} = {bool(item.mandatory)}"
        for variable in self.overrides.values():
            yield f" {variable} = OWN"
        yield from self._write_questions()
        for rule in self.rules:
            yield f" if {self._test(rule.when)}:"
            yield f"  fired.append({rule.code!a})"
            for effect in rule.effects:
                yield from self._write_effect(effect)
        for item in self.items:
            yield from self._write_item(item)
        yield _RETURN

    def _test(self, condition: Any) -> str:
        return write_test(condition, self.places, self.scope)

    def _write_questions(self) -> Iterator[str]:
        judged = order_for_judging(self.questions)
        for is_conditional, run in groupby(judged, lambda question: question.show_when is not None):
            group = list(run)
            if not is_conditional:
                yield f" visible += {self.scope.bind(tuple(question.code for question in group))}"
            for question in group:
                yield from self._write_question(question)
        ranks = {question.code: rank for rank, question in enumerate(self.questions)}
        order = [ranks[question.code] for question in judged]
        if order != sorted(order):
            yield f" visible.sort(key={self.scope.bind(ranks.__getitem__)})"

    def _write_question(self, question: Question) -> Iterator[str]:
        variable, code, indent = f"q{len(self.places)}", ascii(question.code), " "
        if question.show_when is not None:
            yield f" {variable} = None"
            yield f" if {self._test(question.show_when)}:"
            yield f"  visible.append({code})"
            indent = "  "
        yield f"{indent}{variable} = get({code})"
        yield f"{indent}if {variable} or is_answered({variable}): given[{code}] = {variable}"
        yield f"{indent}else: {variable} = None"
        self.places[question.code] = variable

    def _write_effect(self, effect: Effect) -> Iterator[str]:
        match effect:
            case AddItem() | RemoveItem():
                if effect.item in self.selected:
                    yield f"  {self.selected[effect.item]} = {isinstance(effect, AddItem)}"
            case AddMaterial() | WaiveMaterial():
                variable = self.overrides.get((effect.item, effect.material))
                if variable is not None:
                    yield f"  {variable} = {self._override(effect)}"
            case SetField():
                yield f"  fields[{self.scope.bind((effect.item, effect.field))}] = {self.scope.literal(effect.value)}"
            case SetPromisedDays():
                yield f"  days[{effect.item!a}] = {self.scope.literal(effect.value)}"
            case AddNotice():
                yield f"  notices[{effect.notice!a}] = None"
            case Stop():
                yield f"  stopped[{effect.message!a}] = None"

    def _override(self, effect: AddMaterial | WaiveMaterial) -> str:
        if isinstance(effect, WaiveMaterial):
            return "None"
        own = self.own_materials.get((effect.item, effect.material), RequiredMaterial(effect.material))
        necessity_code = effect.necessity_code or own.necessity_code
        return self.scope.bind(RequiredMaterial(effect.material, necessity_code, own.note))

    def _write_item(self, item: GuidedItem) -> Iterator[str]:
        yield f" if {self.selected[item.code]}:"
        parts: list[str] = []
        for use in {use.material: use for use in item.materials}.values():
            name = self.scope.bind(self.own_materials[item.code, use.material])
            variable = self.overrides.get((item.code, use.material))
            required = name if use.when is None else f"{name} if {self._test(use.when)} else None"
            parts.append(required if variable is None else f"({required}) if {variable} is OWN else {variable}")
        added = {material for code, material in self.overrides if code == item.code} - {
            use.material for use in item.materials
        }
        for (code, material), variable in self.overrides.items():
            if code == item.code and material in added:
                parts.append(f"None if {variable} is OWN else {variable}")
        yield f"  materials[{item.code!a}] = {self._tuple(parts)}"

    def _tuple(self, parts: list[str]) -> str:
        if all(part in self.scope.names for part in parts):  # nothing depends on answers: one shared tuple
            return self.scope.bind(tuple(self.scope.names[part] for part in parts))
        spread = (part if part in self.scope.names else f"*(() if (m := {part}) is None else (m,))" for part in parts)
        return f"({', '.join(spread)},)"
