"""The whole form as one JSON Schema 2020-12: it judges {"answers": …, "data": …} on every path, "on" being the day.

A merged field's constraint on a path is the conjunction of the constraints of the active items (domain.md §3), so the
schema says each item's own constraint under the condition that the item is selected and its field shown.

What JSON Schema cannot say, and the schema of a path does: that a field equals an answer taken over as it is (a number,
a date, a division, several options), and that an item form's own condition holds on a value which guidance fixed and
the data leaves out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from forms_builder.merge.condition_schema import at, condition_schema, every, none_of, some, value_schema
from forms_builder.merge.constraints import Constraint, check_value
from forms_builder.merge.dependence import codes_in
from forms_builder.merge.errors import FormTooEntangled
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.intersection import Source
from forms_builder.merge.patterns import END_OF_TEXT
from forms_builder.merge.schema import (
    DIALECT,
    MOST_VALUES,
    DependentCase,
    SourceConditions,
    field_schema,
    gathered,
    is_too_entangled,
    narrowed_schema,
)
from opsplatform.kernel.conditions import Condition, compile_condition
from opsplatform.kernel.extent import extent_of
from themes.documents import AddItem, Question, RemoveItem, Rule, SetField
from themes.guidance.compiling import sort_rules
from themes.guidance.parameters import Stretch, parameter_named
from themes.guidance.periods import Dated
from themes.packages.structure import DivisionContent, PackageItem, PackageItemField
from themes.packages.typed_schema import typed

Schema = dict[str, Any] | bool

_DAY = {"type": "string", "format": "date", "pattern": f"^(?!0000)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END_OF_TEXT}"}
_IN_A_ROW = 16  # steps that add or remove an item, written one within the other
_DEFINED = {"visible": "问题 {}", "fired": "规则 {}", "selected": "选取事项 {}"}
_UNANSWERED: dict[str, Any] = {"enum": [None, "", []]}
_DISTRICT_DIGITS, _STREET_DIGITS = 6, 9  # GB/T 10114


class WholeForm:
    """Writes the schema of one theme. `form` is the merge of every field of every item, in theme order."""

    def __init__(
        self,
        *,
        title: str,
        form: MergedForm,
        questions: tuple[Question, ...],
        rules: tuple[Rule, ...],
        items: tuple[PackageItem, ...],
        item_forms: dict[str, tuple[PackageItemField, ...]],
        suppliers: dict[str, tuple[str, dict[str, Any]]],
        prefill_conditions: dict[str, Condition | None],
        divisions: Mapping[str, DivisionContent],
        division_question: str | None,
        parameters: Mapping[str, tuple[Stretch, ...]],
    ) -> None:
        """`suppliers`: key → question and option mapping; `prefill_conditions`: key → when its library fills it.

        `parameters`: code → its values in the package's division.
        """
        self.title, self.form = title, form
        self.divisions, self.division_question = divisions, division_question
        self.parameters = parameters
        self.questions = {question.code: question for question in questions}
        self.rules = sort_rules(rules)
        self.items = items
        self.bindings = {(item, part.field.code): part for item, fields in item_forms.items() for part in fields}
        self.suppliers, self.prefill_conditions = suppliers, prefill_conditions
        self.own = {part.item: SourceConditions(form, part) for part in form.visibilities}
        self.sources = {(source.item, source.field): source for field in form.fields for source in field.sources}
        self.dependent: dict[str, list[DependentCase]] = defaultdict(list)
        for case in gathered(self._dependent_cases()):
            self.dependent[case.key].append(case)

    def schema(self) -> dict[str, Any]:
        """The schema; equal themes give equal schemas. Raises FormTooEntangled, naming the part to blame."""
        rules = self._bounded_rules()
        schema = {
            "$schema": DIALECT,
            "title": self.title,
            "type": "object",
            "required": ["answers", "data"],
            "additionalProperties": False,
            "properties": {
                "on": {"title": "日期", **_DAY},
                "answers": {
                    "title": "引导问题的回答",
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {code: self._answer(question) for code, question in self.questions.items()},
                },
                "data": {
                    "title": "表单内容",
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {field.key: {"title": field.label} for field in self.form.fields},
                },
            },
            "allOf": [*self._streets(), *rules],
            "$defs": self._bounded_definitions(),
        }
        return typed(schema)

    def _bounded_rules(self) -> list[dict[str, Any]]:
        """What holds for the fields; stops where it becomes too much, before it has become so."""
        rules: list[dict[str, Any]] = []
        extents: dict[str, int] = {}
        for field in self.form.fields:
            own = list(self._field(field))
            extent = extent_of(own)
            extents[field.key] = extent.values
            if is_too_entangled(extent) or sum(extents.values()) > MOST_VALUES:
                raise _entangled(self.form.shape.by_key[max(extents, key=extents.__getitem__)])
            rules += own
        return rules

    def _bounded_definitions(self) -> dict[str, Schema]:
        definitions = self.definitions()
        for name, schema in definitions.items():
            if is_too_entangled(extent_of(schema)):
                kind, _, code = name.partition(".")
                raise FormTooEntangled(kind, code, _DEFINED[kind].format(code))
        return definitions

    # --- what is true on a path ------------------------------------------------------------------------------------

    def definitions(self) -> dict[str, Schema]:
        """By name: when a question is visible, a rule fires, an item is selected."""
        return dict(self._definitions())

    def visible(self, question: Question) -> Schema:
        """On which answers the question is visible."""
        shown = condition_schema(question.show_when, self._leaf)
        return every([shown, _in_force(question)])

    def exists(self, field: MergedField) -> Schema:
        """On which answers and data the field is there."""
        return some([self._exists(source) for source in field.sources])

    def supplied(self, field: MergedField) -> Schema:
        """On which answers guidance supplies the field."""
        return some([when for when, _ in self._fixed(field.key)])

    def _definitions(self) -> Iterator[tuple[str, Schema]]:
        for question in self.questions.values():
            yield f"visible.{question.code}", self.visible(question)
        for rule in self.rules:
            yield f"fired.{rule.code}", every([condition_schema(rule.when, self._leaf), _in_force(rule)])
        for item in self.items:
            yield f"selected.{item.code}", self._selected(item)

    def _leaf(self, condition: Condition) -> Schema:
        if condition.q not in self.questions:
            return False
        return some([every([when, self._test(one)]) for when, one in self._valued(condition)])

    def _valued(self, condition: Condition) -> Iterator[tuple[Schema, Condition]]:
        """A test with every value that its parameter has, each with when it has it."""
        code = parameter_named(condition.value)
        if code is None:
            yield True, condition
            return
        for when, value in self._values(code):
            yield when, replace(condition, value=value)

    def _values(self, parameter: str) -> Iterator[tuple[Schema, Any]]:
        """Every value of a parameter with when it holds; where no day is given, the latest one does."""
        stretches = self.parameters.get(parameter, ())
        for stretch in stretches[:-1]:
            yield _on_a_day_of(stretch), stretch.value
        for stretch in stretches[-1:]:
            yield _in_force(stretch), stretch.value

    def _set_values(self, effect: SetField) -> Iterator[tuple[Schema, Any]]:
        code = parameter_named(effect.value)
        if code is None:
            yield True, effect.value
        else:
            yield from self._values(code)

    def _test(self, condition: Condition) -> Schema:
        name = str(condition.q)
        answered = at("answers", at(name, every([value_schema(condition), {"not": _UNANSWERED}])))
        return every([{"$ref": f"#/$defs/visible.{name}"}, answered])

    def _selected(self, item: PackageItem) -> Schema:
        steps = [
            (isinstance(effect, AddItem), {"$ref": f"#/$defs/fired.{rule.code}"})
            for rule in self.rules
            for effect in rule.effects
            if isinstance(effect, AddItem | RemoveItem) and effect.item == item.code
        ]
        return _after(steps, before=item.mandatory)

    def _active(self, source: Source) -> Schema:
        """On which answers the item is selected and the theme shows the field."""
        binding = self.bindings[source.item, source.field]
        selected = {"$ref": f"#/$defs/selected.{source.item}"}
        return every([selected, condition_schema(binding.visible_when, self._leaf)])

    def _exists(self, source: Source) -> Schema:
        """On which answers and data the field is there: its item form's own condition holds as well."""
        own = self.own[source.item].of(source.field) if source.item in self.own else True
        return every([self._active(source), at("data", own) if own is not True else True])

    # --- answers ---------------------------------------------------------------------------------------------------

    def _answer(self, question: Question) -> dict[str, Any]:
        return {"title": question.text, "anyOf": [_UNANSWERED, self.given(question)]}

    def given(self, question: Question) -> dict[str, Any]:
        """What an answer to the question must be."""
        options = [option.code for option in question.options]
        match question.type:
            case "single":
                return {"type": "string", "enum": options}
            case "multi":
                return {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": options}}
            case "number":
                bounds = {"minimum": question.min, "maximum": question.max}
                return {"type": "number"} | {name: bound for name, bound in bounds.items() if bound is not None}
            case "boolean":
                return {"type": "boolean"}
            case "date":
                return _DAY
            case "division6":
                return {"type": "string", "enum": self._places(_DISTRICT_DIGITS)}
            case "division9":
                return {"type": "string", "enum": self._places(_STREET_DIGITS)}

    def _places(self, digits: int) -> list[str]:
        """The divisions that may be answered: of that length, no statistical units, none that is divided further."""
        divided = {place.parent for code, place in self.divisions.items() if len(code) == digits}
        return [
            code
            for code, place in self.divisions.items()
            if len(code) == digits and not place.is_statistical and code not in divided
        ]

    def _streets_below(self) -> dict[str, list[str]]:
        """Division → the streets below it that may be answered."""
        below: dict[str, list[str]] = defaultdict(list)
        for street in self._places(_STREET_DIGITS):
            above = self.divisions[street].parent
            while above is not None:
                below[above].append(street)
                place = self.divisions.get(above)
                above = place.parent if place else None
        return below

    def streets(self) -> Iterator[tuple[Schema, list[Question], list[str]]]:
        """Where the division question asks for a district: per district when it is given, who asks, and its streets."""
        asked = self.questions.get(self.division_question or "")
        asking = [question for question in self.questions.values() if question.type == "division9"]
        if asked is None or asked.type != "division6" or not asking:
            return
        below = self._streets_below()
        for district in self._places(_DISTRICT_DIGITS):
            yield at("answers", at(asked.code, {"const": district})), asking, below[district]

    def _streets(self) -> Iterator[dict[str, Any]]:
        for given, asking, below in self.streets():
            within = {"anyOf": [_UNANSWERED, {"enum": below}]}
            yield {
                "if": given,
                "then": {"properties": {"answers": {"properties": {question.code: within for question in asking}}}},
            }

    # --- one field -------------------------------------------------------------------------------------------------

    def field_rules(self) -> Iterator[dict[str, Any]]:
        """What holds for the fields, each under its condition, in form order."""
        for field in self.form.fields:
            yield from self._field(field)

    def _field(self, field: MergedField) -> Iterator[dict[str, Any]]:
        # The constraint is that of all active sources, hidden by their own form or not (forms_builder.merge.form).
        sources = [(source, self._active(source), self._exists(source)) for source in field.sources]
        exists = self.exists(field)
        yield {"if": exists, "else": about(field.key, schema=False)}
        fixed = list(self._fixed(field.key))
        if len(fixed) ** 2 > MOST_VALUES:  # each is written with all that go before it
            raise _entangled(field)
        supplied = some([when for when, _ in fixed])
        for source, active, here in sources:
            yield {"if": active, "then": about(field.key, _open(field_schema(source.spoken)))}
            if source.own.required:
                yield {"if": every([here, none_of(supplied)]), "then": _must_have(field.key)}
        yield from self._columns(field, [(source.spoken, active) for source, active, _ in sources])
        yield from self._within(field)
        earlier: list[Schema] = []
        for when, value in fixed:
            if value is not None:
                decides = every([when, *earlier, exists])
                yield {"if": decides, "then": about(field.key, {"const": value[0]})}
                refusing = some([one for source, one, _ in sources if check_value(source.spoken, value[0])])
                yield {"if": every([decides, refusing]), "then": _must_have(field.key)}
            earlier.append(none_of(when))

    def _within(self, field: MergedField) -> Iterator[dict[str, Any]]:
        """What is left of a list that depends on another field; a value that guidance fixed is among it or refused."""
        for case in self.dependent.get(field.key, ()):
            yield {"if": case.when, "then": about(field.key, narrowed_schema(field.constraint, case.codes))}
            for when, value in self._decided(field.key):
                if value is not None and any(code not in case.codes for code in codes_in(value[0])):
                    yield {"if": every([case.when, when]), "then": _must_have(field.key)}

    def _dependent_cases(self) -> Iterator[DependentCase]:
        for one in self.form.dependences:
            both = [self.sources[one.item, code] for code in (one.field, one.parent)]
            here = every([self._exists(source) for source in both])
            for value, codes in one.below.items():
                said = self._said(one.parent_key, Condition(q=one.parent_key, op="eq", value=value))
                yield DependentCase(one.key, value, every([here, said]), codes)
            if one.is_open:
                other = Condition(q=one.parent_key, op="not_in", value=list(one.below))
                yield DependentCase(one.key, None, every([here, self._said(one.parent_key, other)]), ())

    def _said(self, key: str, test: Condition) -> Schema:
        """On which answers and data the field's value passes the test, whoever gives it."""
        passes = compile_condition(test)
        said: list[Schema] = [at("data", at(key, value_schema(test)))]
        for when, value in self._decided(key):
            if value is not None:
                said.append(when if passes({key: value[0]}) else False)
            elif not self.suppliers[key][1]:
                said.append(every([when, self._test(replace(test, q=self.suppliers[key][0]))]))
        return some(said)

    def _decided(self, key: str) -> Iterator[tuple[Schema, tuple[Any] | None]]:
        """What guidance fixes the field to, each where nothing before it does; None for an answer as it is."""
        earlier: list[Schema] = []
        for when, value in self._fixed(key):
            yield every([when, *earlier]), value
            earlier.append(none_of(when))

    def _columns(self, field: MergedField, sources: list[tuple[Constraint, Schema]]) -> Iterator[dict[str, Any]]:
        """A table has the columns of its active sources, and no others."""
        if field.constraint.kind != "table":
            return
        owners: dict[str, list[Schema]] = {}
        for constraint, active in sources:
            for column in constraint.columns:
                owners.setdefault(column.code, []).append(active)
        known: dict[str, Any] = dict.fromkeys(owners, True)
        yield about(field.key, _rows({"properties": known, "additionalProperties": False}))
        for code, asking in owners.items():
            if len(asking) < len(sources):
                yield {"if": some(asking), "else": about(field.key, _rows({"properties": {code: False}}))}

    def _fixed(self, key: str) -> Iterator[tuple[Schema, tuple[Any] | None]]:
        """What guidance fixes the field to, first match counts; None for an answer taken over as it is."""
        unfilled: Schema = True
        if key in self.prefill_conditions:
            unfilled = none_of(condition_schema(self.prefill_conditions[key], self._leaf))
        for rule in reversed(self.rules):
            for effect in reversed(rule.effects):
                if isinstance(effect, SetField) and self._key_of(effect) == key:
                    fired = every([unfilled, {"$ref": f"#/$defs/fired.{rule.code}"}])
                    for when, value in self._set_values(effect):
                        yield every([fired, when]), (value,)
        if key in self.suppliers:
            question, values = self.suppliers[key]
            for answer, value in _mapped(self.questions[question], values):
                chosen = self._leaf(Condition(q=question, op="eq", value=answer))
                yield every([unfilled, chosen]), (value,)
            yield every([unfilled, self._leaf(Condition(q=question, op="answered"))]), None

    def _key_of(self, effect: SetField) -> str | None:
        if effect.item is None:
            return effect.field
        binding = self.bindings.get((effect.item, effect.field))
        return binding.key if binding else None


def _after(steps: Sequence[tuple[bool, Schema]], *, before: Schema) -> Schema:
    """Whether an item is selected after the steps, each of which adds or removes it where it fires.

    Of many, the later half decides where any of it fires, so that what is written is no deeper than it must be.
    """
    if len(steps) <= _IN_A_ROW:
        for adds, fired in steps:
            before = some([before, fired]) if adds else every([before, none_of(fired)])
        return before
    earlier, later = steps[: len(steps) // 2], steps[len(steps) // 2 :]
    untouched = none_of(some([fired for _, fired in later]))
    return some([_after(later, before=False), every([untouched, _after(earlier, before=before)])])


def _entangled(field: MergedField) -> FormTooEntangled:
    return FormTooEntangled("field", field.key, f"字段“{field.label}”")


def _mapped(question: Question, values: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each answer that can be listed, with the value it supplies; an option that is not mapped supplies null."""
    if question.type == "boolean":
        yield from ((answer, values.get(str(answer).lower()) if values else answer) for answer in (True, False))
    elif question.type == "single":
        yield from ((one.code, values.get(one.code) if values else one.code) for one in question.options)
    elif question.type != "multi":
        yield from values.items()


def about(key: str, schema: Any) -> dict[str, Any]:
    """A schema over a record that says something of one field's value."""
    return {"properties": {"data": {"properties": {key: schema}}}}


def _must_have(key: str) -> dict[str, Any]:
    return {"properties": {"data": {"required": [key]}}}


def _rows(schema: dict[str, Any]) -> dict[str, Any]:
    return {"items": schema}


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one source; rows of a table may have columns of other sources."""
    if schema.get("type") == "array" and schema["items"].get("type") == "object":
        rows = {name: part for name, part in schema["items"].items() if name != "additionalProperties"}
        return schema | {"items": rows}
    return schema


def _in_force(dated: Dated) -> Schema:
    within = _on_a_day_of(dated)
    return True if within is True else some([{"not": {"required": ["on"]}}, within])


def _on_a_day_of(dated: Dated) -> Schema:
    """A day is given, and the period holds it; whatever is given where the period is open on both sides."""
    period = (
        Condition(q="on", op="ge", value=dated.effective_from),
        Condition(q="on", op="le", value=dated.effective_to),
    )
    return every([at("on", value_schema(bound)) for bound in period if bound.value is not None])
