"""What the preview tells of other answers: for every item and material, what would bring it up or take it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opsplatform.kernel.conditions import is_answered
from themes.documents import AddMaterial, Rule
from themes.guidance.alternatives import MOST_CHANGES, Change, find_alternatives
from themes.guidance.explanation import explain
from themes.guidance.outcome import GuidanceOutcome
from themes.guidance.wording import answer_text, condition_sentence
from themes.packages.evaluation import OpenPackage
from themes.pages.preview_given import write_answers


@dataclass(frozen=True)
class ShownAlternative:
    """`answers`: of the path on which it is otherwise, as the form of the preview spells them; empty where none is.

    `why_not`: what keeps a material away now.
    """

    name: str
    is_needed: bool
    changes: list[str]
    answers: list[tuple[str, str]]
    otherwise: str
    why_not: list[str]


class ShownAlternatives:
    """What other answers would mean, for every item and every material of the package, those not needed now first."""

    def __init__(self, opened: OpenPackage, answers: Mapping[str, Any], outcome: GuidanceOutcome, on: date) -> None:
        """`answers`: good ones; `outcome`: where they lead on the day."""
        self.opened, self.answers, self.outcome = opened, answers, outcome
        self.guidance = opened.guidance.as_of(on)
        self.found = find_alternatives(opened.guidance, answers, on, opened.package.divisions)
        self.why = explain(self.guidance, outcome, opened.names)

    def items(self) -> list[ShownAlternative]:
        """For every item."""
        named = self.opened.names.items
        shown = [
            self._shown(
                named[item.code],
                self.found.changes.get(item.code, ()),
                [],
                is_needed=item.code in self.outcome.items,
            )
            for item in self.opened.package.items
        ]
        return sorted(shown, key=lambda one: one.is_needed)

    def materials(self) -> list[ShownAlternative]:
        """For every material that is asked for now, or that something may ask for."""
        needed = {use.material for uses in self.outcome.materials.values() for use in uses}
        shown = []
        for material in self.opened.package.materials:
            code = material.code
            reasons = [] if code in needed else self._why_not(code)
            if code in needed or reasons:
                changes = self.found.material_changes.get(code, ())
                shown.append(self._shown(material.content.name, changes, reasons, is_needed=code in needed))
        return sorted(shown, key=lambda one: one.is_needed)

    def _shown(self, name: str, changes: Sequence[Change], why_not: list[str], *, is_needed: bool) -> ShownAlternative:
        changed = {**self.answers, **{change.question: change.answer for change in changes}}
        given = {code: answer for code, answer in changed.items() if is_answered(answer)}
        return ShownAlternative(
            name=name,
            is_needed=is_needed,
            changes=[_sentence(self.opened, self.answers, change) for change in changes],
            answers=write_answers(given) if changes else [],
            otherwise=_otherwise(is_complete=self.found.is_complete),
            why_not=why_not,
        )

    def _why_not(self, material: str) -> list[str]:
        """Why no item asks for the material: it is not to be done, a rule waives it, its condition does not hold."""
        names, told = self.opened.names, []
        waived = {one.item: one.causes for one in self.why.waived_materials if one.material == material}
        for item in self.guidance.items:
            uses = [use for use in item.materials if use.material == material]
            conditions = [use.when for use in uses if use.when is not None]
            rules = self._adding(item.code, material)
            conditions += [rule.when for rule in rules]
            if not uses and not rules:
                continue
            named = f"“{names.items[item.code]}”"
            if item.code not in self.outcome.items:
                told.append(f"不办{named}")
            elif item.code in waived:
                told.append(f"{named}免交：{'、'.join(f'规则“{cause.name}”' for cause in waived[item.code])}")
            else:
                when = "，或者".join(condition_sentence(one, self.guidance.guidance, names) for one in conditions)
                told.append(f"{named}只在这种情况下要：{when}")
        return told

    def _adding(self, item: str, material: str) -> list[Rule]:
        return [
            rule
            for rule in self.guidance.guidance.rules
            if any(
                isinstance(effect, AddMaterial) and (effect.item, effect.material) == (item, material)
                for effect in rule.effects
            )
        ]


def _otherwise(*, is_complete: bool) -> str:
    if is_complete:
        return f"改 {MOST_CHANGES} 处以内的回答都一样（多选题增或减一项算一处）。"
    return f"试过的改法（{MOST_CHANGES} 处以内，没有试完）都一样。"


def _sentence(opened: OpenPackage, answers: Mapping[str, Any], change: Change) -> str:
    question = next(one for one in opened.package.guidance.questions if one.code == change.question)
    if not is_answered(change.answer):
        return f"“{question.text}”不回答"
    now = answer_text(question, change.answer, opened.names)
    if change.question not in answers:
        return f"“{question.text}”回答“{now}”"
    return f"“{question.text}”从“{answer_text(question, answers[change.question], opened.names)}”改为“{now}”"
