"""Guidance evaluated the slow, obvious way, straight from domain.md §2: what the compiled one must equal."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition
from themes.documents import Guidance, Question, ThemeItem


def holds(condition: Condition | None, answers: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    if condition.all is not None:
        return all(holds(part, answers, parameters) for part in condition.all)
    if condition.any is not None:
        return any(holds(part, answers, parameters) for part in condition.any)
    if condition.not_ is not None:
        return not holds(condition.not_, answers, parameters)
    given, value = answers.get(condition.q), condition.value
    if isinstance(value, dict) and "parameter" in value:
        if value["parameter"] not in parameters:
            return False
        value = parameters[value["parameter"]]
    return given is not None and given not in ("", []) and passes(given, condition.op, value)


def passes(given: Any, op: str | None, value: Any) -> bool:
    match op:
        case "answered":
            return True
        case "eq" | "ne":
            return equal(given, value) == (op == "eq")
        case "in" | "not_in":
            return any(equal(given, one) for one in value) == (op == "in")
        case "contains" | "contains_any":
            wanted = value if op == "contains_any" else [value]
            return isinstance(given, list) and any(equal(one, other) for one in given for other in wanted)
    if kind(given) != kind(value) or kind(given) not in ("number", "text"):
        return False
    return {"gt": given > value, "ge": given >= value, "lt": given < value, "le": given <= value}[str(op)]


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"


def equal(left: Any, right: Any) -> bool:
    return left == right and kind(left) == kind(right)


def names(condition: Condition | None) -> set[str]:
    if condition is None:
        return set()
    inner = [*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else [])]
    return {condition.q} - {None} | {name for part in inner for name in names(part)}


def in_force(element: Any, on: datetime.date | None) -> bool:
    if on is None:
        return True
    day = on.isoformat()
    return (element.effective_from or "0000") <= day <= (element.effective_to or "9999")


def find_cyclic(questions: Sequence[Question]) -> set[str]:
    """Codes of questions that can be reached from themselves by following show_when."""
    leads = {question.code: names(question.show_when) for question in questions}

    def reach(code: str) -> set[str]:
        seen: set[str] = set()
        front = set(leads[code])
        while front:
            seen |= front
            front = {further for name in front for further in leads.get(name, set())} - seen
        return seen

    return {code for code in leads if code in reach(code)}


def parameters_on(guidance: Guidance, division: str, on: datetime.date | None) -> dict[str, Any]:
    """Of the values in force those for the longest code, of these the last; without a day, on the last day with one."""
    found: dict[str, Any] = {}
    for parameter in guidance.parameters:
        bounds = [day for value in parameter.values for day in (value.effective_from, value.effective_to) if day]
        turns = [
            datetime.date.fromisoformat(day) + datetime.timedelta(days=shift) for day in bounds for shift in (-1, 0, 1)
        ]
        for day in [on] if on else sorted([*turns, datetime.date(1000, 1, 1)]):
            fitting = [
                (max([0, *(len(code) for code in value.divisions if division.startswith(code))]), value.value)
                for value in parameter.values
                if in_force(value, day)
                and (not value.divisions or any(division.startswith(code) for code in value.divisions))
            ]
            if fitting:
                longest = max(length for length, _ in fitting)
                found[parameter.code] = [value for length, value in fitting if length == longest][-1]
    return found


def evaluate(
    guidance: Guidance,
    items: Sequence[ThemeItem],
    answers: Mapping[str, Any],
    on: datetime.date | None,
    division: str = "",
) -> dict[str, Any]:
    parameters = parameters_on(guidance, division, on)
    questions = [question for question in guidance.questions if in_force(question, on)]
    cyclic = find_cyclic(questions)
    by_code = {question.code: question for question in questions}

    def is_visible(code: str) -> bool:
        if code not in by_code or code in cyclic:
            return False
        condition = by_code[code].show_when
        seen = {name: answers.get(name) for name in names(condition) if is_visible(name)}
        return holds(condition, seen, parameters)

    visible = [question.code for question in sorted(questions, key=lambda one: one.order) if is_visible(question.code)]
    given = {code: answers[code] for code in visible if code in answers and answers[code] not in (None, "", [])}
    rules = sorted((rule for rule in guidance.rules if in_force(rule, on)), key=lambda one: (one.priority, one.code))
    fired = [rule for rule in rules if holds(rule.when, given, parameters)]
    effects = [one for rule in fired for effect in rule.effects if (one := _valued(effect, parameters)) is not None]

    selected = []
    for item in items:
        is_in = item.mandatory
        for effect in effects:
            if type(effect).__name__ in ("AddItem", "RemoveItem") and effect.item == item.code:
                is_in = type(effect).__name__ == "AddItem"
        if is_in:
            selected.append(item)
    return {
        "visible_questions": visible,
        "answers": given,
        "fired_rules": [rule.code for rule in fired],
        "items": [item.code for item in selected],
        "stopped": _once(effect.message for effect in effects if type(effect).__name__ == "Stop"),
        "notices": _once(effect.notice for effect in effects if type(effect).__name__ == "AddNotice"),
        "fields": {
            (effect.item, effect.field): effect.value for effect in effects if type(effect).__name__ == "SetField"
        },
        "promised_days": {
            effect.item: effect.value for effect in effects if type(effect).__name__ == "SetPromisedDays"
        },
        "materials": {item.code: _materials(item, rules, effects, given, parameters) for item in selected},
    }


def _valued(effect: Any, parameters: Mapping[str, Any]) -> Any:
    """The effect with the value of its parameter; None where that has none."""
    value = getattr(effect, "value", None)
    if not (isinstance(value, dict) and "parameter" in value):
        return effect
    return replace(effect, value=parameters[value["parameter"]]) if value["parameter"] in parameters else None


def _materials(
    item: ThemeItem,
    rules: Sequence[Any],
    effects: Sequence[Any],
    given: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> list[tuple[str, str | None, str]]:
    def decide(material: str) -> Any:
        decision = None
        for effect in effects:
            kind_of = type(effect).__name__
            if kind_of in ("AddMaterial", "WaiveMaterial") and (effect.item, effect.material) == (item.code, material):
                decision = effect
        return decision

    required = []
    for use in item.materials:
        decision = decide(use.material)
        if decision is None:
            if holds(use.when, given, parameters):
                required.append((use.material, use.necessity_code, use.note))
        elif type(decision).__name__ == "AddMaterial":
            required.append((use.material, decision.necessity_code or use.necessity_code, use.note))
    own = [use.material for use in item.materials]
    mentioned = _once(
        effect.material
        for rule in rules
        for effect in rule.effects
        if type(effect).__name__ in ("AddMaterial", "WaiveMaterial") and effect.item == item.code
    )
    for material in mentioned:
        decision = decide(material)
        if material not in own and type(decision).__name__ == "AddMaterial":
            required.append((material, decision.necessity_code, ""))
    return required


def _once(values: Any) -> list[str]:
    return list(dict.fromkeys(values))
