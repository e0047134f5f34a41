"""A code ends: retired, merged into another, or split into several. Nothing that can still change may outlive it.

Every place that names the code is given a decision: which codes it names from now on, or that it ends with the code.
The act carries the decisions out through the services of whoever owns the places, all in one transaction. What is
published keeps the entry it was frozen with. Where the public still chooses it, or something that can change names or
offers it, the last day does not lie in the past.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from forms_builder import registry, selectors
from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.registry import Replacement, Use
from forms_builder.services import where_used
from forms_builder.services.dictionaries import change_entries
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.jobs.services.telling import tell
from opsplatform.kernel import clock, registers
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.errors import Invalid, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code

_LATEST = date.max - timedelta(days=1)  # what takes over is in force from the day after
_ACTS = ("retired", "merged", "split")  # by none, one or several codes that take over


@dataclass(frozen=True)
class Successor:
    """A code that takes over; with a name it is new and in force from today."""

    code: str
    name: str = ""


@dataclass(frozen=True)
class Decision:
    """What a place names instead; or that it ends with the code."""

    codes: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Ending:
    """A code of a dictionary, its last day, what takes over, and what was decided about places, by `Use.id`."""

    dictionary: str
    code: str
    last_day: date
    successors: tuple[Successor, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)


@transaction.atomic
def end_code(*, actor: User, ending: Ending, expected_revision: int | None, note: str) -> DictionaryEntry:
    """The code is in force until its last day, and nothing that can change names it longer than that.

    Raises Invalid with every place that is not decided about; then nothing has changed.
    """
    judged = judged_for_ending(actor, ending, expected_revision, note)
    note, dictionary, entry = judged.note, judged.dictionary, judged.entry
    if judged.new:
        change_entries(actor=actor, dictionary=dictionary, entries=judged.new, reason=note)
    judged.carry_out(actor)
    dictionary.refresh_from_db()
    entry.refresh_from_db()
    entry.valid_to = ending.last_day
    change_entries(actor=actor, dictionary=dictionary, entries=[entry], reason=note)
    entry.successors.set(dictionary.entries.filter(code__in=[one.code for one in ending.successors]))
    trail.record(
        actor,
        f"dictionary_entry.{_ACTS[min(len(ending.successors), 2)]}",
        entry,
        after={"last_day": ending.last_day.isoformat(), "successors": [one.code for one in ending.successors]},
        reason=note,
        division=city_code(),
        places=[{"place": use.id, "named": use.label, "codes": list(codes)} for use, codes in judged.changes],
    )
    return entry


def judged_for_ending(actor: User, ending: Ending, expected_revision: int | None, note: str) -> "JudgedEnding":
    """The ending, its dictionary locked, where the actor may end the code and nothing forbids it; raises otherwise."""
    note = require_note(note)
    found = selectors.get_dictionary(ending.dictionary)
    actor.require("registers.edit")
    dictionary = registers.lock_or_new(Dictionary.objects.all(), found.pk, expected_revision)
    entry = selectors.get_entry(dictionary, ending.code)
    today = clock.today()
    if ending.last_day > _LATEST:
        raise Invalid(
            problems=(Problem("/last_day", "too_late", f"停用日期最晚是 {_LATEST}；一直有效的代码不用停用。"),)
        )
    if entry.valid_to is not None and entry.valid_to < today:
        raise WrongState(f"字典项 {entry} 已于 {entry.valid_to} 停用。")
    new = [_new_entry(dictionary, entry, one, today) for one in ending.successors if one.name]
    standing = {one.code: one for one in dictionary.entries.all()}
    codes = {**standing, **{one.code: one for one in new}}
    registers.refuse(
        [*_day_problems(entry, ending), *_new_code_problems(new, standing), *_successor_problems(ending, codes)]
    )
    judged = JudgedEnding(ending, dictionary, entry, new, codes, note, today)
    registers.refuse(judged.problems)
    return judged


class JudgedEnding:
    """What happens at every open place, and what is wrong with what was decided; `new` are codes yet to be added."""

    def __init__(
        self,
        ending: Ending,
        dictionary: Dictionary,
        entry: DictionaryEntry,
        new: Sequence[DictionaryEntry],
        codes: Mapping[str, DictionaryEntry],
        note: str,
        today: date,
    ) -> None:
        self.ending, self.dictionary, self.entry, self.new = ending, dictionary, entry, new
        self.codes, self.note, self.today = codes, note, today
        self.changes: list[tuple[Use, tuple[str, ...]]] = []
        self.problems: list[Problem] = []
        uses = where_used.find_uses(ending.dictionary, ending.code)
        for use in uses:
            if where_used.is_open_after(use, ending.last_day):
                self._judge(use, ending.decisions.get(use.id) or default_decision(use, ending))
        self.problems += [
            Problem(f"/decisions/{place}", "unknown_use", "这一处已不使用该代码，请重新核对。")
            for place in sorted(set(ending.decisions) - {use.id for use in uses})
        ]

    def _judge(self, use: Use, decision: Decision) -> None:
        where = f"{registry.source_named(use.source).title}的{use.label}"
        wrong = self._fault(use, decision)
        if wrong is None:
            self.changes.append((use, decision.codes))
        else:
            code, sentence = wrong
            self.problems.append(Problem(f"/decisions/{use.id}", code, f"{where}{sentence}"))

    def _fault(self, use: Use, decision: Decision) -> tuple[str, str] | None:
        if decision.ends:
            return None if use.may_end and not decision.codes else ("cannot_end", "没有自己的期限，须改用其他代码。")
        if not decision.codes:
            return "undecided", f"仍在使用 {self.ending.code}，须说明改为哪个代码。"
        if len(decision.codes) > 1 and not use.takes_several:
            return "one_code", "只能改为一个代码。"
        for code in decision.codes:
            if code == self.ending.code or code not in self.codes:
                return "unknown_code", f"不能改为 {code}：没有这个代码，或就是要停用的代码。"
            ends = self.codes[code].valid_to
            if not self.codes[code].is_in_force(self.today) or (ends is not None and ends < (use.ends_on or date.max)):
                return "not_in_force", f"不能改为 {code}：它今天不在用，或者也将停用。"
        return None

    def carry_out(self, actor: User) -> None:
        """Every place says what was decided, saved by its own service."""
        grouped: dict[tuple[str, str], list[Replacement]] = defaultdict(list)
        for use, codes in self.changes:
            grouped[use.source, use.key].append(Replacement(use.place, self.ending.code, codes, self.ending.last_day))
        for number, ((source, key), replacements) in enumerate(grouped.items()):
            tell(number, len(grouped))
            owner = registry.source_named(source)
            try:
                owner.rewrite(actor=actor, key=key, replacements=replacements, note=self.note)
            except Invalid as refusal:
                place = f"/decisions/{source}:{key}#{replacements[0].place}"
                raise Invalid(
                    f"{owner.title}不能这样改。",
                    problems=tuple(
                        Problem(place, problem.code, f"{owner.title}：{problem.sentence}")
                        for problem in refusal.problems
                    ),
                ) from refusal


def default_decision(use: Use, ending: Ending) -> Decision:
    """What happens where nobody decided: what takes over is named, where that is only one thing to say."""
    successors = tuple(one.code for one in ending.successors)
    return Decision(successors) if len(successors) == 1 or use.takes_several else Decision()


def _new_entry(dictionary: Dictionary, ended: DictionaryEntry, one: Successor, today: date) -> DictionaryEntry:
    return DictionaryEntry(
        dictionary=dictionary, code=one.code, name=one.name, parent_code=ended.parent_code, valid_from=today
    )


def _day_problems(entry: DictionaryEntry, ending: Ending) -> Iterator[Problem]:
    if entry.valid_from is not None and ending.last_day < entry.valid_from:
        yield Problem("/last_day", "empty_period", f"停用日期早于启用日期 {entry.valid_from}。")
    if ending.last_day >= clock.today():
        return
    if where_used.shown_to_public(ending.dictionary, ending.code):
        yield Problem("/last_day", "on_show", "在用的主题仍让申请人选用这个代码，停用日期不能早于今天。")
    elif places := where_used.referring(ending.dictionary, ending.code):
        yield Problem(
            "/last_day", "in_use", f"{registry.places_told(places)}引用或提供这个代码，停用日期不能早于今天。"
        )


def _successor_problems(ending: Ending, codes: Mapping[str, DictionaryEntry]) -> Iterator[Problem]:
    given = [one.code for one in ending.successors]
    if len(set(given)) != len(given):
        yield Problem("/successors", "code_twice", "改用的代码重复。")
    for code in given:
        if code == ending.code or code not in codes:
            yield Problem("/successors", "unknown_code", f"不能改用 {code}：没有这个代码，或就是要停用的代码。")
        elif not codes[code].is_in_force(ending.last_day + timedelta(days=1)):
            yield Problem("/successors", "not_in_force", f"代码 {code} 在 {ending.last_day} 之后不在用。")


def _new_code_problems(new: Sequence[DictionaryEntry], known: Collection[str]) -> Iterator[Problem]:
    patterns = CodePatterns(settings.CODE_PATTERNS)
    for entry in new:
        if entry.code in known:
            yield Problem("/successors", "code_exists", f"代码 {entry.code} 已经登记，不用填名称。")
        if not patterns.accepts("dictionary_entry", entry.code) or len(entry.code) > 40:
            yield Problem("/successors", "malformed_code", f"字典项代码 {entry.code} 不符合规定的格式。")
        if len(entry.name) > 200:
            yield Problem("/successors", "too_long", f"代码 {entry.code} 的名称超过 200 字。")
