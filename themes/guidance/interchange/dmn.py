"""The program as a DMN 1.5 model (OMG formal/2024-01-01): one decision, a boxed context of FEEL expressions."""

import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

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

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"
FEEL = "https://www.omg.org/spec/DMN/20230324/FEEL/"
DECISION = "outcome"

_TYPES: dict[Kind, str] = {"text": "string", "number": "number", "truth": "boolean", "list": "list<Any>"}


def write_dmn(program: Program, title: str, namespace: str) -> bytes:
    """The model: inputs `answers` and `on`, decision `outcome` with the members of the program's result.

    `namespace`: a URI that is the model's own.
    """
    root = ElementTree.Element(
        "definitions",
        {
            "xmlns": MODEL, "id": "guidance", "name": title, "namespace": namespace,
            "expressionLanguage": FEEL, "typeLanguage": FEEL,
        },
    )  # fmt: skip
    decision = ElementTree.Element("decision", {"id": DECISION, "name": DECISION})
    ElementTree.SubElement(decision, "variable", {"id": f"{DECISION}.variable", "name": DECISION, "typeRef": "Any"})
    for name in ("answers", "on"):
        data = ElementTree.SubElement(root, "inputData", {"id": name, "name": name})
        ElementTree.SubElement(data, "variable", {"id": f"{name}.variable", "name": name, "typeRef": "Any"})
        needed = ElementTree.SubElement(decision, "informationRequirement", {"id": f"{DECISION}.{name}"})
        ElementTree.SubElement(needed, "requiredInput", {"href": f"#{name}"})
    context = ElementTree.SubElement(decision, "context", {"id": "steps"})
    for step in program.steps:
        _entry(context, step.name, write_feel(step.expression), step.note)
    _entry(context, None, write_feel(Record(program.result)), "")
    root.append(decision)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _entry(context: ElementTree.Element, name: str | None, text: str, note: str) -> None:
    entry = ElementTree.SubElement(context, "contextEntry", {"id": f"{name or 'result'}.entry"})
    if note:
        ElementTree.SubElement(entry, "description").text = note
    if name is not None:
        ElementTree.SubElement(entry, "variable", {"id": f"{name}.variable", "name": name, "typeRef": "Any"})
    expression = ElementTree.SubElement(entry, "literalExpression", {"id": f"{name or 'result'}.expression"})
    ElementTree.SubElement(expression, "text").text = text


def write_feel(expression: Expression) -> str:
    """The expression in FEEL."""
    match expression:
        case Constant(value):
            return literal(value)
        case Name(name):
            return name
        case Answer(code):
            return f"get value(answers, {literal(code)})"
        case Every(parts):
            return f"({' and '.join(write_feel(part) for part in parts)})"
        case Some(parts):
            return f"({' or '.join(write_feel(part) for part in parts)})"
        case Opposite(part):
            return f"not({write_feel(part)})"
        case Choice(test, then, otherwise):
            return f"(if {write_feel(test)} then {write_feel(then)} else {write_feel(otherwise)})"
        case Present(parts):
            return f"concatenate({', '.join(_listed(part) for part in parts)})" if parts else "[]"
        case Record(members):
            return f"{{{', '.join(f'{literal(name)}: {write_feel(part)}' for name, part in members)}}}"
        case _:
            return f"({_test(expression)})"


def _listed(expression: Expression) -> str:
    """A list of the one value, empty where it is null; a filter would take a member called `item` for its own."""
    match expression:
        case Constant(None):
            return "[]"
        case Choice(test, then, otherwise):
            return f"(if {write_feel(test)} then {_listed(then)} else {_listed(otherwise)})"
        case _:
            return f"[{write_feel(expression)}]"


def _test(expression: Expression) -> str:
    match expression:
        case IsAnswered(value, kind):
            given = write_feel(value)
            rest = {"text": f' and {given} != ""', "list": f" and count({given}) > 0"}.get(kind, "")
            return f"{given} instance of {_TYPES[kind]}{rest}"
        case IsGiven(name):
            return f"{name} != null"
        case IsEqual(name, value):
            return f"{name} = {literal(value)}"
        case IsAmong(name, values):
            return f"list contains({literal(list(values))}, {name})"
        case Has(name, value):
            return f"{name} != null and list contains({name}, {literal(value)})"
        case IsExactly(name, values):
            return f"{name} != null and {name} = {literal(list(values))}"
        case Compares(name, sign, value):
            return f"{name} != null and {name} {sign} {literal(value)}"
        case ComparesDay(name, sign, day):
            return f"{name} != null and {name} {sign} {literal(day)}"
    raise TypeError(f"{type(expression).__name__} is no expression")


def literal(value: Any) -> str:
    """The JSON value in FEEL."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(str(key))}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, str | bool) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return format(Decimal(repr(value)), "f")
