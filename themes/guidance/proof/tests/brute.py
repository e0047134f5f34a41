"""The findings of a proof found the slow, obvious way: every applicant of a small theme listed and evaluated.

Shares with the proof engine the evaluator and nothing else. Domains are listed by hand from the document: every option,
every set of options, whole numbers around each threshold, every division given, a day in each period.
"""

import datetime
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition, compile_condition
from themes import documents as d
from themes.guidance.answers import Divisions
from themes.guidance.evaluation import compile_guidance
from themes.guidance.outcome import GuidanceOutcome
from themes.guidance.proof.report import Example
from themes.guidance.tests.oracle import passes

Judged = tuple[dict[str, Any], datetime.date | None, GuidanceOutcome, frozenset[Any]]


class Theme:
    """A theme with all its applicants."""

    def __init__(self, document: d.ThemeDocument, divisions: Divisions, days: tuple[datetime.date | None, ...]) -> None:
        self.document, self.divisions, self.days = document, divisions, days
        self.guidance = compile_guidance(document.guidance, document.items)
        self.questions = {question.code: question for question in document.guidance.questions}
        self.tests: dict[int, Any] = {}
        self.supplied = [use for use in document.field_uses if use.from_question is not None]
        self.domains = {code: self._domain(question) for code, question in self.questions.items()}

    # --- applicants ---------------------------------------------------------------------------------------------------

    def complete(
        self, answers: Mapping[str, Any], on: datetime.date | None
    ) -> Iterator[tuple[dict[str, Any], GuidanceOutcome]]:
        """Every applicant who answers as given where asked; who is not asked does not answer."""
        outcome = self.guidance.evaluate(answers, on)
        open_code = next(
            (code for code in outcome.visible_questions if code not in outcome.answers and code not in answers), None
        )
        if open_code is None:
            yield dict(outcome.answers), outcome
            return
        for value in self._values(open_code, answers):
            yield from self.complete({**answers, open_code: value}, on)

    def _values(self, code: str, answers: Mapping[str, Any]) -> list[Any]:
        if self.questions[code].type != "division9":
            return self.domains[code]
        district = answers.get(self.document.guidance.division_question or "")
        return [street for street in self.domains[code] if self.divisions[street].parent == district]

    def _domain(self, question: d.Question) -> list[Any]:
        optional = [] if question.required else [None]
        codes = [option.code for option in question.options]
        match question.type:
            case "single":
                return codes + optional
            case "multi":
                sets = [list(chosen) for size in range(1, len(codes) + 1) for chosen in combinations(codes, size)]
                return sets + optional
            case "boolean":
                return [True, False, *optional]
            case "number":
                tests = [one for one in _tests(self.document, question.code) if one[0] != "answered"]
                around = {cut + step for _, cut in tests for step in (-1, 0, 1)} | {question.min, question.max}
                inside = sorted(number for number in around if question.min <= number <= question.max)
                alike = {tuple(passes(number, op, cut) for op, cut in tests): number for number in inside}
                return sorted(alike.values()) + optional
        length = 6 if question.type == "division6" else 9
        return [code for code in self.divisions if len(code) == length] + optional

    @cached_property
    def applicants(self) -> list[Judged]:
        return [
            (answers, on, outcome, self.noticed(outcome))
            for on in self.days
            for answers, outcome in self.complete({}, on)
        ]

    # --- what an applicant notices ------------------------------------------------------------------------------------

    def noticed(self, outcome: GuidanceOutcome) -> frozenset[Any]:
        """Everything the applicant meets, told apart as the docs of the proof say."""
        chosen = set(outcome.items)
        met: set[Any] = {("item", code) for code in chosen} | {("stop", reason) for reason in outcome.stopped}
        met |= {("notice", code) for code in outcome.notices if not self._is_default(code)}
        for item, uses in outcome.materials.items():
            met |= {("material", item, use.material, use.necessity_code) for use in uses}
        met |= {("days", item, days) for item, days in outcome.promised_days.items() if item in chosen}
        for (item, field), value in outcome.fields.items():
            if (item in chosen) if item is not None else chosen:
                met.add(("field", item, field, repr(value)))
        for item in self.document.items:
            for binding in item.fields if item.code in chosen else ():
                if self._holds(binding.visible_when, outcome.answers):
                    met.add(("shown", item.code, binding.field))
                    met |= self._supplied(item.code, binding.field, binding, outcome)
        for use in self.supplied if chosen else ():
            met |= self._supplied(None, use.code, use, outcome)
        for prefill in self.document.prefill_conditions if chosen else ():
            if self._holds(prefill.when, outcome.answers):
                met.add(("prefill", prefill.library))
        return frozenset(met)

    def _is_default(self, code: str) -> bool:
        return any(notice.code == code and notice.default for notice in self.document.notices)

    def _supplied(self, item: str | None, field: str, supply: Any, outcome: GuidanceOutcome) -> set[Any]:
        answer = outcome.answers.get(supply.from_question)
        if answer is None:
            return set()
        values = answer if isinstance(answer, list) else [answer]
        return {
            ("supplied", item, field, repr(supply.values.get(one, None) if supply.values else one)) for one in values
        }

    def _holds(self, condition: Condition | None, answers: Mapping[str, Any]) -> bool:
        test = self.tests.get(id(condition))
        if test is None:
            test = self.tests[id(condition)] = compile_condition(condition)
        return test(answers)

    # --- findings -----------------------------------------------------------------------------------------------------

    def findings(self) -> set[tuple[str, str]]:
        """Kind and pointer of everything a proof should find."""
        return {
            *self._ends(),
            *self._questions(),
            *self._rules(),
            *self._never_met(),
            *(("contradiction", one) for one in self.contradictions()),
        }

    def smallest_dead_end(self) -> int | None:
        """How large the smallest set of answers is that ends nowhere: answers, and options beyond the first of each."""
        sizes = [
            size(answers) for answers, _, outcome, _ in self.applicants if not outcome.items and not outcome.stopped
        ]
        return min(sizes, default=None)

    def _ends(self) -> Iterator[tuple[str, str]]:
        if self.smallest_dead_end() is not None:
            yield "dead_end", "/guidance"
        together = {frozenset(outcome.items) for _, _, outcome, _ in self.applicants}
        for place, item in enumerate(self.document.items):
            for number, other in enumerate(item.depends_on):
                if not any(item.code in one for one in together) or any({item.code, other} <= one for one in together):
                    continue
                results = {one.code for one in self.document.materials if one.result_of_item == other}
                asked = {
                    use.material for _, _, outcome, _ in self.applicants for use in outcome.materials.get(item.code, ())
                }
                if not results & asked:
                    yield "waits_in_vain", f"/items/{place}/depends_on/{number}"

    def _questions(self) -> Iterator[tuple[str, str]]:
        for place, question in enumerate(self.document.guidance.questions):
            pointer = f"/guidance/questions/{place}"
            seen = [one for one in self.applicants if question.code in one[2].visible_questions]
            if not seen:
                yield "question_never_shown", pointer
            elif not any(
                self._changes(one, question.code, value) for one in seen for value in self.domains[question.code]
            ):
                yield "question_never_matters", pointer
            elif question.type == "multi":
                for number, option in enumerate(question.options):
                    if not any(self._changes(one, question.code, _toggled(one, question, option.code)) for one in seen):
                        yield "option_never_matters", f"{pointer}/options/{number}"

    def _changes(self, judged: Judged, code: str, value: Any) -> bool:
        """Whether another answer to one question leads some applicant, alike in all else, to something else, or
        elsewhere."""
        if code == self.document.guidance.division_question:
            return True
        answers, on, _, noticed = judged
        if value in (None, []) and self.questions[code].required:
            return False
        kept = {name: given for name, given in answers.items() if name != code and not self._follows(name, code)}
        return any(self.noticed(outcome) != noticed for _, outcome in self.complete({**kept, code: value}, on))

    def _follows(self, name: str, code: str) -> bool:
        return self.questions[name].type == "division9" and code == self.document.guidance.division_question

    def _rules(self) -> Iterator[tuple[str, str]]:
        rules = self.document.guidance.rules
        for place, rule in enumerate(rules):
            pointer = f"/guidance/rules/{place}"
            fired = [one for one in self.applicants if rule.code in one[2].fired_rules]
            without = (*rules[:place], *rules[place + 1 :])
            if not fired:
                yield "rule_never_fires", pointer
            elif not self._differs(without, fired):
                is_overridden = rule.effects and all(self._is_overridden(rule, one) for one in fired)
                yield "rule_always_overridden" if is_overridden else "rule_never_matters", pointer
            elif len(rule.effects) > 1:
                for number in range(len(rule.effects)):
                    left = replace(rule, effects=(*rule.effects[:number], *rule.effects[number + 1 :]))
                    if not self._differs((*rules[:place], left, *rules[place + 1 :]), fired):
                        yield "effect_never_matters", f"{pointer}/effects/{number}"

    def _differs(self, rules: tuple[d.Rule, ...], applicants: list[Judged]) -> bool:
        other = compile_guidance(replace(self.document.guidance, rules=rules), self.document.items)
        return any(self.noticed(other.evaluate(answers, on)) != noticed for answers, on, _, noticed in applicants)

    def _is_overridden(self, rule: d.Rule, judged: Judged) -> bool:
        by_code = {one.code: one for one in self.document.guidance.rules}
        fired = [by_code[code] for code in judged[2].fired_rules]
        after = fired[fired.index(rule) + 1 :]
        later = {_target(effect) for other in after for effect in other.effects}
        return all(not isinstance(effect, d.AddNotice | d.Stop) and _target(effect) in later for effect in rule.effects)

    def contradictions(self) -> dict[str, set[str]]:
        """Pointer of an effect → those of the later effects that want something else of its target."""
        places = {rule.code: place for place, rule in enumerate(self.document.guidance.rules)}
        found: dict[str, set[str]] = {}
        seen: set[Any] = set()
        for _, _, outcome, _ in self.applicants:
            if (outcome.fired_rules, outcome.items) in seen:
                continue
            seen.add((outcome.fired_rules, outcome.items))
            effects = [
                (places[code], number, effect)
                for code in outcome.fired_rules
                for number, effect in enumerate(self.document.guidance.rules[places[code]].effects)
                if self._is_met(effect, outcome)
            ]
            for (rule, number, one), (other_rule, other_number, other) in combinations(effects, 2):
                if rule != other_rule and _target(one) == _target(other) and self._wants(one) != self._wants(other):
                    pointer = f"/guidance/rules/{rule}/effects/{number}"
                    found.setdefault(pointer, set()).add(f"/guidance/rules/{other_rule}/effects/{other_number}")
        return found

    def _is_met(self, effect: d.Effect, outcome: GuidanceOutcome) -> bool:
        if isinstance(effect, d.AddNotice | d.Stop):
            return False
        if isinstance(effect, d.AddItem | d.RemoveItem):
            return True
        return bool(outcome.items) if effect.item is None else effect.item in outcome.items

    def _wants(self, effect: d.Effect) -> Any:
        match effect:
            case d.AddMaterial():
                own = [
                    use.necessity_code
                    for item in self.document.items
                    for use in item.materials
                    if (item.code, use.material) == (effect.item, effect.material)
                ]
                return "add", effect.necessity_code or (own[0] if own else None)
            case d.SetField() | d.SetPromisedDays():
                return repr(effect.value)
        return type(effect).__name__

    def _never_met(self) -> Iterator[tuple[str, str]]:
        met = {one[:-1] if one[0] == "material" else one for *_, noticed in self.applicants for one in noticed}
        materials = {one[2] for one in met if one[0] == "material"}
        for place, item in enumerate(self.document.items):
            if ("item", item.code) not in met:
                yield "item_never_selected", f"/items/{place}"
            for number, use in enumerate(item.materials):
                if ("material", item.code, use.material) not in met:
                    yield "material_never_required", f"/items/{place}/materials/{number}"
            for number, binding in enumerate(item.fields):
                if ("shown", item.code, binding.field) not in met:
                    yield "field_never_shown", f"/items/{place}/fields/{number}"
        for place, material in enumerate(self.document.materials):
            if material.code not in materials:
                yield "material_never_required", f"/materials/{place}"
        for place, notice in enumerate(self.document.notices):
            if not notice.default and ("notice", notice.code) not in met:
                yield "notice_never_shown", f"/notices/{place}"

    # --- replaying ----------------------------------------------------------------------------------------------------

    def replay(self, example: Example) -> GuidanceOutcome | None:
        """Where an example leads; None where it does not answer all it is asked and nothing else."""
        on = datetime.date.fromisoformat(example.on) if example.on else None
        outcome = self.guidance.evaluate(example.answers, on)
        unanswered = set(outcome.visible_questions) - set(example.answers)
        is_whole = outcome.answers == example.answers and not any(self.questions[one].required for one in unanswered)
        return outcome if is_whole else None


def size(answers: Mapping[str, Any]) -> int:
    """Answers, a set of options as many as it has."""
    return sum(len(given) if isinstance(given, list) else 1 for given in answers.values())


def _toggled(judged: Judged, question: d.Question, option: str) -> list[str]:
    chosen = judged[0].get(question.code, [])
    return [one.code for one in question.options if (one.code in chosen) != (one.code == option)]


def _tests(document: d.ThemeDocument, question: str) -> Iterator[tuple[Any, Any]]:
    def walk(condition: Condition | None) -> Iterator[tuple[Any, Any]]:
        if condition is None:
            return
        if condition.q == question:
            yield condition.op, condition.value
        for part in (*(condition.all or ()), *(condition.any or ()), condition.not_):
            yield from walk(part)

    for one in document.guidance.questions:
        yield from walk(one.show_when)
    for rule in document.guidance.rules:
        yield from walk(rule.when)
    for item in document.items:
        for use in item.materials:
            yield from walk(use.when)
        for binding in item.fields:
            yield from walk(binding.visible_when)


def _target(effect: d.Effect) -> tuple[Any, ...]:
    match effect:
        case d.AddItem() | d.RemoveItem():
            return "item", effect.item
        case d.AddMaterial() | d.WaiveMaterial():
            return "material", effect.item, effect.material
        case d.SetField():
            return "field", effect.item, effect.field
        case d.SetPromisedDays():
            return "days", effect.item
    return (type(effect).__name__, repr(effect))
