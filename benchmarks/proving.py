"""Proving: all answer classes of a theme, from made-up guidance of more and more rules; nothing known beforehand.

The guidance is drawn anew for each seed (`made_up`): questions of eight options, every fifth shown under an earlier one
and every sixth taking several answers; rules of two to four tests; items that no rule selects may leave dead ends.
"""

import random
from collections.abc import Iterator
from functools import partial

from benchmarks.published import NAMES, published
from benchmarks.table import Row, below
from benchmarks.timing import measured, paired
from opsplatform.kernel import clock
from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.guidance.proof.proving import prove
from themes.guidance.proof.report import ProofReport, Property

SEEDS = (1, 2, 3, 4, 5)
QUESTIONS, OPTIONS, RULES = 30, 8, 2_000
ITEMS, FIELDS, NOTICES = 40, 60, 20
SMALLEST, *LARGER = (250, 500, 1_000, 2_000)
FIRST: tuple[Property, ...] = ("dead_end", "contradiction")
FIRST_GOAL, WHOLE_GOAL, THEME_GOAL = 2.0, 10.0, 0.300  # seconds
ROUNDS = 9


def rows() -> Iterator[Row]:
    """Both themes, five made-up ones of the size wished for, and how it grows."""
    today = clock.today()
    for code, name in NAMES.items():
        frozen = published(code).frozen
        act = partial(prove, frozen.document, divisions=frozen.divisions, on=today)
        taken = measured(act, rounds=ROUNDS)
        yield Row(f"{name}: {_told(act())}", taken, pace=(1, "proofs"), goal=below(THEME_GOAL, taken))
    for seed in SEEDS:
        document = made_up(seed, RULES)
        first = measured(partial(prove, document, properties=FIRST), rounds=2)
        size = f"seed {seed}: {QUESTIONS} questions, {RULES} rules"
        yield Row(f"{size}, ends and contradictions", first, pace=(RULES, "rules"), goal=below(FIRST_GOAL, first))
        whole = measured(partial(prove, document), rounds=2)
        told = _told(prove(document))
        yield Row(f"{size}, everything: {told}", whole, pace=(RULES, "rules"), goal=below(WHOLE_GOAL, whole))
    small = partial(prove, made_up(SEEDS[0], SMALLEST))
    yield Row(f"{SMALLEST} rules", measured(small, rounds=3), pace=(SMALLEST, "rules"))
    for size in LARGER:
        pair = paired(partial(prove, made_up(SEEDS[0], size)), small, rounds=3)
        yield Row(
            f"{size} rules",
            pair.mine,
            pace=(size, "rules"),
            against=f"a rule among {SMALLEST}",
            ratio=pair.ratio.divided_by(SMALLEST / size),
        )


def _told(report: ProofReport) -> str:
    classes = "more" if report.classes is None else f"{float(report.classes):.2g}"
    return f"{classes} classes, {len(report.findings)} findings, {len(report.not_proved)} not proved"


def made_up(seed: int, rules: int) -> d.ThemeDocument:
    """A theme of thirty questions and so many rules."""
    chance = random.Random(seed)
    questions = [_question(number, chance) for number in range(QUESTIONS)]
    drawn = tuple(_rule(number, questions, chance) for number in range(rules))
    return d.ThemeDocument(
        code=f"MADE-UP-{seed}",
        name="造出来的主题",
        items=tuple(_item(number, questions, chance) for number in range(ITEMS)),
        materials=tuple(d.MaterialBinding(code=f"M{number}", material=f"M{number}") for number in range(ITEMS)),
        notices=tuple(d.Notice(code=f"N{number}", title="须知", content="", order=number) for number in range(NOTICES)),
        guidance=d.Guidance(questions=tuple(questions), rules=drawn),
    )


def _question(number: int, chance: random.Random) -> d.Question:
    shown = None
    if number > 1 and number % 5 == 0:
        above = chance.choice([one for one in range(number) if one % 6 != 5])
        shown = Condition(q=f"q{above}", op="in", value=_some(chance, 4))
    return d.Question(
        code=f"q{number}",
        text=f"第 {number} 问？",
        type="multi" if number % 6 == 5 else "single",
        order=number,
        options=tuple(d.Option(code=f"o{place}", text=f"选项 {place}") for place in range(OPTIONS)),
        show_when=shown,
    )


def _some(chance: random.Random, most: int) -> list[str]:
    return [f"o{place}" for place in chance.sample(range(OPTIONS), chance.randint(1, most))]


def _test(question: d.Question, chance: random.Random) -> Condition:
    op = "contains_any" if question.type == "multi" else "in"
    return Condition(q=question.code, op=op, value=_some(chance, 3))


def _rule(number: int, questions: list[d.Question], chance: random.Random) -> d.Rule:
    asked = chance.sample(questions, chance.randint(2, 4))
    return d.Rule(
        code=f"R{number:04d}",
        name=f"规则 {number}",
        priority=chance.randrange(5),
        when=Condition(all=tuple(_test(one, chance) for one in asked)),
        effects=tuple(_effect(chance) for _ in range(chance.choice((1, 1, 2)))),
    )


def _effect(chance: random.Random) -> d.Effect:
    item = f"I{chance.randrange(ITEMS)}"
    match chance.randrange(10):
        case 0 | 1 | 2:
            return d.AddItem(item=item)
        case 3:
            return d.RemoveItem(item=item)
        case 4 | 5:
            return d.AddMaterial(item=item, material=f"M{chance.randrange(ITEMS)}")
        case 6:
            return d.WaiveMaterial(item=item, material=f"M{chance.randrange(ITEMS)}")
        case 7:
            return d.SetField(item=None, field=f"f{chance.randrange(FIELDS)}", value=chance.randrange(3))
        case 8:
            return d.SetPromisedDays(item=item, value=chance.randrange(1, 4))
    return d.AddNotice(notice=f"N{chance.randrange(NOTICES)}")


def _item(number: int, questions: list[d.Question], chance: random.Random) -> d.ThemeItem:
    uses = [
        d.MaterialUse(material=f"M{place}", when=_test(chance.choice(questions), chance) if place % 2 else None)
        for place in chance.sample(range(ITEMS), 4)
    ]
    waits = (f"I{chance.randrange(number)}",) if number % 4 == 3 else ()
    return d.ThemeItem(code=f"I{number}", item=f"I{number}", materials=tuple(uses), depends_on=waits)
