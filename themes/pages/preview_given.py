"""What the citizen's preview is given: the answers and the filled-in fields in a query string or a form.

Answers are named "a:QUESTION", fields "d:KEY", cells of a table "d:KEY:ROW:COLUMN".
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from forms_builder.merge.constraints import CODED, NUMERIC, Constraint
from forms_builder.merge.form import MergedForm
from forms_builder.merge.samples import json_number
from themes.documents import Question

ANSWER, FIELD = "a:", "d:"
DRAFT = "draft"  # the source that is the theme's draft
MOST_ROWS = 50
_TRUTH = {"true": True, "false": False}


def read_answers(questions: Iterable[Question], given: QueryDict) -> dict[str, Any]:
    """The answers by question; what was left empty is not there, what cannot be read stays as it was typed."""
    answers: dict[str, Any] = {}
    for question in questions:
        values = [value for value in given.getlist(ANSWER + question.code) if value]
        if not values:
            continue
        if question.type == "multi":
            answers[question.code] = values
        elif question.type == "number":
            answers[question.code] = _number(values[-1])
        elif question.type == "boolean":
            answers[question.code] = _TRUTH.get(values[-1], values[-1])
        else:
            answers[question.code] = values[-1]
    return answers


def write_answers(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The answers as they stand in a query string."""
    return [
        (ANSWER + code, str(one).lower() if isinstance(one, bool) else str(one))
        for code, answer in answers.items()
        for one in (answer if isinstance(answer, list) else [answer])
    ]


def read_data(form: MergedForm, given: QueryDict) -> dict[str, Any]:
    """The merged data: every field of the form that was filled in, said as JSON of its kind where it can be."""
    data: dict[str, Any] = {}
    for field in form.fields:
        if field.constraint.kind == "table":
            rows = [row for row in read_rows(field.key, field.constraint, given) if row]
            if rows:
                data[field.key] = rows
        else:
            value = _value(field.constraint, given.getlist(FIELD + field.key))
            if value is not None:
                data[field.key] = value
    return data


def read_rows(key: str, constraint: Constraint, given: QueryDict) -> list[dict[str, Any]]:
    """The rows of a table as they stand on the page, empty ones included."""
    pattern = re.compile(rf"{re.escape(FIELD + key)}:([0-9]{{1,3}}):")
    numbers = [int(found[1]) for name in given if (found := pattern.match(name))]
    count = min(max(numbers, default=-1) + 1, MOST_ROWS)
    return [
        {
            column.code: value
            for column in constraint.columns
            if (value := _value(column.constraint, given.getlist(f"{FIELD}{key}:{number}:{column.code}"))) is not None
        }
        for number in range(count)
    ]


def _value(constraint: Constraint, typed: list[str]) -> Any:
    values = [value for value in typed if value.strip()]
    if not values:
        return None
    kind = constraint.kind
    if kind == "multi_dict":
        return values
    if kind in NUMERIC:
        return _number(values[-1])
    if kind == "boolean":
        return _TRUTH.get(values[-1], values[-1])
    return values[-1] if kind in CODED else values[-1].replace("\r\n", "\n")


def _number(typed: str) -> int | float | str:
    """The number, or the text where it is none: the check says so."""
    try:
        number = Decimal(typed.strip())
    except InvalidOperation:
        return typed
    return json_number(number) if number.is_finite() and abs(number) < Decimal("1e15") else typed
