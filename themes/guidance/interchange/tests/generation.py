"""Random rules over the questions and items of a real theme, and random answers that fit them."""

import datetime
import random
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.guidance.answers import check_answers
from themes.packages.structure import Package
from themes.packages.tests.records import random_answers

OPS = ("eq", "ne", "in", "not_in", "contains", "contains_any", "gt", "ge", "lt", "le", "answered")
LISTED = ("in", "not_in", "contains_any")
DAYS = [datetime.date(2025, 1, 1) + datetime.timedelta(days=number) for number in range(6)]
TEXTS = ["说“不”", 'a "b" c', "it's", "\\d", "两\n行", "{x}", "#", "`"]
FIELD_VALUES = [*TEXTS, 1, 2.5, -3, 0.1, True, False, None, [], ["a", "b"], [{"item": "x", "n": 1}]]
PARAMETERS = ("p0", "p1")
SHARE_NAMED = 0.15  # of values that name a parameter


def widened(package: Package) -> Package:
    """The package that also asks for a day, as no real theme of ours does yet."""
    day = d.Question(code="q_day", text="哪天？", type="date", order=99)
    return replace(package, guidance=replace(package.guidance, questions=(*package.guidance.questions, day)))


def random_guidance(chance: random.Random, package: Package) -> d.Guidance:
    """The package's questions, some shown on other conditions, with rules and parameters made up."""
    asked = sorted(package.guidance.questions, key=lambda question: question.order)
    questions = []
    for number, question in enumerate(asked):
        when = question.show_when
        if number and chance.random() < 0.5:
            when = _condition(chance, asked[:number], package, depth=2)
        questions.append(replace(question, show_when=when, **_period(chance, 0.1)))
    rules = [_rule(chance, number, asked, package) for number in range(chance.randint(1, 25))]
    parameters = [d.Parameter(code=code, name=code, values=tuple(_values(chance, package))) for code in PARAMETERS]
    return replace(package.guidance, questions=tuple(questions), rules=tuple(rules), parameters=tuple(parameters))


def fitting_answers(chance: random.Random, package: Package) -> Iterator[dict[str, Any]]:
    """Answers, partial or not, with which nothing is wrong."""
    while True:
        answers = random_answers(chance, package)
        if not check_answers(package.guidance, answers, package.divisions):
            yield answers


def random_day(chance: random.Random) -> datetime.date | None:
    """A day on which periods may begin or end, or none."""
    return chance.choice([None, *DAYS])


def _rule(chance: random.Random, number: int, asked: list[d.Question], package: Package) -> d.Rule:
    effects = tuple(_effect(chance, package) for _ in range(chance.randint(0, 4)))
    return d.Rule(
        code=f"R{number}",
        name=f"规则{number}",
        priority=chance.randrange(4),
        when=_condition(chance, asked, package, depth=3),
        effects=effects,
        **_period(chance, 0.3),
    )


def _effect(chance: random.Random, package: Package) -> d.Effect:
    items = chance.sample([item.code for item in package.items], min(3, len(package.items)))
    item = chance.choice([*items, "UNKNOWN"])
    material = chance.choice([material.code for material in package.materials][:6])
    necessity = chance.choice([None, "1"])
    match chance.randrange(8):
        case 0 | 1:
            return d.AddItem(item=item)
        case 2:
            return d.RemoveItem(item=item)
        case 3:
            return d.AddMaterial(item=item, material=material, necessity_code=necessity)
        case 4:
            return d.WaiveMaterial(item=item, material=material)
        case 5:
            value = chance.choice(FIELD_VALUES) if chance.random() > SHARE_NAMED else _named(chance)
            return d.SetField(item=chance.choice([None, item]), field=chance.choice("fg"), value=value)
        case 6:
            return d.SetPromisedDays(item=item, value=chance.randrange(9))
        case _:
            if chance.random() < 0.5:
                return d.AddNotice(notice=chance.choice(["N1", "N2"]))
            return d.Stop(message=chance.choice(TEXTS))


def _condition(chance: random.Random, asked: list[d.Question], package: Package, depth: int) -> Condition:
    if depth and chance.random() < 0.5:
        parts = tuple(_condition(chance, asked, package, depth - 1) for _ in range(chance.randint(0, 3)))
        match chance.randrange(3):
            case 0:
                return Condition(all=parts)
            case 1:
                return Condition(any=parts)
            case _:
                return Condition(not_=_condition(chance, asked, package, depth - 1))
    question, op = chance.choice(asked), chance.choice(OPS)
    if op in LISTED:
        return Condition(q=question.code, op=op, value=[_value(chance, question, package) for _ in range(3)])
    value = _named(chance) if chance.random() < SHARE_NAMED else _value(chance, question, package)
    return Condition(q=question.code, op=op, value=value)


def _value(chance: random.Random, question: d.Question, package: Package) -> Any:
    """Mostly a value that an answer may have."""
    if chance.random() < 0.08:
        return chance.choice([None, "", "zz", 1, True, 2.5, [], ["zz"]])
    match question.type:
        case "number":
            return chance.choice([chance.randint(0, 1000), chance.randint(0, 2000) / 2])
        case "boolean":
            return chance.random() < 0.5
        case "date":
            return chance.choice(["2015", "2019-05", "2021-03-15", "20210315"])
        case "division6" | "division9":
            return chance.choice(list(package.divisions))
        case _:
            return chance.choice(question.options).code


def _named(chance: random.Random) -> dict[str, str]:
    return {"parameter": chance.choice([*PARAMETERS, "unknown"])}


def _values(chance: random.Random, package: Package) -> Iterator[d.ParameterValue]:
    division = package.meta.division.code
    for _ in range(chance.randint(0, 3)):
        yield d.ParameterValue(
            value=chance.choice([100, 300, 2.5, "yes", "2021-03-15"]),
            divisions=chance.choice([(), (), (division,), (division[:4],), ("999999",)]),
            **_period(chance, 0.6),
        )


def _period(chance: random.Random, share: float) -> dict[str, str | None]:
    return {
        bound: chance.choice(DAYS).isoformat() if chance.random() < share else None
        for bound in ("effective_from", "effective_to")
    }
