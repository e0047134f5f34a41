"""Why not: the fewest answers that would have to be others for an item or material to be part of the path, or not.

Answers that no condition tells apart are tried once (themes.guidance.proof.classes), single changes before pairs.
"""

import datetime
from collections.abc import Iterator, Mapping
from itertools import combinations, islice, product
from typing import Any

import msgspec

from opsplatform.kernel.conditions import is_answered
from themes.documents import AddMaterial, Question
from themes.guidance.answers import Divisions, check_answers
from themes.guidance.evaluation import CompiledGuidance
from themes.guidance.outcome import GuidanceOutcome
from themes.guidance.periods import is_in_force
from themes.guidance.proof.classes import list_answers, tests_in

MOST_CHANGES = 2
MOST_TRIES = 6_000  # evaluations: some tens of milliseconds for ordinary guidance
MOST_RULES = 400_000  # judged in all tries: of 2,000 rules 200 are tried, a second


class Change(msgspec.Struct, frozen=True):
    """Another answer to a question; `answer` null: none."""

    question: str
    answer: Any


class Alternatives(msgspec.Struct, frozen=True):
    """By item: the fewest changes after which it is selected where it is not now, or not selected where it is.

    `material_changes`: by material: after which some selected item asks for it where none does now, or none does where
    one does. One option of a multi more or less is one change. An item or material that is not here cannot be reached
    so: with at most MOST_CHANGES changes where `is_complete`, else among those that were tried.
    """

    changes: Mapping[str, tuple[Change, ...]]
    material_changes: Mapping[str, tuple[Change, ...]]
    is_complete: bool


def find_alternatives(
    compiled: CompiledGuidance, answers: Mapping[str, Any], on: datetime.date, divisions: Divisions | None
) -> Alternatives:
    """What would have to be answered otherwise, for every item of the guidance and every material it may ask for.

    `answers`: as `check_answers` takes them, partial allowed; `divisions`: the known ones by code, None: not judged.
    """
    search = _Search(compiled.as_of(on), answers, on, divisions)
    return search.run()


_Thing = tuple[str, str]  # kind, code
ITEM, MATERIAL = "item", "material"


def _met(outcome: GuidanceOutcome) -> set[_Thing]:
    """The selected items and the materials they ask for."""
    materials = {(MATERIAL, use.material) for uses in outcome.materials.values() for use in uses}
    return materials | {(ITEM, code) for code in outcome.items}


class _Search:
    def __init__(
        self, compiled: CompiledGuidance, answers: Mapping[str, Any], on: datetime.date, divisions: Divisions | None
    ) -> None:
        self.compiled, self.on, self.divisions = compiled, on, divisions
        self.evaluate = compiled.evaluator_on(on)
        self.answers = {code: answer for code, answer in answers.items() if is_answered(answer)}
        self.met = _met(self.evaluate(self.answers))
        self.options = {
            question.code: options
            for question in compiled.guidance.questions
            if is_in_force(question, on) and (options := list(self._others(question)))
        }

    def run(self) -> Alternatives:
        """Fewer changes first, so that what is found first is the least."""
        found: dict[_Thing, tuple[Change, ...]] = {}
        wanted = {(ITEM, item.code) for item in self.compiled.items} | self._materials()
        tries = self._tries()
        most = min(MOST_TRIES, MOST_RULES // (len(self.compiled.guidance.rules) + 1) + 1)
        for changes in islice(tries, most):
            given = self._with(changes)
            turned = (self.met ^ _met(self.evaluate(given))) & wanted
            if turned and not check_answers(self.compiled.guidance, given, self.divisions):
                found |= dict.fromkeys(turned, changes)
                wanted -= turned
            if not wanted:
                break
        items, materials = (
            {code: changes for (kind, code), changes in found.items() if kind == one} for one in (ITEM, MATERIAL)
        )
        return Alternatives(items, materials, not wanted or next(tries, None) is None)

    def _materials(self) -> set[_Thing]:
        """Everything that an item or a rule may ask for."""
        asked = {use.material for item in self.compiled.items for use in item.materials}
        effects = [effect for rule in self.compiled.guidance.rules for effect in rule.effects]
        added = {effect.material for effect in effects if isinstance(effect, AddMaterial)}
        return {(MATERIAL, code) for code in asked | added}

    def _tries(self) -> Iterator[tuple[Change, ...]]:
        for count in range(1, MOST_CHANGES + 1):
            for codes in combinations(self.options, count):
                for chosen in product(*(self.options[code] for code in codes)):
                    yield tuple(Change(code, answer) for code, answer in zip(codes, chosen, strict=True))

    def _with(self, changes: tuple[Change, ...]) -> dict[str, Any]:
        given = self.answers | {change.question: change.answer for change in changes}
        return {code: answer for code, answer in given.items() if is_answered(answer)}

    def _others(self, question: Question) -> Iterator[Any]:
        """The answers to try in the place of the one given: one of each class, or one option more or less."""
        given = self.answers.get(question.code)
        if question.type == "multi":
            chosen = list(given or ())
            for option in question.options:
                without = [code for code in chosen if code != option.code]
                yield without if option.code in chosen else [*chosen, option.code]
            return
        for answer in list_answers([question], self._tests(question.code), self.divisions, {}):
            if answer != given or isinstance(answer, bool) != isinstance(given, bool):
                yield answer

    def _tests(self, code: str) -> list[Any]:
        guidance = self.compiled.guidance
        conditions = [
            *(question.show_when for question in guidance.questions),
            *(rule.when for rule in guidance.rules),
            *(use.when for item in self.compiled.items for use in item.materials),
        ]
        return [(test.op, test.value) for one in conditions for test in tests_in(one) if test.q == code]
