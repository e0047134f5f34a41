"""All that applicants may answer, on all days that count, as variables of a circuit; shared by versions of a theme."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from themes.documents import Question, ThemeDocument
from themes.guidance.answers import Divisions
from themes.guidance.parameters import parameter_named, values_on
from themes.guidance.periods import find_boundaries, is_in_force
from themes.guidance.proof.circuit import FALSE, TRUE, Circuit
from themes.guidance.proof.classes import (
    Test,
    district_of,
    is_within,
    list_answers,
    list_divisions,
    passes,
    tests_in,
)
from themes.guidance.proof.solving import Model

Clause = list[int]


_DISTRICT = 6  # digits of the code of a division for which packages are made


class World(NamedTuple):
    """A day, and the division whose values parameters have; "" where that makes no difference."""

    day: datetime.date | None
    division: str


class Choice(NamedTuple):
    """One of several values; exactly one literal holds."""

    values: tuple[Any, ...]
    literals: tuple[int, ...]


class Raw(NamedTuple):
    """What may be answered to a question: a choice of classes, or for a multi each option by itself."""

    question: Question
    choice: Choice | None
    options: dict[str, int]


class AnswerSpace:
    """`clauses` say what answers go together. The key of a question is its code and type, which versions may change.

    `raws`: by key. `tests`: everything conditions test of a question, by its code. Answers to invisible questions are
    variables too; that they change nothing is the flow's doing.
    """

    def __init__(
        self, documents: Sequence[ThemeDocument], divisions: Divisions | None, on: datetime.date | None
    ) -> None:
        self.circuit = Circuit()
        self.clauses: list[Clause] = []
        self.linking: list[Clause] = []  # those of the clauses that tie questions together
        self.divisions = divisions
        self.worlds = self._choice(list_worlds(documents, divisions, on))
        self.raws: dict[tuple[str, str], Raw] = {}
        self._nodes: dict[tuple[str, str], frozenset[int]] = {}  # of the literals of a question
        self.streets_follow: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._districts: dict[str, str] = {}  # of the streets that stand for their class
        self._district_places: dict[str, int] = {}  # district → its class among the answers
        self.tests = tests = self._tests_by_question(documents)
        groups: dict[tuple[str, str], list[Question]] = {}
        for document in documents:
            for question in document.guidance.questions:
                groups.setdefault((question.code, question.type), []).append(question)
        asked = {(one.guidance.division_question or "", "division6") for one in documents}
        above = next((key for key in groups if key in asked), None) if len(asked) == 1 else None
        below = [key for key in groups if key[1] == "division9"] if above else []
        for key, versions in groups.items():
            if key not in below:
                # districts are told apart where two streets must lie in the same one
                apart: list[Test] = (
                    [("eq", code) for code in divisions or ()] if key == above and len(below) > 1 else []
                )
                self._add(key, versions, tests.get(key[0], []) + apart)
        if above is not None:
            self._add_streets(above, below, groups, tests)

    # --- literals ----------------------------------------------------------------------------------------------------

    def passing(self, key: tuple[str, str], test: Condition) -> int:
        """The answer to the question passes the test."""
        raw = self.raws[key]
        assert test.op is not None
        if raw.choice is not None:
            return self.circuit.any_of(
                literal for value, literal in zip(*raw.choice, strict=True) if passes(value, test.op, test.value)
            )
        match test.op:
            case "contains" | "contains_any":
                wanted = test.value if test.op == "contains_any" else (test.value,)
                return self.circuit.any_of(
                    raw.options[one] for one in wanted if isinstance(one, str) and one in raw.options
                )
            case "answered" | "ne" | "not_in":
                return self.answered(key)
        return FALSE  # a list of options equals no single value and is not compared

    def answered(self, key: tuple[str, str]) -> int:
        """Something is answered to the question."""
        raw = self.raws[key]
        if raw.choice is None:
            return self.circuit.any_of(raw.options.values())
        return self.circuit.any_of(lit for value, lit in zip(*raw.choice, strict=True) if value is not None)

    def acceptable(self, question: Question) -> int:
        """This version of the question takes the answer: in its options and bounds, and there where it is required."""
        key = (question.code, question.type)
        raw = self.raws[key]
        own = {option.code for option in question.options}
        if raw.choice is None:
            strange = [-literal for code, literal in raw.options.items() if code not in own]
            needed = [self.answered(key)] if question.required and own else []
            return self.circuit.all_of([*strange, *needed])
        taken = [
            literal for value, literal in zip(*raw.choice, strict=True) if _takes(question, value, raw.choice.values)
        ]
        return self.circuit.any_of(taken)

    def in_force(self, dated: Any) -> int:
        """The day lies in the element's period."""
        return self.circuit.any_of(
            literal
            for world, literal in zip(*self.worlds, strict=True)
            if world.day is None or is_in_force(dated, world.day)
        )

    def questions_in(self, literals: Iterable[int]) -> set[str]:
        """The codes of the questions whose answers the literals are made of."""
        nodes = self.circuit.cone(literals)
        return {key[0] for key in self.raws if not self._nodes_of(key).isdisjoint(nodes)}

    def has_choice(self, key: tuple[str, str]) -> bool:
        """Whether more than one answer may be given, of however few classes."""
        raw = self.raws[key]
        if raw.choice is None or key[1] in ("single", "boolean"):
            return True
        if key[1] == "number":
            return raw.question.min is None or raw.question.max is None or raw.question.min < raw.question.max
        return self.divisions is None or key[1] == "date" or len(list_divisions(raw.question, (), self.divisions)) > 1

    def place_of_district(self, street: Any) -> int | None:
        """The place, among the classes of districts, of the district of a street that stands for its class."""
        return self._district_places.get(self._districts.get(street, ""))

    def exchange(self, key: tuple[str, str]) -> tuple[dict[int, int], list[Clause]]:
        """New variables in the place of the question's, streets with their district, and the clauses over them."""
        keys = [key, *self.streets_follow.get(key, ())]
        variables = {abs(literal) for one in keys for literal in self._literals(one)} - {TRUE}
        new = {variable: self.circuit.variable() for variable in sorted(variables)}
        clauses = [
            [
                literal if abs(literal) not in new else new[abs(literal)] * (1 if literal > 0 else -1)
                for literal in clause
            ]
            for clause in self.clauses
            if any(abs(literal) in new for literal in clause)
        ]
        return new, clauses

    def _literals(self, key: tuple[str, str]) -> Iterable[int]:
        raw = self.raws[key]
        return raw.choice.literals if raw.choice is not None else raw.options.values()

    def _nodes_of(self, key: tuple[str, str]) -> frozenset[int]:
        nodes = self._nodes.get(key)
        if nodes is None:
            nodes = self._nodes[key] = frozenset(abs(literal) for literal in self._literals(key))
        return nodes

    # --- reading models ----------------------------------------------------------------------------------------------

    def world_of(self, model: Model) -> World:
        """The day and the division of a model."""
        world: World = _chosen(self.worlds, model)
        return world

    def answers_of(self, model: Model, keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """What the model answers to these questions; unanswered ones are left out."""
        answers: dict[str, Any] = {}
        for key in keys:
            raw = self.raws[key]
            given: Any
            if raw.choice is None:
                given = [code for code, literal in raw.options.items() if _holds(literal, model)]
            else:
                given = _chosen(raw.choice, model)
                for street in self.streets_follow.get(key, ()):  # the district of the street, of all in its class
                    choice = self.raws[street].choice
                    chosen = _chosen(choice, model) if choice is not None else None
                    given = self._districts.get(chosen or "", given)
            if given is not None and given != []:
                answers[key[0]] = given
        return answers

    # --- variables ---------------------------------------------------------------------------------------------------

    def _choice(self, values: Sequence[Any]) -> Choice:
        if len(values) == 1:
            return Choice(tuple(values), (TRUE,))
        if len(values) == 2:
            first = self.circuit.variable()
            return Choice(tuple(values), (first, -first))
        literals = tuple(self.circuit.variable() for _ in values)
        self.clauses.append(list(literals))
        self.clauses += [[-one, -other] for place, one in enumerate(literals) for other in literals[:place]]
        return Choice(tuple(values), literals)

    def values_of(self, document: ThemeDocument, value: Any) -> dict[Any, int]:
        """The values of the parameter that is named, each with the worlds in which it has it; none of a plain value."""
        code = parameter_named(value)
        found: dict[Any, list[int]] = {}
        if code is None:
            return {}
        for world, literal in zip(*self.worlds, strict=True):
            values = values_on(document.guidance.parameters, world.division, world.day)
            if code in values:
                found.setdefault(values[code], []).append(literal)
        return {one: self.circuit.any_of(literals) for one, literals in found.items()}

    def _tests_by_question(self, documents: Iterable[ThemeDocument]) -> dict[str, list[Test]]:
        found: dict[str, dict[tuple[str, str], Test]] = {}
        for document in documents:
            for condition in conditions_of(document):
                for test in tests_in(condition):
                    assert test.q is not None
                    assert test.op is not None
                    is_named = parameter_named(test.value) is not None
                    for value in self.values_of(document, test.value) if is_named else (test.value,):
                        found.setdefault(test.q, {})[test.op, repr(value)] = (test.op, value)
        return {code: list(tests.values()) for code, tests in found.items()}

    def _add(self, key: tuple[str, str], versions: Sequence[Question], tests: Sequence[Test]) -> None:
        if key[1] == "multi":
            options = dict.fromkeys(option.code for question in versions for option in question.options)
            self.raws[key] = Raw(versions[0], None, {code: self.circuit.variable() for code in options})
        else:
            answers = list_answers(versions, tests, self.divisions, {})
            self.raws[key] = Raw(versions[0], self._choice(answers), {})

    def _add_streets(
        self,
        above: tuple[str, str],
        below: Sequence[tuple[str, str]],
        groups: Mapping[tuple[str, str], list[Question]],
        tests: Mapping[str, list[Test]],
    ) -> None:
        """Streets of the answered district only."""
        district = self.raws[above].choice
        assert district is not None
        classes = self._class_of_districts(above, tests.get(above[0], []), apart=len(below) > 1)
        self._district_places = classes
        for key in below:
            streets = list_answers(groups[key], tests.get(key[0], []), self.divisions, classes)
            choice = self._choice(streets)
            self.raws[key] = Raw(groups[key][0], choice, {})
            self.streets_follow.setdefault(above, []).append(key)
            for street, literal in zip(*choice, strict=True):
                code = district_of(street, self.divisions, classes) if street is not None else None
                if code is not None:
                    self._districts[street] = code
                    self.linking.append([-literal, district.literals[classes[code]]])
        self.clauses += self.linking

    def _class_of_districts(self, key: tuple[str, str], tests: Sequence[Test], *, apart: bool) -> dict[str, int]:
        """The place of each district's class among the classes of districts."""
        choice = self.raws[key].choice
        assert choice is not None
        answers = [value for value in choice.values if value is not None]

        def told(code: str) -> tuple[Any, ...]:
            return (*(passes(code, op, value) for op, value in tests), code if apart else None)

        places = {told(code): place for place, code in enumerate(choice.values) if code is not None}
        found = [code for code in self.divisions if len(code) == 6] if self.divisions is not None else answers
        return {code: places[told(code)] for code in found if told(code) in places}


def list_worlds(
    documents: Sequence[ThemeDocument], divisions: Divisions | None, on: datetime.date | None
) -> list[World]:
    """A world for each day of `list_days` and each set of values that parameters have somewhere on it."""
    parameters = [document.guidance.parameters for document in documents]
    named = {code for one in parameters for each in one for value in each.values for code in value.divisions}
    offered = [code for code in divisions if len(code) == _DISTRICT] if divisions is not None else ["", *sorted(named)]
    worlds: list[World] = []
    for day in list_days(documents, on):
        found: dict[str, World] = {}
        for division in offered if any(parameters) else [""]:
            values = repr([sorted(values_on(one, division, day).items()) for one in parameters])
            found.setdefault(values, World(day, division))
        worlds += found.values()
    return worlds


def list_days(documents: Sequence[ThemeDocument], on: datetime.date | None) -> list[datetime.date | None]:
    """One day between each two changes of what is in force, from the day given on; that day alone where none follow.

    Days on which no version of the theme is offered are left out, unless no other is there.
    """
    changes = sorted({day for document in documents for day in find_boundaries(document.guidance)})
    if on is None:
        days = [*([_before(changes[0])] if changes else []), *changes]
        return list(days) or [None]
    starts = [on, *(day for day in changes if day > on)]
    offered = [day for day in starts if any(_is_offered(document, day) for document in documents)]
    return list(offered) or [on]


def _before(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=1) if day > datetime.date.min else day


def _is_offered(document: ThemeDocument, day: datetime.date) -> bool:
    last = parse_day(document.effective_to or "")
    return last is None or day <= last


def conditions_of(document: ThemeDocument) -> Iterable[Condition | None]:
    """Every condition over questions in the theme."""
    for question in document.guidance.questions:
        yield question.show_when
    for rule in document.guidance.rules:
        yield rule.when
    for item in document.items:
        yield from (use.when for use in item.materials)
        yield from (binding.visible_when for binding in item.fields)
    yield from (prefill.when for prefill in document.prefill_conditions)


def _takes(question: Question, value: Any, values: Sequence[Any]) -> bool:
    if value is None:
        return not question.required or len(values) == 1
    if question.type == "single":
        return any(option.code == value for option in question.options)
    return question.type != "number" or is_within(value, question)


def _holds(literal: int, model: Model) -> bool:
    return (abs(literal) in model) == (literal > 0)


def _chosen(choice: Choice, model: Model) -> Any:
    return next(value for value, literal in zip(*choice, strict=True) if literal == TRUE or _holds(literal, model))
