"""The whole form as one JSON Schema 2020-12: it judges {"answers": …, "data": …} on every path, "on" being the day.

A merged field's constraint on a path is the conjunction of the constraints of the active items (domain.md §3), so the
schema says each item's own constraint under the condition that the item is selected and its field shown.

What JSON Schema cannot say, and the schema of a path does: that a field equals an answer taken over as it is (a number,
a date, a division, several options), and that an item form's own condition holds on a value which guidance fixed and
the data leaves out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from forms_builder.merge.condition_schema import at, condition_schema, every, none_of, some, value_schema
from forms_builder.merge.constraints import Constraint, check_value
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.intersection import Source
from forms_builder.merge.patterns import END_OF_TEXT
from forms_builder.merge.schema import DIALECT, SourceConditions, field_schema
from opsplatform.kernel.conditions import Condition
from themes.documents import AddItem, Question, RemoveItem, Rule, SetField
from themes.guidance.compiling import sort_rules
from themes.packages.structure import DivisionContent, PackageItem, PackageItemField

Schema = dict[str, Any] | bool

_DAY = {"type": "string", "format": "date", "pattern": f"^(?!0000)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END_OF_TEXT}"}
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
    ) -> None:
        """`suppliers`: key → question and option mapping; `prefill_conditions`: key → when its library fills it."""
        self.title, self.form = title, form
        self.divisions, self.division_question = divisions, division_question
        self.questions = {question.code: question for question in questions}
        self.rules = sort_rules(rules)
        self.items = items
        self.bindings = {(item, part.field.code): part for item, fields in item_forms.items() for part in fields}
        self.suppliers, self.prefill_conditions = suppliers, prefill_conditions
        self.own = {part.item: SourceConditions(form, part) for part in form.visibilities}

    def schema(self) -> dict[str, Any]:
        """The schema; equal themes give equal schemas."""
        return {
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
            "allOf": [*self._streets(), *(part for field in self.form.fields for part in self._field(field))],
            "$defs": dict(self._definitions()),
        }

    # --- what is true on a path ------------------------------------------------------------------------------------

    def _definitions(self) -> Iterator[tuple[str, Schema]]:
        for question in self.questions.values():
            shown = condition_schema(question.show_when, self._leaf)
            yield f"visible.{question.code}", every([shown, _in_force(question)])
        for rule in self.rules:
            yield f"fired.{rule.code}", every([condition_schema(rule.when, self._leaf), _in_force(rule)])
        for item in self.items:
            yield f"selected.{item.code}", self._selected(item)

    def _leaf(self, condition: Condition) -> Schema:
        if condition.q not in self.questions:
            return False
        answered = at("answers", at(condition.q, every([value_schema(condition), {"not": _UNANSWERED}])))
        return every([{"$ref": f"#/$defs/visible.{condition.q}"}, answered])

    def _selected(self, item: PackageItem) -> Schema:
        selected: Schema = item.mandatory
        for rule in self.rules:
            fired = {"$ref": f"#/$defs/fired.{rule.code}"}
            for effect in rule.effects:
                if isinstance(effect, AddItem) and effect.item == item.code:
                    selected = some([selected, fired])
                elif isinstance(effect, RemoveItem) and effect.item == item.code:
                    selected = every([selected, none_of(fired)])
        return selected

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
        return {"title": question.text, "anyOf": [_UNANSWERED, self._given(question)]}

    def _given(self, question: Question) -> dict[str, Any]:
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

    def _streets(self) -> Iterator[dict[str, Any]]:
        """Where the division question asks for a district, streets are asked for in that one."""
        asked = self.questions.get(self.division_question or "")
        streets = [question for question in self.questions.values() if question.type == "division9"]
        if asked is None or asked.type != "division6":
            return
        below = self._streets_below()
        for district in self._places(_DISTRICT_DIGITS) if streets else ():
            within = {"anyOf": [_UNANSWERED, {"enum": below[district]}]}
            yield {
                "if": at("answers", at(asked.code, {"const": district})),
                "then": {"properties": {"answers": {"properties": {street.code: within for street in streets}}}},
            }

    # --- one field -------------------------------------------------------------------------------------------------

    def _field(self, field: MergedField) -> Iterator[dict[str, Any]]:
        # The constraint is that of all active sources, hidden by their own form or not (forms_builder.merge.form).
        sources = [(source, self._active(source), self._exists(source)) for source in field.sources]
        exists = some([one for _, _, one in sources])
        yield {"if": exists, "else": _about(field.key, schema=False)}
        fixed = list(self._fixed(field.key))
        supplied = some([when for when, _ in fixed])
        for source, active, here in sources:
            yield {"if": active, "then": _about(field.key, _open(field_schema(source.spoken)))}
            if source.own.required:
                yield {"if": every([here, none_of(supplied)]), "then": _must_have(field.key)}
        yield from self._columns(field, [(source.spoken, active) for source, active, _ in sources])
        earlier: list[Schema] = []
        for when, value in fixed:
            if value is not None:
                decides = every([when, *(none_of(one) for one in earlier), exists])
                yield {"if": decides, "then": _about(field.key, {"const": value[0]})}
                refusing = some([one for source, one, _ in sources if check_value(source.spoken, value[0])])
                yield {"if": every([decides, refusing]), "then": _must_have(field.key)}
            earlier.append(when)

    def _columns(self, field: MergedField, sources: list[tuple[Constraint, Schema]]) -> Iterator[dict[str, Any]]:
        """A table has the columns of its active sources, and no others."""
        if field.constraint.kind != "table":
            return
        owners: dict[str, list[Schema]] = {}
        for constraint, active in sources:
            for column in constraint.columns:
                owners.setdefault(column.code, []).append(active)
        known: dict[str, Any] = dict.fromkeys(owners, True)
        yield _about(field.key, _rows({"properties": known, "additionalProperties": False}))
        for code, asking in owners.items():
            if len(asking) < len(sources):
                yield {"if": some(asking), "else": _about(field.key, _rows({"properties": {code: False}}))}

    def _fixed(self, key: str) -> Iterator[tuple[Schema, tuple[Any] | None]]:
        """What guidance fixes the field to, first match counts; None for an answer taken over as it is."""
        unfilled: Schema = True
        if key in self.prefill_conditions:
            unfilled = none_of(condition_schema(self.prefill_conditions[key], self._leaf))
        for rule in reversed(self.rules):
            for effect in reversed(rule.effects):
                if isinstance(effect, SetField) and self._key_of(effect) == key:
                    yield every([unfilled, {"$ref": f"#/$defs/fired.{rule.code}"}]), (effect.value,)
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


def _mapped(question: Question, values: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each answer that can be listed, with the value it supplies; an option that is not mapped supplies null."""
    if question.type == "boolean":
        yield from ((answer, values.get(str(answer).lower()) if values else answer) for answer in (True, False))
    elif question.type == "single":
        yield from ((one.code, values.get(one.code) if values else one.code) for one in question.options)
    elif question.type != "multi":
        yield from values.items()


def _about(key: str, schema: Any) -> dict[str, Any]:
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


def _in_force(dated: Question | Rule) -> Schema:
    period = (
        Condition(q="on", op="ge", value=dated.effective_from),
        Condition(q="on", op="le", value=dated.effective_to),
    )
    bounds = [at("on", value_schema(bound)) for bound in period if bound.value is not None]
    return some([{"not": {"required": ["on"]}}, every(bounds)]) if bounds else True
