"""Two versions of a theme compared for every applicant who can answer both."""

import datetime
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from themes.documents import Option, Question, ThemeDocument
from themes.guidance.answers import Divisions
from themes.guidance.differences.changes import Change, ChangeKind, Comparison, Registered
from themes.guidance.differences.wording import DifferenceWords
from themes.guidance.proof.circuit import FALSE, TRUE
from themes.guidance.proof.flow import NONE, YES, Flow, Target, TargetKind
from themes.guidance.proof.proving import CONFLICTS, CONFLICTS_EACH, NODES, why_not
from themes.guidance.proof.report import Example
from themes.guidance.proof.smallest import keys_where
from themes.guidance.proof.solving import Model, Undecided
from themes.guidance.proof.space import AnswerSpace
from themes.guidance.proof.streets import TWO_STREETS, are_taken_together
from themes.guidance.proof.survey import Survey
from themes.guidance.wording import NO_NAMES, Names

NO_REGISTERS = Registered()
SHOWN = b"shown"

Key = tuple[str, str]


def compare(
    before: ThemeDocument,
    after: ThemeDocument,
    *,
    names: Names = NO_NAMES,
    divisions: Divisions | None = None,
    on: datetime.date | None = None,
    registered: tuple[Registered, Registered] = (NO_REGISTERS, NO_REGISTERS),
) -> Comparison:
    """Who gains and who loses what, from the day given on (domain.md §2).

    `names`: of both versions together. `divisions`: those that may be answered. `registered`: what registers say beside
    the two. Never raises for documents that can be read.
    """
    for word, document in (("前一版", before), ("后一版", after)):
        reason = why_not(document)
        if reason is not None:
            return Comparison((), (f"{word}不能比较：{reason}",))
    space = AnswerSpace([before, after], divisions, on)
    sides = (Flow(space, before), Flow(space, after))
    wishes = [[side.complete, fires] for side in sides for fires in side.fires.values()]
    with Survey(space, wishes, conflicts=CONFLICTS_EACH, allowance=CONFLICTS, nodes=NODES) as survey:
        if any(are_taken_together(side, survey) for side in sides):
            return Comparison((), (f"不能比较：{TWO_STREETS}",))
        return _Comparing(sides, survey, DifferenceWords(before, after, names), registered).comparison()


class _Suspect(NamedTuple):
    """Something that may have changed: when it has, and what there is to say then; `among`: for whom, else for all
    who can answer both."""

    kind: ChangeKind
    subject: str
    sentence: str
    literals: list[int]
    among: int | None = None


class _Comparing:
    def __init__(
        self,
        sides: tuple[Flow, Flow],
        survey: Survey,
        words: DifferenceWords,
        registered: tuple[Registered, Registered],
    ) -> None:
        self.old, self.new = sides
        self.survey, self.words, self.registered = survey, words, registered
        self.circuit = self.old.circuit
        self.both = self.circuit.all_of([self.old.complete, self.new.complete])

    def comparison(self) -> Comparison:
        """Every change that some applicant notices."""
        changes: list[Change] = []
        unsettled: list[str] = []
        suspects = [one for one in self._suspects() if FALSE not in one.literals]
        queries = [[self.both if one.among is None else one.among, *one.literals] for one in suspects]
        for suspect, model in zip(suspects, self.survey.find_each(queries, queries), strict=True):
            if isinstance(model, Undecided):
                unsettled.append(f"没有比较出来：{suspect.sentence}")
            elif model is not None:
                changes.append(self._change(suspect, model))
        changes += self._options()
        changes += self._offered()
        return Comparison(tuple(changes), tuple(unsettled))

    # --- what may have changed ---------------------------------------------------------------------------------------

    def _suspects(self) -> Iterator[_Suspect]:
        yield from self._items()
        yield from self._materials()
        yield from self._fields()
        yield from self._days()
        yield from self._told("stop")
        yield from self._told("notice")
        yield from self._questions()
        yield from self._answers()
        yield from self._uploads()
        yield from self._prefills()
        yield from self._waits()
        yield from self._choices()

    def _items(self) -> Iterator[_Suspect]:
        for code in {**self.old.selected, **self.new.selected}:
            was, now = self.old.selected.get(code, FALSE), self.new.selected.get(code, FALSE)
            yield _Suspect("item_gained", code, self.words.item_gained(code), [-was, now])
            yield _Suspect("item_lost", code, self.words.item_lost(code), [was, -now])

    def _kept(self) -> Iterator[tuple[str, int]]:
        """Items of both versions, with when they are selected in both."""
        for code in self.old.selected:
            if code in self.new.selected:
                yield code, self.circuit.all_of([self.old.selected[code], self.new.selected[code]])

    def _targets(self, kind: TargetKind, owner: str | None) -> list[Target]:
        found = [target for flow in (self.old, self.new) for target in flow.targets()]
        return list(dict.fromkeys(one for one in found if one.kind == kind and one.owner == owner))

    def _materials(self) -> Iterator[_Suspect]:
        for code, kept in self._kept():
            for target in self._targets("material", code):
                subject = f"{code}.{target.name}"
                old, new = _slots(self.old, target), _slots(self.new, target)
                was, now = -old.get(NONE, FALSE), -new.get(NONE, FALSE)
                yield _Suspect("material_gained", subject, self.words.material_gained(target), [kept, -was, now])
                yield _Suspect("material_lost", subject, self.words.material_lost(target), [kept, was, -now])
                same = self._same(old, new)
                sentence = self.words.necessity_changed(target)
                yield _Suspect("necessity_changed", subject, sentence, [kept, was, now, -same])

    def _fields(self) -> Iterator[_Suspect]:
        for code, kept in self._kept():
            old = _shown_fields(self.old, self.registered[0], code)
            new = _shown_fields(self.new, self.registered[1], code)
            for field in {**old, **new}:
                target = Target("field", code, field)
                was, now = old.get(field, FALSE), new.get(field, FALSE)
                yield _Suspect("field_gained", f"{code}.{field}", self.words.field_gained(target), [kept, -was, now])
                yield _Suspect("field_lost", f"{code}.{field}", self.words.field_lost(target), [kept, was, -now])
            yield from self._values(code, kept)
        yield from self._values(None, self.circuit.all_of([self.old.some_item, self.new.some_item]))

    def _values(self, owner: str | None, kept: int) -> Iterator[_Suspect]:
        """Fields that rules fill, or questions supply, with something else."""
        for target in self._targets("field", owner):
            old, new = _slots(self.old, target), _slots(self.new, target)
            same = self._same(old, new)
            subject = f"{owner}.{target.name}" if owner else target.name
            yield _Suspect("field_value_changed", subject, self.words.value_changed(target), [kept, -same])
        old_supplied, new_supplied = _supplied(self.old, owner), _supplied(self.new, owner)
        for name in {**old_supplied, **new_supplied}:
            target = Target("field", owner, name)
            was, now = old_supplied.get(name, {}), new_supplied.get(name, {})
            differing = self.circuit.any_of(
                self.circuit.differ(was.get(slot, FALSE), now.get(slot, FALSE)) for slot in {**was, **now}
            )
            subject = f"{owner}.{name}" if owner else name
            yield _Suspect("field_value_changed", subject, self.words.value_changed(target), [kept, differing])

    def _same(self, old: dict[bytes, int], new: dict[bytes, int]) -> int:
        return self.circuit.any_of(self.circuit.all_of([when, new.get(slot, FALSE)]) for slot, when in old.items())

    def _days(self) -> Iterator[_Suspect]:
        for code, kept in self._kept():
            target = Target("days", code, "")
            old, new = _slots(self.old, target), _slots(self.new, target)
            usual = tuple(one.days.get(code, "") for one in self.registered)
            for was, before in old.items():
                for now, after in new.items():
                    if was != now or (was == NONE and usual[0] != usual[1]):
                        sentence = self.words.days_changed(code, _days(was, usual[0]), _days(now, usual[1]))
                        yield _Suspect("days_changed", code, sentence, [kept, before, after])

    def _told(self, kind: TargetKind) -> Iterator[_Suspect]:
        """Reasons of stops and notices."""
        found = [target for flow in (self.old, self.new) for target in flow.steps if target.kind == kind]
        if kind == "notice":
            found += [
                Target("notice", None, one.code) for flow in (self.old, self.new) for one in flow.document.notices
            ]
        gained: ChangeKind = "stop_gained" if kind == "stop" else "notice_gained"
        lost: ChangeKind = "stop_lost" if kind == "stop" else "notice_lost"
        for target in dict.fromkeys(found):
            was, now = self.old.finally_(target, YES), self.new.finally_(target, YES)
            yield _Suspect(gained, target.name, self.words.told_now(target), [-was, now])
            yield _Suspect(lost, target.name, self.words.told_no_more(target), [was, -now])

    def _questions(self) -> Iterator[_Suspect]:
        for key in {**self.old.visible, **self.new.visible}:
            was, now = self.old.visible.get(key, FALSE), self.new.visible.get(key, FALSE)
            yield _Suspect("question_gained", key[0], self.words.asked_now(key[0]), [-was, now])
            yield _Suspect("question_lost", key[0], self.words.asked_no_more(key[0]), [was, -now])

    def _options(self) -> Iterator[Change]:
        """Options that only one version has, of questions that both ask; whoever wants one cannot answer both."""
        for key, was in self.old.questions.items():
            now = self.new.questions.get(key)
            if now is None:
                continue
            for option in _missing(now, was):
                yield Change("option_lost", f"{key[0]}.{option.code}", self.words.option_lost(was, option), {}, None)
            for option in _missing(was, now):
                yield Change(
                    "option_gained", f"{key[0]}.{option.code}", self.words.option_gained(now, option), {}, None
                )

    def _answers(self) -> Iterator[_Suspect]:
        """Numbers that only one version takes, and questions that only one lets unanswered; options are told apart."""
        for key, was in self.old.questions.items():
            now = self.new.questions.get(key)
            if now is None:
                continue
            space = self.old.space
            asked = [self.old.visible.get(key, FALSE), self.new.visible.get(key, FALSE)]
            takes = (space.acceptable(was), space.acceptable(now))
            given, bounds = space.answered(key), self.words.bounds_changed(was, now)
            lost, gained = [*asked, -takes[1]], [*asked, -takes[0]]
            if key[1] == "number":
                yield _Suspect("answer_lost", key[0], bounds, [*lost, given], self.old.complete)
                yield _Suspect("answer_gained", key[0], bounds, [*gained, given], self.new.complete)
            must, need_not = self.words.must_answer(now), self.words.need_not_answer(now)
            yield _Suspect("answer_lost", key[0], must, [*lost, -given], self.old.complete)
            yield _Suspect("answer_gained", key[0], need_not, [*gained, -given], self.new.complete)

    def _uploads(self) -> Iterator[_Suspect]:
        """Materials asked for in both versions that the applicant uploads in one only."""
        sides = [
            _uploads(flow, known.exempt) for flow, known in zip((self.old, self.new), self.registered, strict=True)
        ]
        for code, (asked, was) in sides[0].items():
            if code in sides[1]:
                asked_now, now = sides[1][code]
                yield _Suspect("upload_gained", code, self.words.upload_gained(code), [asked, -was, now])
                yield _Suspect("upload_lost", code, self.words.upload_lost(code), [was, asked_now, -now])

    def _prefills(self) -> Iterator[_Suspect]:
        some_item = [self.old.some_item, self.new.some_item]
        conditions = [
            {one.library: one.when for one in flow.document.prefill_conditions} for flow in (self.old, self.new)
        ]
        for library in {**conditions[0], **conditions[1]}:
            was, now = self.old.holds(conditions[0].get(library)), self.new.holds(conditions[1].get(library))
            yield _Suspect("prefill_gained", library, self.words.prefill_gained(library), [*some_item, -was, now])
            yield _Suspect("prefill_lost", library, self.words.prefill_lost(library), [*some_item, was, -now])

    def _waits(self) -> Iterator[_Suspect]:
        """Items that wait for another in one version only, be it through others that both versions select."""
        kept = dict(self._kept())
        old, new = _waits(self.old, kept), _waits(self.new, kept)
        for item, other in {**old, **new}:
            both = [kept[item], kept[other]]
            was, now = old.get((item, other), FALSE), new.get((item, other), FALSE)
            subject = f"{item}.{other}"
            yield _Suspect("wait_gained", subject, self.words.wait_gained(item, other), [*both, -was, now])
            yield _Suspect("wait_lost", subject, self.words.wait_lost(item, other), [*both, was, -now])

    def _choices(self) -> Iterator[_Suspect]:
        """Items that districts choose in one version only."""
        for code, kept in self._kept():
            was, now = self.old.items[code].by_district, self.new.items[code].by_district
            if now and not was:
                yield _Suspect("choice_gained", code, self.words.choice_gained(code), [kept])
            elif was and not now:
                yield _Suspect("choice_lost", code, self.words.choice_lost(code), [kept])

    def _offered(self) -> Iterator[Change]:
        """Where and until when there is the theme."""
        was, now = (one.divisions for one in self.registered)
        for code in was:
            if code not in now:
                yield Change("division_lost", code, self.words.division_lost(code), {}, None)
        for code in now:
            if code not in was:
                yield Change("division_gained", code, self.words.division_gained(code), {}, None)
        before, after = self.old.document, self.new.document
        if (before.effective_from, before.effective_to) != (after.effective_from, after.effective_to):
            yield Change("period_changed", after.code, self.words.period_changed(before, after), {}, None)

    # --- who it is ---------------------------------------------------------------------------------------------------

    def _change(self, suspect: _Suspect, model: Model) -> Change:
        asked = {
            key: self.circuit.any_of([self.old.visible.get(key, FALSE), self.new.visible.get(key, FALSE)])
            for key in {**self.new.visible, **self.old.visible}
        }
        seen = keys_where(self.old, asked, model)
        day, division = self.old.space.world_of(model)
        answers = self.old.space.answers_of(model, seen)
        example = Example(answers, day.isoformat() if day else None, division or None)
        deciding = self._deciding(suspect, model, seen)
        who = {code: answers[code] for code in answers if code in deciding}
        return Change(suspect.kind, suspect.subject, self.words.with_who(suspect.sentence, who, example), who, example)

    def _deciding(self, suspect: _Suspect, model: Model, seen: Iterable[Key]) -> set[str]:
        """The questions whose answers, as the model gives them, make everybody meet the change; else all."""
        space = self.old.space
        given = {literal: "" for literal in space.worlds.literals if _is_true(literal, model)}
        for key in seen:
            raw = space.raws[key]
            literals = raw.choice.literals if raw.choice is not None else tuple(raw.options.values())
            if raw.choice is not None:
                given |= {literal: key[0] for literal in literals if _is_true(literal, model)}
            else:
                given |= {literal if _is_true(literal, model) else -literal: key[0] for literal in literals}
        elsewhere = self.circuit.any_of(-literal for literal in suspect.literals)
        try:
            core = self.survey.solver.core([elsewhere, *given])
        except Undecided:
            core = frozenset(given)
        return {given[literal] for literal in core if literal in given} - {""}


# --- one side ---------------------------------------------------------------------------------------------------------


def _slots(flow: Flow, target: Target) -> dict[bytes, int]:
    return flow.slots_after(target, len(flow.steps.get(target, ())))


def _shown_fields(flow: Flow, registered: Registered, item: str) -> dict[str, int]:
    """Field → when it is on the item's form, the item being selected."""
    shown = dict.fromkeys(registered.fields.get(item, ()), TRUE)
    for binding in flow.items[item].fields:
        if binding.field in shown or not registered.fields:
            shown[binding.field] = flow.holds(binding.visible_when)
    return shown


def _supplied(flow: Flow, owner: str | None) -> dict[str, dict[bytes, int]]:
    found: dict[str, dict[bytes, int]] = {}
    for one in flow.noticed():
        if one.target.kind == "field" and one.target.owner == owner and one.slot.startswith(b"supplied "):
            found.setdefault(one.target.name, {})[one.slot] = one.literal
    return found


def _uploads(flow: Flow, exempt: Container[str]) -> dict[str, tuple[int, int]]:
    """Material → when it is asked for, and when the applicant uploads it."""
    needed: dict[str, list[int]] = {}
    for target in flow.targets():
        if target.kind == "material":
            asked = [flow.noticeable(target), -_slots(flow, target).get(NONE, FALSE)]
            needed.setdefault(target.name, []).append(flow.circuit.all_of(asked))
    results = {one.code: one.result_of_item for one in flow.document.materials}
    found = {}
    for code, literals in needed.items():
        asked_for = flow.circuit.any_of(literals)
        brought = TRUE if code in exempt else flow.selected.get(results.get(code) or "", FALSE)
        found[code] = asked_for, flow.circuit.all_of([asked_for, -brought])
    return found


def _waits(flow: Flow, selected: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Item and one it waits for, itself or through others, all of these selected → when it does."""
    found = {
        (code, other): flow.circuit.all_of([when, selected[other]])
        for code, when in selected.items()
        for other in flow.items[code].depends_on
        if other in selected
    }
    for between in selected:
        first = [(code, when) for (code, other), when in found.items() if other == between]
        then = [(other, when) for (code, other), when in found.items() if code == between]
        for (code, one), (other, two) in product(first, then):
            through = flow.circuit.all_of([one, two])
            found[code, other] = flow.circuit.any_of([found.get((code, other), FALSE), through])
    return found


def _missing(there: Question, here: Question) -> list[Option]:
    known = {option.code for option in there.options}
    return [option for option in here.options if option.code not in known]


def _days(slot: bytes, usual: str) -> str:
    return (usual or "登记的时限") if slot == NONE else f"{slot.decode()} 个工作日"


def _is_true(literal: int, model: Model) -> bool:
    return literal == TRUE or (abs(literal) in model) == (literal > 0)
