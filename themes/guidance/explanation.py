"""Why an outcome is as it is: for everything it holds, which rules on which answers (computed on demand)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from opsplatform.kernel.conditions import Condition
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    RemoveItem,
    Rule,
    SetField,
    SetPromisedDays,
    Stop,
    WaiveMaterial,
)
from themes.guidance.evaluation import CompiledGuidance
from themes.guidance.outcome import GuidanceOutcome, GuidedItem
from themes.guidance.wording import NO_NAMES, Names, answer_text


class GivenAnswer(msgspec.Struct, frozen=True):
    """A question and what was answered; `answer` null where a condition holds because nothing was."""

    question: str
    text: str
    answer: Any
    answer_text: str


class Cause(msgspec.Struct, frozen=True):
    """A rule that fired, and the answers that alone already make it fire."""

    rule: str
    name: str
    answers: tuple[GivenAnswer, ...]


class ItemReason(msgspec.Struct, frozen=True):
    """`mandatory`: in the theme whatever is answered."""

    item: str
    mandatory: bool
    causes: tuple[Cause, ...]


class NoticeReason(msgspec.Struct, frozen=True):
    notice: str
    causes: tuple[Cause, ...]


class StopReason(msgspec.Struct, frozen=True):
    message: str
    causes: tuple[Cause, ...]


class FieldReason(msgspec.Struct, frozen=True):
    """`item` null: `field` is a public field."""

    item: str | None
    field: str
    value: Any
    causes: tuple[Cause, ...]


class DaysReason(msgspec.Struct, frozen=True):
    item: str
    days: int
    causes: tuple[Cause, ...]


class MaterialReason(msgspec.Struct, frozen=True):
    """`causes` where rules decided; else `answers` on which the item's own condition holds; else it is always asked."""

    item: str
    material: str
    always: bool
    answers: tuple[GivenAnswer, ...]
    causes: tuple[Cause, ...]


class Explanation(msgspec.Struct, frozen=True):
    """One reason per element of the outcome, in its order; and what rules took from the theme or a selected item."""

    items: tuple[ItemReason, ...]
    removed_items: tuple[ItemReason, ...]
    notices: tuple[NoticeReason, ...]
    stopped: tuple[StopReason, ...]
    fields: tuple[FieldReason, ...]
    promised_days: tuple[DaysReason, ...]
    materials: tuple[MaterialReason, ...]
    waived_materials: tuple[MaterialReason, ...]


def explain(compiled: CompiledGuidance, outcome: GuidanceOutcome, names: Names = NO_NAMES) -> Explanation:
    """Why this outcome of this guidance is as it is. Where several rules agree on a target, all of them are causes.

    `compiled`: the guidance `as_of` the day of the outcome.
    """
    return _Explainer(compiled, outcome, names).explain()


class _Explainer:
    def __init__(self, compiled: CompiledGuidance, outcome: GuidanceOutcome, names: Names) -> None:
        self.compiled, self.outcome, self.names = compiled, outcome, names
        self.questions = {question.code: question for question in compiled.guidance.questions}
        rules = {rule.code: rule for rule in compiled.guidance.rules}
        fired = [rules[code] for code in outcome.fired_rules]
        self.standing = _find_standing(fired)
        self.causes = {rule.code: Cause(rule.code, rule.name, self._answers_for(rule.when)) for rule in fired}

    def explain(self) -> Explanation:
        outcome = self.outcome
        selected = [item for item in self.compiled.items if item.code in outcome.materials]
        removed = [
            ItemReason(item.code, item.mandatory, self._causes("item", item.code))
            for item in self.compiled.items
            if self.standing.get(("item", item.code), (True,))[0] is False
        ]
        return Explanation(
            items=tuple(ItemReason(item.code, item.mandatory, self._causes("item", item.code)) for item in selected),
            removed_items=tuple(removed),
            notices=tuple(NoticeReason(notice, self._causes("notice", notice)) for notice in outcome.notices),
            stopped=tuple(StopReason(message, self._causes("stop", message)) for message in outcome.stopped),
            fields=tuple(
                FieldReason(*target, value, self._causes("field", target)) for target, value in outcome.fields.items()
            ),
            promised_days=tuple(
                DaysReason(item, days, self._causes("days", item)) for item, days in outcome.promised_days.items()
            ),
            materials=tuple(reason for item in selected for reason in self._materials(item)),
            waived_materials=tuple(reason for item in selected for reason in self._waived(item)),
        )

    def _causes(self, kind: str, target: Any) -> tuple[Cause, ...]:
        _, rules = self.standing.get((kind, target), (None, []))
        return tuple(self.causes[code] for code in rules)

    def _materials(self, item: GuidedItem) -> Iterator[MaterialReason]:
        conditions = {use.material: use.when for use in item.materials}
        for required in self.outcome.materials[item.code]:
            material = required.material
            causes = self._causes("material", (item.code, material))
            when = None if causes else conditions[material]
            yield MaterialReason(
                item=item.code,
                material=material,
                always=not causes and when is None,
                answers=self._answers_for(when) if when else (),
                causes=causes,
            )

    def _waived(self, item: GuidedItem) -> Iterator[MaterialReason]:
        for (kind, target), (value, _) in self.standing.items():
            if kind == "material" and target[0] == item.code and value is None:
                yield MaterialReason(
                    item=item.code,
                    material=target[1],
                    always=False,
                    answers=(),
                    causes=self._causes("material", target),
                )

    def _answers_for(self, condition: Condition) -> tuple[GivenAnswer, ...]:
        names = dict.fromkeys(self._deciding_names(condition, is_true=True))
        return tuple(self._given(name) for name in names)

    def _deciding_names(self, condition: Condition, *, is_true: bool) -> Iterator[str]:
        """Names whose values settle that the condition is true (or false), whatever the others are."""
        if condition.q is not None:
            yield condition.q
        elif condition.not_ is not None:
            yield from self._deciding_names(condition.not_, is_true=not is_true)
        else:
            for part in condition.all or condition.any or ():
                if self.compiled.holds(part, self.outcome.answers) is is_true:
                    yield from self._deciding_names(part, is_true=is_true)

    def _given(self, code: str) -> GivenAnswer:
        question, given = self.questions.get(code), self.outcome.answers.get(code)
        text = question.text if question is not None else code
        return GivenAnswer(code, text, given, answer_text(question, given, self.names))


def _find_standing(fired: list[Rule]) -> dict[tuple[str, Any], tuple[Any, list[str]]]:
    """For every target of an effect: the value that stands, and the codes of the rules that agree on it.

    A later effect replaces an earlier one; effects since the last replacement agree with each other.
    """
    standing: dict[tuple[str, Any], tuple[Any, list[str]]] = {}
    for rule in fired:
        for effect in rule.effects:
            key, value = _target(effect)
            agreed = standing[key][1] if key in standing and standing[key][0] == value else []
            standing[key] = (value, agreed if rule.code in agreed else [*agreed, rule.code])
    return standing


def _target(effect: Effect) -> tuple[tuple[str, Any], Any]:
    match effect:
        case AddItem() | RemoveItem():
            return ("item", effect.item), isinstance(effect, AddItem)
        case AddMaterial() | WaiveMaterial():
            return ("material", (effect.item, effect.material)), effect if isinstance(effect, AddMaterial) else None
        case SetField():
            return ("field", (effect.item, effect.field)), effect.value
        case SetPromisedDays():
            return ("days", effect.item), effect.value
        case AddNotice():
            return ("notice", effect.notice), None
        case Stop():
            return ("stop", effect.message), None
