"""The whole form as one JSON Schema 2020-12: it judges {"answers": …, "data": …} on every path, "on" being the day.

A merged field's constraint on a path is the conjunction of the constraints of the active items (domain.md §3), so the
schema says each item's own constraint under the condition that the item is selected and its field shown. What JSON
Schema cannot say: that a field equals an answer taken over as it is (a number, date or division); the form of a path does.
"""

from collections.abc import Iterator
from typing import Any

from forms_builder.merge.condition_schema import at, condition_schema, every, none_of, some, value_schema
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.intersection import Source
from forms_builder.merge.schema import DIALECT, SourceConditions, field_schema
from opsplatform.kernel.conditions import Condition
from themes.documents import AddItem, Question, RemoveItem, Rule, SetField
from themes.guidance.compiling import sort_rules
from themes.packages.structure import PackageItem, PackageItemField

Schema = dict[str, Any] | bool

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ANSWER_TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "pattern": _DATE},
    "division6": {"type": "string", "pattern": "^[0-9]{6}$"},
    "division9": {"type": "string", "pattern": "^[0-9]{9}$"},
}


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
    ) -> None:
        """`suppliers`: merged key → question and option mapping; `prefill_conditions`: key → when its library fills it."""
        self.title, self.form = title, form
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
                "on": {"title": "日期", "type": "string", "pattern": _DATE},
                "answers": {
                    "title": "引导问题的回答",
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {code: _answer_schema(question) for code, question in self.questions.items()},
                },
                "data": {
                    "title": "表单内容",
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {field.key: {"title": field.label} for field in self.form.fields},
                },
            },
            "allOf": [part for field in self.form.fields for part in self._field(field)],
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
        answered = at("answers", at(condition.q, every([value_schema(condition), {"not": {"enum": [None, "", []]}}])))
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

    def _exists(self, source: Source) -> Schema:
        binding = self.bindings[source.item, source.field]
        own = self.own[source.item].of(source.field) if source.item in self.own else True
        return every(
            [
                {"$ref": f"#/$defs/selected.{source.item}"},
                condition_schema(binding.visible_when, self._leaf),
                at("data", own) if own is not True else True,
            ]
        )

    # --- one field -------------------------------------------------------------------------------------------------

    def _field(self, field: MergedField) -> Iterator[dict[str, Any]]:
        exists = [(source, self._exists(source)) for source in field.sources]
        yield {"if": some([one for _, one in exists]), "else": _about(field.key, False)}
        fixed = list(self._fixed(field.key))
        supplied = some([when for when, _ in fixed])
        for source, holds in exists:
            yield {"if": holds, "then": _about(field.key, field_schema(source.spoken))}
            if source.own.required:
                asked = every([holds, none_of(supplied)])
                yield {"if": asked, "then": {"properties": {"data": {"required": [field.key]}}}}
        earlier: list[Schema] = []
        for when, value in fixed:
            if value is not None:
                decides = every([when, *(none_of(one) for one in earlier), some([one for _, one in exists])])
                yield {"if": decides, "then": _about(field.key, {"const": value[0]})}
            earlier.append(when)

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
            answered = self._leaf(Condition(q=question, op="answered"))
            if self.questions[question].type != "multi":
                for option, value in values.items():
                    chosen = self._leaf(Condition(q=question, op="eq", value=option))
                    yield every([unfilled, chosen]), (value,)
            yield every([unfilled, answered]), None

    def _key_of(self, effect: SetField) -> str | None:
        if effect.item is None:
            return effect.field
        binding = self.bindings.get((effect.item, effect.field))
        return binding.key if binding else None


def _about(key: str, schema: Any) -> dict[str, Any]:
    return {"properties": {"data": {"properties": {key: schema}}}}


def _in_force(dated: Question | Rule) -> Schema:
    bounds = [
        at("on", value_schema(Condition(q="on", op=op, value=day)))
        for op, day in (("ge", dated.effective_from), ("le", dated.effective_to))
        if day is not None
    ]
    return some([{"not": {"required": ["on"]}}, every(bounds)]) if bounds else True


def _answer_schema(question: Question) -> dict[str, Any]:
    titled: dict[str, Any] = {"title": question.text}
    options = [option.code for option in question.options]
    if question.type == "single":
        return titled | {"type": "string", "enum": options}
    if question.type == "multi":
        return titled | {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": options}}
    if question.type == "number":
        bounds = {"minimum": question.min, "maximum": question.max}
        return titled | {"type": "number"} | {name: bound for name, bound in bounds.items() if bound is not None}
    return titled | _ANSWER_TYPES[question.type]
