"""What can never matter anywhere in the theme (advisory): nobody would notice if it were not there."""

from collections.abc import Iterator, Mapping, Sequence

from themes.documents import Question
from themes.guidance.proof.circuit import FALSE, TRUE, exchanged
from themes.guidance.proof.classes import passes
from themes.guidance.proof.context import Context
from themes.guidance.proof.flow import ACCUMULATING, NONE, Flow, Step, Target
from themes.guidance.proof.report import Kind, NotProved, ProofFinding
from themes.guidance.proof.smallest import example_of
from themes.guidance.proof.solving import Model, Undecided
from themes.guidance.proof.streets import is_loose
from themes.guidance.proof.survey import Survey, differences

MOST_TOLD = 8  # options in one sentence
Told = ProofFinding | NotProved
Key = tuple[str, str]


def find_idle(context: Context) -> Iterator[Told]:
    """Every question, option, rule, effect, item, material, field and notice that can never matter."""
    yield from _Questions(context).find()
    yield from _Rules(context).find()
    yield from _never_met(context)


# --- one answer changed -----------------------------------------------------------------------------------------------


class Influence:
    """Whether two applicants who differ in one answer alone (and a street in its district) notice a difference."""

    def __init__(self, flow: Flow, survey: Survey, key: Key) -> None:
        self.flow, self.survey, self.key = flow, survey, key
        self.noticed = [one.literal for one in flow.noticed()]
        self._shown: int | None = None
        self._differing: list[int] | None = None

    def is_felt(self, given: Sequence[int]) -> bool:
        """Whether some applicant for whom the literals hold would notice another answer; raises Undecided.

        The answer that says where it is handled always is: days, receivers and the package itself go by it.
        """
        if self.key[0] == self.flow.document.guidance.division_question:
            return True
        if is_taken_over(self.flow, self.survey, self.key, given):
            return True
        if self._shown is None:
            self._shown = 0
            for turned in self._turns():
                self._shown |= self.survey.shown_to_differ(turned, [self.flow.complete], self.noticed)
                if self._shown and not given:
                    break
        if self._shown & self.survey.shown(given):
            return True
        if self._differing is None:
            new, clauses = self.flow.space.exchange(self.key)
            self.survey.solver.demand(clauses)
            self._differing = differing(self.flow, new, self.noticed)
        return self.survey.find([self.flow.complete, *given, *self._differing]) is not None

    def _turns(self) -> Iterator[Mapping[int, int]]:
        raw = self.flow.space.raws[self.key]
        if raw.choice is None:
            yield from ({variable: -variable} for variable in raw.options.values())
            return
        literals = raw.choice.literals
        for step in range(1, min(len(literals), 4)):
            turned = literals[step:] + literals[:step]
            yield {one: other for one, other in zip(literals, turned, strict=True) if one > TRUE}


def is_taken_over(flow: Flow, survey: Survey, key: Key, given: Sequence[int]) -> bool:
    """Whether the answer itself goes into a field of some such applicant, of at least two that may be given."""
    met = flow.supplies_unmapped(key)
    return met != FALSE and survey.find([flow.complete, *given, met]) is not None and flow.space.has_choice(key)


def differing(flow: Flow, turned: Mapping[int, int], noticed: Sequence[int]) -> list[int]:
    """What holds where the counterpart with variables exchanged is complete, too, and notices something else."""
    changed = flow.circuit.replaced(turned, [*noticed, flow.complete])
    found = flow.circuit.any_of(differences(flow.circuit, changed, noticed))
    return [exchanged(changed, flow.complete), found]


# --- questions and options --------------------------------------------------------------------------------------------


class _Questions:
    def __init__(self, context: Context) -> None:
        self.context, self.flow, self.survey = context, context.flow, context.survey
        self.places = {id(one): place for place, one in enumerate(self.flow.document.guidance.questions)}

    def find(self) -> Iterator[Told]:
        for key, question in self.flow.questions.items():
            pointer = f"/guidance/questions/{self.places[id(question)]}"
            try:
                yield from self._question(key, question, pointer)
            except Undecided:
                yield self.context.undecided("never_matters", pointer)

    def _question(self, key: Key, question: Question, pointer: str) -> Iterator[Told]:
        shown = self.flow.visible.get(key, FALSE)
        seen = self.survey.find([self.flow.complete, shown])
        if seen is None:
            yield ProofFinding("question_never_shown", pointer, f"问题“{question.text}”在任何情形下都不会出现。")
        elif is_loose(self.flow, self.survey, key):
            reason = f"有人被问街道而不被问区，证明没有分开看问题“{question.text}”的回答。请让街道只在问过区之后问。"
            yield NotProved("never_matters", pointer, reason)
        elif not Influence(self.flow, self.survey, key).is_felt([]):
            sentence = f"问题“{question.text}”怎么回答都不影响任何结果。"
            yield ProofFinding("question_never_matters", pointer, sentence, example_of(self.flow, seen))
        else:
            yield from self._options(key, question, pointer)

    def _options(self, key: Key, question: Question, pointer: str) -> Iterator[Told]:
        raw = self.flow.space.raws[key]
        if question.type == "single":
            yield from self._alike(key, question, pointer)
        elif raw.choice is None and not is_taken_over(self.flow, self.survey, key, []):
            for place, option in enumerate(question.options):
                turned = {raw.options[option.code]: -raw.options[option.code]}
                if not self._differs(turned):
                    sentence = f"问题“{question.text}”的选项“{option.text}”选不选都不影响任何结果。"
                    yield ProofFinding("option_never_matters", f"{pointer}/options/{place}", sentence)

    def _differs(self, turned: Mapping[int, int]) -> bool:
        noticed = [one.literal for one in self.flow.noticed()]
        if self.survey.shown_to_differ(turned, [self.flow.complete], noticed):
            return True
        return self.survey.find([self.flow.complete, *differing(self.flow, turned, noticed)]) is not None

    def _alike(self, key: Key, question: Question, pointer: str) -> Iterator[Told]:
        """Options that no condition and no field tells apart."""
        if is_taken_over(self.flow, self.survey, key, []):
            return
        tests = self.flow.space.tests.get(key[0], [])
        supplies = [one for _, one, _ in self.flow.bindings() if self.flow.key_of(one.from_question) == key]
        mappings = [one.values for one in supplies]
        mappings += [use.values for use in self.flow.document.field_uses if self.flow.key_of(use.from_question) == key]
        alike: dict[tuple[object, ...], list[int]] = {}
        for place, option in enumerate(question.options):
            told = tuple(passes(option.code, op, value) for op, value in tests)
            alike.setdefault((told, repr([values.get(option.code) for values in mappings])), []).append(place)
        for first, *others in alike.values():
            if others:
                texts = "、".join(f"“{question.options[place].text}”" for place in (first, *others[: MOST_TOLD - 1]))
                more = f" 等 {1 + len(others)} 项" if len(others) >= MOST_TOLD else ""
                yield ProofFinding(
                    "options_alike",
                    f"{pointer}/options/{first}",
                    f"问题“{question.text}”的选项{texts}{more}在任何情形下结果都一样。",
                    others=tuple(f"{pointer}/options/{place}" for place in others),
                )


# --- rules and effects ------------------------------------------------------------------------------------------------


class _Rules:
    def __init__(self, context: Context) -> None:
        self.context, self.flow, self.survey = context, context.flow, context.survey
        self.by_rule: dict[int, list[tuple[Target, int, Step]]] = {}
        for target, steps in self.flow.steps.items():
            for place, step in enumerate(steps):
                self.by_rule.setdefault(step.rule, []).append((target, place, step))

    def find(self) -> Iterator[Told]:
        rules = self.flow.document.guidance.rules
        effects = {
            place: sorted(self.by_rule.get(place, ()), key=lambda one: one[2].effect) for place in range(len(rules))
        }
        whole = {place: self._changing(effects[place]) for place in effects}
        single = {
            (place, number): self._changing(own)
            for place in effects
            for number, own in _by_effect(effects[place]).items()
        }
        for literal in (*whole.values(), *single.values()):
            self.survey.simulation.of(literal)
        for place, rule in enumerate(rules):
            pointer = f"/guidance/rules/{place}"
            try:
                kind = self._idle_kind(place, effects[place], whole[place])
                if kind is not None:
                    yield self._told(kind, pointer, rule.name, place)
                    continue
                for number, own in _by_effect(effects[place]).items() if len(rule.effects) > 1 else ():
                    if self._find(single[place, number]) is None:
                        target = self.context.words.target(own[0][0])
                        sentence = f"规则“{rule.name}”对{target}的作用在任何情形下都不改变结果。"
                        yield ProofFinding("effect_never_matters", f"{pointer}/effects/{number}", sentence)
            except Undecided:
                yield self.context.undecided("never_matters", pointer)

    def _find(self, literal: int) -> Model | None:
        return self.survey.find([self.flow.complete, literal])

    def _idle_kind(self, place: int, effects: list[tuple[Target, int, Step]], matters: int) -> Kind | None:
        if self._find(matters) is not None:
            return None
        if self._find(self.flow.fires[place]) is None:
            return "rule_never_fires"
        standing = self.flow.circuit.any_of(
            TRUE if target.kind in ACCUMULATING else -self._later_rules(target, count, step)
            for target, count, step in effects
        )
        fires_standing = self.flow.circuit.all_of([self.flow.fires[place], standing])
        return "rule_always_overridden" if effects and self._find(fires_standing) is None else "rule_never_matters"

    def _later_rules(self, target: Target, count: int, step: Step) -> int:
        return self.flow.circuit.any_of(
            other.fires for other in self.flow.steps[target][count + 1 :] if other.rule != step.rule
        )

    def _told(self, kind: Kind, pointer: str, name: str, place: int) -> ProofFinding:
        sentence = {
            "rule_never_fires": f"规则“{name}”的条件在任何情形下都不成立。",
            "rule_always_overridden": f"规则“{name}”每次起作用都会被后面的规则改掉。",
            "rule_never_matters": f"规则“{name}”有没有都不影响任何结果。",
        }[kind]
        found = self._find(self.flow.fires[place])
        return ProofFinding(kind, pointer, sentence, example_of(self.flow, found) if found is not None else None)

    def _changing(self, effects: list[tuple[Target, int, Step]]) -> int:
        """When these effects of one rule being there changes something noticed."""
        ends: dict[Target, tuple[int, int]] = {}  # first and last of its effects on the target
        for target, place, _ in effects:
            ends[target] = (ends.get(target, (place, 0))[0], place)
        return self.flow.circuit.any_of(self._changes(target, first, last) for target, (first, last) in ends.items())

    def _changes(self, target: Target, first: int, last: int) -> int:
        """When a rule's effects on a target, first to last, stand and are noticed against what was before them."""
        flow, circuit = self.flow, self.flow.circuit
        steps = flow.steps[target][first : last + 1]
        before = flow.slots_after(target, first)
        after = flow.slots(target, steps[0].value) if len(steps) == 1 else flow.slots_after(target, last + 1)
        same = circuit.any_of(circuit.all_of([when, before.get(slot, FALSE)]) for slot, when in after.items())
        fires = circuit.any_of(step.fires for step in steps)
        return circuit.all_of([fires, -flow.later(target, last + 1), flow.noticeable(target), -same])


def _by_effect(effects: list[tuple[Target, int, Step]]) -> dict[int, list[tuple[Target, int, Step]]]:
    """The steps of a rule by the place of their effect."""
    found: dict[int, list[tuple[Target, int, Step]]] = {}
    for one in effects:
        found.setdefault(one[2].effect, []).append(one)
    return found


# --- what an applicant never meets ------------------------------------------------------------------------------------


def _never_met(context: Context) -> Iterator[Told]:
    flow, words = context.flow, context.words
    document = flow.document
    required: dict[str, list[int]] = {}
    asked: list[tuple[Kind, str, str, int]] = []
    for place, item in enumerate(document.items):
        pointer, selected = f"/items/{place}", flow.selected[item.code]
        asked.append(
            ("item_never_selected", pointer, f"事项{words.item(item.code)}在任何情形下都不会被选中。", selected)
        )
    for target in flow.targets():
        if target.kind == "material":
            slots = flow.slots_after(target, len(flow.steps.get(target, ())))
            needed = flow.circuit.all_of([flow.noticeable(target), -slots.get(NONE, FALSE)])
            required.setdefault(target.name, []).append(needed)
    for place, item in enumerate(document.items):
        for number, use in enumerate(item.materials):
            target = Target("material", item.code, use.material)
            slots = flow.slots_after(target, len(flow.steps.get(target, ())))
            needed = flow.circuit.all_of([flow.selected[item.code], -slots.get(NONE, FALSE)])
            sentence = f"{words.target(target)}在任何情形下都不需要提交。"
            asked.append(("material_never_required", f"/items/{place}/materials/{number}", sentence, needed))
    for place, binding in enumerate(document.materials):
        name = words.names.materials.get(binding.code, binding.code)
        needed = flow.circuit.any_of(required.get(binding.code, ()))
        asked.append(
            ("material_never_required", f"/materials/{place}", f"材料“{name}”在任何情形下都不需要提交。", needed)
        )
    numbers: dict[str, int] = {}
    for item, field, shown in flow.bindings():
        place, number = document.items.index(item), numbers.get(item.code, 0)
        numbers[item.code] = number + 1
        sentence = f"{words.target(Target('field', item.code, field.field))}在任何情形下都不会出现。"
        asked.append(("field_never_shown", f"/items/{place}/fields/{number}", sentence, shown))
    for place, notice in enumerate(document.notices):
        shown = flow.finally_(Target("notice", None, notice.code), b"true")
        asked.append(
            ("notice_never_shown", f"/notices/{place}", f"须知“{notice.title}”在任何情形下都不会提示。", shown)
        )
    for kind, pointer, sentence, literal in asked:
        try:
            if context.survey.find([flow.complete, literal]) is None:
                yield ProofFinding(kind, pointer, sentence)
        except Undecided:
            yield context.undecided("never_matters", pointer)
