"""The two dossiers made small enough to list every applicant of, and broken in known ways."""

import datetime
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition, names_in
from themes import documents as d
from themes.packages.tests.dossiers import frozen

TODAY = datetime.date(2025, 6, 1)
CHANGE = datetime.date(2026, 1, 1)
MUTANTS = 60
DROPPED = {"q_online", "q_tobacco", "q_sign", "SIGN", "TOB"}  # a yes or no each, which doubles the number of applicants
OPTIONS = {"q_food_items": ("hot", "cold"), "q_subject": ("company", "sole", "self_employed")}
PLACES = ("310000", "310101", "310101002", "310104", "310104003")
NEVER = Condition(any=())


@cache
def places(name: str) -> dict[str, Any]:
    """A district with a street; two of them where that leaves few applicants."""
    wanted = PLACES if name == "theme_dog_license" else PLACES[:3]
    return {code: one for code, one in frozen(name).divisions.items() if code in wanted}


@cache
def small(name: str) -> d.ThemeDocument:
    """The dossier with fewer options where there are many; conditions stay as they are."""
    document = frozen(name).document
    questions = [
        replace(
            one, options=tuple(option for option in one.options if option.code in OPTIONS.get(one.code, (option.code,)))
        )
        for one in document.guidance.questions
        if one.code not in DROPPED
    ]
    rules = [one for one in document.guidance.rules if not DROPPED & set(names_in(one.when))]
    items = tuple(one for one in document.items if one.code not in DROPPED)
    return replace(_with(document, questions=questions, rules=rules), items=items)


def days(document: d.ThemeDocument) -> tuple[datetime.date, ...]:
    """A day in each period that the mutants know."""
    is_dated = any(rule.effective_from or rule.effective_to for rule in document.guidance.rules)
    return (TODAY, CHANGE) if is_dated else (TODAY,)


def mutants(name: str) -> list[tuple[str, d.ThemeDocument]]:
    """The same every time: what was done, and what became of it. Every second one has two things done to it."""
    chance = random.Random(name)
    found = []
    for number in range(MUTANTS):
        document, done = small(name), []
        for _ in range(1 + number % 2):
            kind = _KINDS[(number + len(done) * 5) % len(_KINDS)]
            told, document = kind(document, chance)
            done.append(told)
        found.append(("; ".join(done), document))
    return found


def _with(document: d.ThemeDocument, **parts: Sequence[Any]) -> d.ThemeDocument:
    return replace(document, guidance=replace(document.guidance, **{key: tuple(one) for key, one in parts.items()}))


def _change_one(elements: Sequence[Any], place: int, **changes: Any) -> list[Any]:
    return [replace(one, **changes) if number == place else one for number, one in enumerate(elements)]


def _rule_removed(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    rules = list(document.guidance.rules)
    gone = rules.pop(chance.randrange(len(rules)))
    return f"rule {gone.code} removed", _with(document, rules=rules)


def _rule_changed(
    word: str, change: Callable[[d.Rule, random.Random], dict[str, Any]]
) -> Callable[[d.ThemeDocument, random.Random], tuple[str, d.ThemeDocument]]:
    def mutate(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
        rules = document.guidance.rules
        place = chance.randrange(len(rules))
        changed = _change_one(rules, place, **change(rules[place], chance))
        return f"rule {rules[place].code} {word}", _with(document, rules=changed)

    return mutate


def _threshold_moved(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    def moved(condition: Condition) -> Condition:
        if condition.all is not None:
            return Condition(all=tuple(moved(part) for part in condition.all))
        if type(condition.value) in (int, float):
            return replace(condition, value=target)
        return condition

    target = chance.choice([0, 1, 2, 151, 299, 301, 60_000])
    numeric = [place for place, rule in enumerate(document.guidance.rules) if moved(rule.when) != rule.when]
    place = chance.choice(numeric)
    rule = document.guidance.rules[place]
    return f"threshold of {rule.code} moved to {target}", _with(
        document, rules=_change_one(document.guidance.rules, place, when=moved(rule.when))
    )


def _option_added(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    questions = document.guidance.questions
    place = chance.choice([number for number, one in enumerate(questions) if one.type == "single"])
    options = (*questions[place].options, d.Option(code="new", text="新选项"))
    return f"option added to {questions[place].code}", _with(
        document, questions=_change_one(questions, place, options=options)
    )


def _option_removed(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    questions = document.guidance.questions
    place = chance.choice([number for number, one in enumerate(questions) if len(one.options) > 1])
    options = list(questions[place].options)
    gone = options.pop(chance.randrange(len(options)))
    return f"option {gone.code} of {questions[place].code} removed", _with(
        document, questions=_change_one(questions, place, options=tuple(options))
    )


def _shown_otherwise(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    questions = document.guidance.questions
    place = chance.choice([number for number, one in enumerate(questions) if one.show_when is not None])
    broken = chance.choice([NEVER, Condition(not_=questions[place].show_when), None])
    return f"show_when of {questions[place].code} broken", _with(
        document, questions=_change_one(questions, place, show_when=broken)
    )


def _optional_now(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    items = [replace(item, mandatory=False) for item in document.items]
    return "no item mandatory", replace(document, items=tuple(items))


def _item_unreferenced(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    code, waiting = chance.sample([item.code for item in document.items], 2)
    rules = [
        replace(
            rule, effects=tuple(one for one in rule.effects if not (isinstance(one, d.AddItem) and one.item == code))
        )
        for rule in document.guidance.rules
    ]
    items = [
        replace(
            item,
            mandatory=item.mandatory and item.code != code,
            depends_on=(*item.depends_on, *((code,) if item.code == waiting else ())),
        )
        for item in document.items
    ]
    return f"item {code} unreferenced, {waiting} waits for it", replace(
        _with(document, rules=rules), items=tuple(items)
    )


def _waiting(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    place, other = chance.sample(range(len(document.items)), 2)
    waits = (*document.items[place].depends_on, document.items[other].code)
    items = _change_one(document.items, place, depends_on=tuple(dict.fromkeys(waits)))
    return f"{document.items[place].code} waits for {document.items[other].code}", replace(document, items=tuple(items))


def _material_elsewhen(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    place = chance.choice([number for number, one in enumerate(document.items) if one.materials])
    uses = document.items[place].materials
    number = chance.randrange(len(uses))
    materials = tuple(_change_one(uses, number, when=NEVER))
    return f"{uses[number].material} of {document.items[place].code} never asked", replace(
        document, items=tuple(_change_one(document.items, place, materials=materials))
    )


def _opponent(document: d.ThemeDocument, chance: random.Random) -> tuple[str, d.ThemeDocument]:
    rule = chance.choice(document.guidance.rules)
    against = tuple(_opposite(effect) for effect in rule.effects)
    other = replace(rule, code="Z" + rule.code, priority=rule.priority, effects=against, name="反着来")
    return f"rule {rule.code} opposed", _with(document, rules=[*document.guidance.rules, other])


def _opposite(effect: d.Effect) -> d.Effect:
    match effect:
        case d.AddItem():
            return d.RemoveItem(item=effect.item)
        case d.RemoveItem():
            return d.AddItem(item=effect.item)
        case d.SetPromisedDays():
            return replace(effect, value=effect.value + 1)
        case d.SetField():
            return replace(effect, value="别的")
        case d.AddMaterial():
            return d.WaiveMaterial(item=effect.item, material=effect.material)
        case d.WaiveMaterial():
            return d.AddMaterial(item=effect.item, material=effect.material)
    return effect


_KINDS = (
    _rule_removed,
    _threshold_moved,
    _option_added,
    _rule_changed("negated", lambda rule, chance: {"when": Condition(not_=rule.when)}),
    _item_unreferenced,
    _shown_otherwise,
    _optional_now,
    _rule_changed("lapses", lambda rule, chance: {"effective_to": "2025-12-31"}),
    _rule_changed("not yet", lambda rule, chance: {"effective_from": "2026-01-01"}),
    _rule_changed("emptied", lambda rule, chance: {"effects": rule.effects[1:]}),
    _waiting,
    _opponent,
    _option_removed,
    _rule_changed("never fires", lambda rule, chance: {"when": Condition(all=(rule.when, Condition(not_=rule.when)))}),
    _material_elsewhen,
    _rule_changed("comes first", lambda rule, chance: {"priority": 0}),
)
