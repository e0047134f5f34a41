"""A theme's guidance over an answer space as literals: visibility, rules, what becomes of every target, the outcome.

A *target* is what effects compete for; its value is that of the last effect on it that fires, else its default. What an
applicant notices of it is a set of *slots*, of which at most one holds: a material required with one necessity, a
field filled with one value. Effects on an item that is not selected are not noticed.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    FieldBinding,
    MaterialUse,
    Question,
    RemoveItem,
    Rule,
    SetField,
    SetPromisedDays,
    Stop,
    ThemeDocument,
    ThemeItem,
    WaiveMaterial,
)
from themes.guidance.compiling import sort_rules
from themes.guidance.parameters import parameter_named
from themes.guidance.proof.circuit import FALSE, TRUE
from themes.guidance.proof.space import AnswerSpace
from themes.guidance.visibility import order_for_judging, sort_questions

TargetKind = Literal["item", "material", "field", "days", "notice", "stop"]
ACCUMULATING: frozenset[TargetKind] = frozenset({"notice", "stop"})  # nothing replaces these

OWN = b"own"  # the value of a material while no rule decides
YES, NO = b"true", b"false"  # whether an item is selected, a notice or a reason told
NONE = b"none"  # nothing set, nothing asked for


class Target(NamedTuple):
    """What effects compete for. `owner`: the item, None for a public field, a notice, a stop."""

    kind: TargetKind
    owner: str | None
    name: str


class Step(NamedTuple):
    """One effect in the order of evaluation, or one of the values it sets. Equal `value`s are equal results."""

    rule: int  # place in the document
    effect: int
    fires: int
    value: bytes


class Noticed(NamedTuple):
    """Something an applicant notices, with the literal that says when. `what`: target and slot."""

    target: Target
    slot: bytes
    literal: int


class Flow:
    """`visible`: by question key, in question order. `fires`: by rule place in the document. `selected`: by item.

    `complete`: every visible question is answered as it must be. `ends`: some item is selected or a stop declared.
    """

    def __init__(self, space: AnswerSpace, document: ThemeDocument) -> None:
        self.space, self.circuit, self.document = space, space.circuit, document
        guidance = document.guidance
        self.items: dict[str, ThemeItem] = {item.code: item for item in document.items}
        self.visible: dict[tuple[str, str], int] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        ordered = sort_questions(guidance.questions)
        for question in order_for_judging(ordered):
            shown = self.circuit.all_of([space.in_force(question), self.holds(question.show_when)])
            self.visible[question.code, question.type] = shown
            self._keys[question.code] = (question.code, question.type)
        self.visible = {_key(one): self.visible[_key(one)] for one in ordered if _key(one) in self.visible}
        self.questions: dict[tuple[str, str], Question] = {_key(one): one for one in ordered}
        self.fires = {
            place: self.circuit.all_of([space.in_force(rule), self.holds(rule.when)])
            for place, rule in enumerate(guidance.rules)
        }
        self.steps: dict[Target, list[Step]] = {}
        self._after: dict[tuple[Target, bytes], list[int]] = {}
        self._line_up(guidance.rules)
        self.selected = {code: self.finally_(Target("item", None, code), YES) for code in self.items}
        self.some_item = self.circuit.any_of(self.selected.values())
        self.complete = self.circuit.all_of(
            self.circuit.any_of([-shown, space.acceptable(self.questions[key])]) for key, shown in self.visible.items()
        )
        stops = [self.finally_(target, YES) for target in self.steps if target.kind == "stop"]
        city = [literal for code, literal in self.selected.items() if not self.items[code].by_district]
        self.ends = self.circuit.any_of([*city, *stops])

    # --- conditions --------------------------------------------------------------------------------------------------

    @cached_property
    def asking(self) -> list[int]:
        """The nodes that say which questions are visible, ascending."""
        return self.circuit.cone(self.visible.values())

    def holds(self, condition: Condition | None) -> int:
        """The condition holds on the answers to visible questions."""
        if condition is None:
            return TRUE
        if condition.all is not None:
            return self.circuit.all_of([self.holds(part) for part in condition.all])
        if condition.any is not None:
            return self.circuit.any_of([self.holds(part) for part in condition.any])
        if condition.not_ is not None:
            return -self.holds(condition.not_)
        key = self._keys.get(condition.q or "")
        if key is None:
            return FALSE
        if parameter_named(condition.value) is None:
            return self.circuit.all_of([self.visible[key], self.space.passing(key, condition)])
        parts = [
            self.circuit.all_of([when, self.space.passing(key, replace(condition, value=value))])
            for value, when in self.space.values_of(self.document, condition.value).items()
        ]
        return self.circuit.all_of([self.visible[key], self.circuit.any_of(parts)])

    def key_of(self, question: str | None) -> tuple[str, str] | None:
        """The key of a question of this theme by its code."""
        return self._keys.get(question or "")

    # --- targets -----------------------------------------------------------------------------------------------------

    def default(self, target: Target) -> bytes:
        """The target's value while no effect on it fires."""
        match target.kind:
            case "item":
                return _bytes(target.name in self.items and self.items[target.name].mandatory)
            case "material":
                return OWN
            case "notice":
                return _bytes(any(one.code == target.name and one.default for one in self.document.notices))
            case "stop":
                return NO
        return NONE

    def after(self, target: Target, count: int, value: bytes) -> int:
        """The target has the value once its first so many effects were evaluated."""
        known = self._after.setdefault((target, value), [TRUE if self.default(target) == value else FALSE])
        for step in self.steps.get(target, ())[len(known) - 1 : count]:
            known.append(self.circuit.choose(step.fires, TRUE if step.value == value else FALSE, known[-1]))
        return known[count]

    def finally_(self, target: Target, value: bytes) -> int:
        """The target has the value in the end."""
        return self.after(target, len(self.steps.get(target, ())), value)

    def later(self, target: Target, count: int) -> int:
        """Some effect after the first so many fires."""
        return self.circuit.any_of(step.fires for step in self.steps[target][count:])

    def values(self, target: Target) -> list[bytes]:
        """Every value the target may have."""
        return list(dict.fromkeys([self.default(target), *(step.value for step in self.steps.get(target, ()))]))

    def noticeable(self, target: Target) -> int:
        """The target is of something that the applicant meets."""
        if target.kind in ("material", "days") or (target.kind == "field" and target.owner is not None):
            return self.selected.get(target.owner or "", FALSE)
        return self.some_item if target.kind == "field" else TRUE

    def slots(self, target: Target, value: bytes) -> dict[bytes, int]:
        """What the applicant meets where the target has the value: slot → when; NONE is nothing at all."""
        if target.kind != "material":
            return {value: TRUE}
        use = self.use_of(target)
        if value == OWN:
            if use is None:
                return {NONE: TRUE}
            asked = self.holds(use.when)
            return {_bytes(use.necessity_code): asked, NONE: -asked}
        return {value: TRUE}

    def use_of(self, target: Target) -> MaterialUse | None:
        """The item's own use of the material."""
        item = self.items.get(target.owner or "")
        return next((use for use in reversed(item.materials) if use.material == target.name), None) if item else None

    def slots_after(self, target: Target, count: int) -> dict[bytes, int]:
        """Slot → when it is what the applicant meets once the first so many effects were evaluated."""
        return self._slots(target, lambda value: self.after(target, count, value))

    def _slots(self, target: Target, has: Any) -> dict[bytes, int]:
        parts: dict[bytes, list[int]] = {}
        for value in self.values(target):
            for slot, when in self.slots(target, value).items():
                parts.setdefault(slot, []).append(self.circuit.all_of([has(value), when]))
        return {slot: self.circuit.any_of(literals) for slot, literals in parts.items()}

    def targets(self) -> Iterator[Target]:
        """Every target: all items, all uses of materials, then whatever else effects name, in their order."""
        named = dict.fromkeys(Target("item", None, code) for code in self.items)
        for item in self.document.items:
            named |= dict.fromkeys(Target("material", item.code, use.material) for use in item.materials)
        yield from dict.fromkeys([*named, *self.steps])

    # --- the outcome -------------------------------------------------------------------------------------------------

    def noticed(self) -> Iterator[Noticed]:
        """Everything an applicant may meet at the end, each with when."""
        for target in self.targets():
            met = self.noticeable(target)
            for slot, literal in self._slots(target, lambda value: self.finally_(target, value)).items():  # noqa: B023
                if slot not in (NONE, NO):
                    yield Noticed(target, slot, self.circuit.all_of([met, literal]))
        for item, binding, literal in self.bindings():
            if binding.visible_when is not None:
                yield Noticed(Target("field", item.code, binding.field), b"shown", literal)
            yield from self._supplied(Target("field", item.code, binding.field), binding, literal)
        for use in self.document.field_uses:
            yield from self._supplied(Target("field", None, use.code), use, self.some_item)
        for prefill in self.document.prefill_conditions:
            met = self.circuit.all_of([self.some_item, self.holds(prefill.when)])
            yield Noticed(Target("field", None, prefill.library), b"prefilled", met)

    def bindings(self) -> Iterator[tuple[ThemeItem, FieldBinding, int]]:
        """Every binding of a field, with when the field is on the form."""
        for item in self.document.items:
            for binding in item.fields:
                yield item, binding, self.circuit.all_of([self.selected[item.code], self.holds(binding.visible_when)])

    def _supplied(self, target: Target, supply: Any, met: int) -> Iterator[Noticed]:
        """What a question puts into a field, value by value; an answer taken as it is, class by class."""
        key = self.key_of(supply.from_question)
        if key is None:
            return
        raw, shown = self.space.raws[key], self.visible[key]
        answers: list[tuple[Any, int]]
        if raw.choice is None:
            answers = list(raw.options.items())
        else:
            answers = [(value, lit) for value, lit in zip(*raw.choice, strict=True) if value is not None]
        by_value: dict[bytes, list[int]] = {}
        for answer, literal in answers:
            value = supply.values.get(_option(answer)) if supply.values else answer
            by_value.setdefault(_bytes(value), []).append(literal)
        for slot, literals in by_value.items():
            yield Noticed(target, b"supplied " + slot, self.circuit.all_of([met, shown, self.circuit.any_of(literals)]))

    def supplies_unmapped(self, key: tuple[str, str]) -> int:
        """The answer to the question goes as it is into a field that the applicant meets."""
        parts = [
            literal for _, one, literal in self.bindings() if self.key_of(one.from_question) == key and not one.values
        ]
        if any(self.key_of(use.from_question) == key and not use.values for use in self.document.field_uses):
            parts.append(self.some_item)
        return self.circuit.all_of([self.visible[key], self.circuit.any_of(parts)])

    # --- lining up ---------------------------------------------------------------------------------------------------

    def _line_up(self, rules: tuple[Rule, ...]) -> None:
        places = {id(rule): place for place, rule in enumerate(rules)}
        for rule in sort_rules(rules):
            place = places[id(rule)]
            for number, effect in enumerate(rule.effects):
                for plain, when in self._worlds_of(effect):
                    target, value = self._meaning(plain)
                    fires = self.circuit.all_of([self.fires[place], when])
                    self.steps.setdefault(target, []).append(Step(place, number, fires, value))

    def _worlds_of(self, effect: Effect) -> Iterator[tuple[Effect, int]]:
        """The effect with each value its parameter has, and when; itself, always, where it names none."""
        if not isinstance(effect, SetField) or parameter_named(effect.value) is None:
            yield effect, TRUE
            return
        for value, when in self.space.values_of(self.document, effect.value).items():
            yield replace(effect, value=value), when

    def _meaning(self, effect: Effect) -> tuple[Target, bytes]:
        match effect:
            case AddItem() | RemoveItem():
                return Target("item", None, effect.item), _bytes(isinstance(effect, AddItem))
            case AddMaterial() | WaiveMaterial():
                target = Target("material", effect.item, effect.material)
                if isinstance(effect, WaiveMaterial):
                    return target, NONE
                use = self.use_of(target)
                return target, _bytes(effect.necessity_code or (use.necessity_code if use else None))
            case SetField():
                return Target("field", effect.item, effect.field), b"set " + _bytes(effect.value)
            case SetPromisedDays():
                return Target("days", effect.item, ""), _bytes(effect.value)
            case AddNotice():
                return Target("notice", None, effect.notice), YES
            case Stop():
                return Target("stop", None, effect.message), YES


def _key(question: Question) -> tuple[str, str]:
    return question.code, question.type


def _option(answer: Any) -> Any:
    return str(answer).lower() if isinstance(answer, bool) else answer


def _bytes(value: Any) -> bytes:
    return msgspec.json.encode(value)
