"""The program as a JDM document (JSON Decision Model) for GoRules zen.

One expression node computes the steps, a second the result. Zen's texts have no escapes, so a text that holds both
kinds of quotation marks is joined from pieces; its numbers are decimals of 28 digits.
"""

import json
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from themes.guidance.interchange.expressions import (
    Answer,
    Choice,
    Compares,
    ComparesDay,
    Constant,
    Every,
    Expression,
    Has,
    IsAmong,
    IsAnswered,
    IsEqual,
    IsExactly,
    IsGiven,
    Kind,
    Name,
    Opposite,
    Present,
    Record,
    Some,
)
from themes.guidance.interchange.program import Program

_TYPES: dict[Kind, str] = {"text": "string", "number": "number", "truth": "bool", "list": "array"}
_INPUTS = frozenset({"on"})
_STEP, _NODE_DISTANCE = "$.", 300


def write_jdm(program: Program, title: str) -> dict[str, Any]:
    """The JDM document: input {"answers": …, "on": …}, output the members of the program's result."""
    steps = [{"id": step.name, "key": step.name, "value": _Zen(_STEP).write(step.expression)} for step in program.steps]
    result = [{"id": name, "key": name, "value": _Zen("").write(part)} for name, part in program.result]
    nodes = [
        {"id": "answers", "type": "inputNode", "name": "answers"},
        _expressions("steps", title, steps, passes_through=True),
        _expressions("result", "outcome", result, passes_through=False),
        {"id": "outcome", "type": "outputNode", "name": "outcome"},
    ]
    names = [str(node["id"]) for node in nodes]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [node | {"position": {"x": _NODE_DISTANCE * number, "y": 0}} for number, node in enumerate(nodes)],
        "edges": [
            {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
            for source, target in pairwise(names)
        ],
    }


def _expressions(code: str, name: str, rows: list[dict[str, str]], *, passes_through: bool) -> dict[str, Any]:
    content = {"expressions": rows, "passThrough": passes_through, "executionMode": "single"}
    return {"id": code, "type": "expressionNode", "name": name, "content": content}


class _Zen:
    """Writes expressions; names of steps carry `prefix` inside the node that computes them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def write(self, expression: Expression) -> str:
        match expression:
            case Constant(value):
                return literal(value)
            case Name(name):
                return self._name(name)
            case Answer(code):
                return f"answers[{literal(code)}]"
            case Every(parts):
                return f"({' and '.join(self.write(part) for part in parts)})"
            case Some(parts):
                return f"({' or '.join(self.write(part) for part in parts)})"
            case Opposite(part):
                return f"not ({self.write(part)})"
            case Choice(test, then, otherwise):
                return f"({self.write(test)} ? {self.write(then)} : {self.write(otherwise)})"
            case Present(parts):
                listed = ", ".join(self.write(part) for part in parts)
                return f"filter([{listed}], # != null)" if parts else "[]"
            case Record(members):
                return f"{{{', '.join(f'{literal(name)}: {self.write(part)}' for name, part in members)}}}"
            case _:
                return f"({self._test(expression)})"

    def _test(self, expression: Expression) -> str:
        match expression:
            case IsAnswered(value, kind):
                given = self.write(value)
                rest = {"text": f' and {given} != ""', "list": f" and len({given}) > 0"}.get(kind, "")
                return f"type({given}) == {literal(_TYPES[kind])}{rest}"
            case IsGiven(name):
                return f"{self._name(name)} != null"
            case IsEqual(name, value):
                return f"{self._name(name)} == {literal(value)}"
            case IsAmong(name, values):
                return f"{self._given(name)} in {literal(list(values))}"
            case Has(name, value):
                return f"{self._name(name)} != null and {literal(value)} in {self._name(name)}"
            case IsExactly(name, values):
                places = "".join(f" and {self._name(name)}[{n}] == {literal(one)}" for n, one in enumerate(values))
                return f"{self._name(name)} != null and len({self._name(name)}) == {len(values)}{places}"
            case Compares(name, sign, value):
                return f"{self._given(name)} {sign} {literal(value)}"
            case ComparesDay(name, sign, day):
                return f"{self._name(name)} != null and date({self._name(name)}) {sign} date({literal(day)})"
        raise TypeError(f"{type(expression).__name__} is no expression")

    def _given(self, name: str) -> str:
        return f"{self._name(name)} != null and {self._name(name)}"

    def _name(self, name: str) -> str:
        return name if name in _INPUTS else f"{self.prefix}{name}"


def literal(value: Any) -> str:
    """The JSON value in zen's words."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(str(key))}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return format(Decimal(repr(value)), "f")


def _text(value: str) -> str:
    if '"' not in value:
        return f'"{value}"'
    pieces = ["".join(group) for _, group in groupby(value, lambda character: character == '"')]
    told = " + ".join(f"'{piece}'" if piece.startswith('"') else f'"{piece}"' for piece in pieces)
    return told if len(pieces) == 1 else f"({told})"
