"""Parameters: values that tests and `set_field` name instead of typing them, by day and division.

A test against a parameter without a value on that day holds as little as one on an unanswered question, and a field is
not set; the gate lets no theme pass in which that can happen (`themes.guidance.parameter_faults`).
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from themes.documents import Effect, Guidance, MaterialUse, Parameter, ParameterValue, Question, Rule, SetField
from themes.guidance.periods import ends_and_begins, is_in_force

Value = int | float | str
Values = Mapping[str, Value]  # by parameter code, those that have one

T = TypeVar("T")

_ONE_DAY = datetime.timedelta(days=1)


class Stretch(msgspec.Struct, frozen=True):
    """A value with the days on which it holds in a division: ISO dates, both included, open where absent."""

    value: Value
    effective_from: str | None
    effective_to: str | None


def parameter_named(value: Any) -> str | None:
    """The code in `{"parameter": code}`; None for every other value."""
    if isinstance(value, dict) and value.keys() == {"parameter"} and isinstance(value["parameter"], str):
        return value["parameter"]
    return None


def parameters_in(condition: Condition | None) -> Iterator[str]:
    """The code of every parameter a condition names, in order of appearance, repeats included."""
    if condition is None:
        return
    code = parameter_named(condition.value)
    if code is not None:
        yield code
    for part in condition.all or condition.any or ():
        yield from parameters_in(part)
    yield from parameters_in(condition.not_)


def names_parameters(guidance: Guidance, uses: Iterable[MaterialUse]) -> bool:
    """Whether the guidance or the materials' conditions name a parameter, or it has one."""
    conditions = (
        *(question.show_when for question in guidance.questions),
        *(rule.when for rule in guidance.rules),
        *(use.when for use in uses),
    )
    return (
        bool(guidance.parameters)
        or any(True for condition in conditions for _ in parameters_in(condition))
        or any(
            parameter_named(effect.value) is not None
            for rule in guidance.rules
            for effect in rule.effects
            if isinstance(effect, SetField)
        )
    )


# --- which value holds ------------------------------------------------------------------------------------------------


def stretches_of(parameter: Parameter, division: str) -> tuple[Stretch, ...]:
    """The parameter's values in a division, by day, none overlapping; days without a value are in no stretch.

    Of the values that hold on a day, that with the longest matching division code counts, the later one of two equals.
    """
    fitting = [(length, value) for value in parameter.values if (length := _fit(value, division)) is not None]
    days = ends_and_begins(value for _, value in fitting)
    found: list[Stretch] = []
    for first, after in zip([None, *days], [*days, None], strict=True):
        holding = [(length, value.value) for length, value in fitting if is_in_force(value, first or datetime.date.min)]
        if not holding or after == datetime.date.min:
            continue
        longest = max(length for length, _ in holding)
        value = [value for length, value in holding if length == longest][-1]
        begin = None if first is None else first.isoformat()
        end = None if after is None else (after - _ONE_DAY).isoformat()
        last = found[-1] if found else None
        if last is not None and last.value == value and type(last.value) is type(value) and _follows(last, first):
            found[-1] = replace(last, effective_to=end)
        else:
            found.append(Stretch(value, begin, end))
    return tuple(found)


def values_on(parameters: Iterable[Parameter], division: str, on: datetime.date | None) -> Values:
    """The values that hold in the division on that day; None leaves periods aside and takes the latest ones."""
    found: dict[str, Value] = {}
    for parameter in parameters:
        stretches = stretches_of(parameter, division)
        holding = stretches[-1:] if on is None else [one for one in stretches if is_in_force(one, on)]
        if holding:
            found[parameter.code] = holding[0].value
    return found


def _fit(value: ParameterValue, division: str) -> int | None:
    """How closely the value is meant for the division: digits of the code that fits, 0 for everywhere, None: not."""
    if not value.divisions:
        return 0
    return max((len(code) for code in value.divisions if division.startswith(code)), default=None)


def _follows(stretch: Stretch, first: datetime.date | None) -> bool:
    last = parse_day(stretch.effective_to or "")
    return last is not None and first is not None and last + _ONE_DAY == first


# --- values in the place of names -------------------------------------------------------------------------------------


def with_values(condition: Condition | None, values: Values) -> Condition | None:
    """The condition with values where it names parameters; the same object where it names none."""
    return None if condition is None else _condition(condition, values)


def resolve_guidance(guidance: Guidance, values: Values) -> Guidance:
    """The guidance with values where it names parameters, and without parameters; its codes and order are the same."""
    return replace(
        guidance,
        questions=tuple(_question(question, values) for question in guidance.questions),
        rules=tuple(_rule(rule, values) for rule in guidance.rules),
        parameters=(),
    )


def resolve_uses(uses: tuple[MaterialUse, ...], values: Values) -> tuple[MaterialUse, ...]:
    """An item's materials with values where their conditions name parameters."""
    return tuple(replace(use, when=with_values(use.when, values)) for use in uses)


def _question(question: Question, values: Values) -> Question:
    return replace(question, show_when=with_values(question.show_when, values))


def _rule(rule: Rule, values: Values) -> Rule:
    effects = tuple(one for effect in rule.effects if (one := _effect(effect, values)) is not None)
    return replace(rule, when=_condition(rule.when, values), effects=effects)


def _effect(effect: Effect, values: Values) -> Effect | None:
    code = parameter_named(effect.value) if isinstance(effect, SetField) else None
    if code is None or not isinstance(effect, SetField):
        return effect
    return replace(effect, value=values[code]) if code in values else None


def _condition(condition: Condition, values: Values) -> Condition:
    if next(parameters_in(condition), None) is None:
        return condition
    code = parameter_named(condition.value)
    if code is not None:
        return replace(condition, value=values[code]) if code in values else _never(condition.q)
    if condition.not_ is not None:
        return Condition(not_=_condition(condition.not_, values))
    parts = tuple(_condition(part, values) for part in condition.all or condition.any or ())
    return Condition(all=parts) if condition.all is not None else Condition(any=parts)


def _never(name: str | None) -> Condition:
    """A condition that never holds and still depends on the name, as the test did whose place it takes."""
    is_answered = Condition(q=name, op="answered")
    return Condition(all=(is_answered, Condition(not_=is_answered)))
