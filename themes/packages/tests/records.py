"""Records {"answers": …, "data": …} made at random, and the verdict that the server gives on them."""

import random
from typing import Any

from forms_builder.merge.constraints import check_value
from forms_builder.merge.form import MergedForm
from forms_builder.merge.tests import generation
from forms_builder.merge.validation import validate
from themes.documents import Question
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import Package

JUNK_ANSWERS = [None, "", [], True, 0, -1, 1.5, 10**9, "yes", "zz", ["zz"], ["hot", "hot"], "310101", "310101002",
                "310112", "310000", "999999", "2024-02-30", "2024-02-29", {}, [1]]  # fmt: skip


def random_answers(chance: random.Random, package: Package) -> dict[str, Any]:
    """Answers that mostly fit the questions, some left out."""
    answers: dict[str, Any] = {}
    for question in package.guidance.questions:
        if chance.random() < 0.85:
            answers[question.code] = _answer(chance, package, question, answers)
    if chance.random() < 0.2:
        answers[chance.choice([*answers, "q_unknown"])] = chance.choice(JUNK_ANSWERS)
    return answers


def _answer(chance: random.Random, package: Package, question: Question, earlier: dict[str, Any]) -> Any:
    options = [option.code for option in question.options]
    places = package.divisions
    match question.type:
        case "single":
            return chance.choice(options)
        case "multi":
            return chance.sample(options, chance.randrange(len(options) + 1))
        case "number":
            low, high = question.min or 0, min(question.max or 1000, 1000)
            return chance.choice([chance.randint(int(low), int(high)), round(chance.uniform(low, high), 2)])
        case "boolean":
            return chance.random() < 0.5
        case "date":
            return f"20{chance.randrange(10, 30)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
        case "division6":
            return chance.choice([code for code in places if len(code) == 6])
    district = earlier.get(package.guidance.division_question or "")
    near = [code for code, place in places.items() if len(code) == 9 and place.parent == district]
    return chance.choice(near if near and chance.random() < 0.9 else [code for code in places if len(code) == 9])


def taken_over(package: Package, form: MergedForm) -> set[str]:
    """The fields that equal an answer as it was given: what the schema of all paths cannot say (its docstring)."""
    listed = {question.code for question in package.guidance.questions if question.type in ("single", "boolean")}
    return {
        key
        for key, provenance in form.provenances.items()
        if provenance.question is not None and provenance.question not in listed
    }


def record(chance: random.Random, opened: OpenPackage) -> dict[str, Any]:
    """A record, valid in about every second case, in which taken-over fields are left out."""
    answers = random_answers(chance, opened.package)
    if opened.problems_in(answers):
        return {"answers": answers, "data": {}}
    form = opened.run(answers).form
    data = generation.valid_data(chance, form) or {}
    if form.fields and chance.random() < 0.5:
        data = generation.damaged(chance, form, data)
    if chance.random() < 0.1:
        every = opened.merger.merge([(item.code, None) for item in opened.package.items])
        field = chance.choice(every.fields)
        data[field.key] = generation.valid_value(chance, field.constraint)
    without = taken_over(opened.package, form)
    return {"answers": answers, "data": {key: value for key, value in data.items() if key not in without}}


def is_accepted(opened: OpenPackage, given: dict[str, Any]) -> bool:
    """The server's verdict: answers that fit the questions, then data that fits the form of their path."""
    if opened.problems_in(given["answers"]):
        return False
    return not validate(opened.run(given["answers"]).form, given["data"])


def is_beyond_schema(opened: OpenPackage, given: dict[str, Any]) -> bool:
    """Whether the verdict hangs on a taken-over answer that an item refuses."""
    if opened.problems_in(given["answers"]):
        return False
    form = opened.run(given["answers"]).form
    return any(
        check_value(field.constraint, form.provenance(key).value)
        for key in taken_over(opened.package, form)
        if (field := form.field(key)) is not None
    )
