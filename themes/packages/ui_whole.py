"""How standard renderers show the form of all paths: questions first, then the sections that the answers call for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from forms_builder.merge.condition_schema import Schema, every, none_of
from themes.packages.compilation import whole_form
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import Package
from themes.packages.typed_schema import typed
from themes.packages.ui_dependent import labels_of_variants, spread, variants_of
from themes.packages.ui_json_forms import Control, json_forms_record
from themes.packages.ui_looks import Look, question_look
from themes.packages.ui_nesting import nest_record
from themes.packages.ui_rjsf import rjsf_record
from themes.packages.ui_screen import FIXED, LABELS, Screen, labels_of
from themes.packages.whole_form import WholeForm, about

MOST_KEPT = 32
_QUESTIONS = "请先回答几个问题"


@lru_cache(maxsize=MOST_KEPT)
def whole_ui(opened: OpenPackage) -> dict[str, Any]:
    """How to show the form of all paths: `schema`, `places`, `start`, `rjsf`, `json_forms`; kept for others who ask."""
    package, whole = opened.package, whole_form(opened)
    screen, questions = Screen(package, whole.form.fields), _Questions(package, whole)
    places = screen.sections.places
    exists = {field.key: nest_record(whole.exists(field), places) for field in whole.form.fields}
    hidden = [
        {"if": there, "else": {"properties": {"data": {"properties": {name: False}}}}}
        for name, there in screen.hidden_sections(exists)
    ]
    supplied = {field.key: when for field in whole.form.fields if (when := whole.supplied(field)) is not False}
    noted = [_supplied_or_not(key, when, screen.looks[key]) for key, when in supplied.items()]
    judging = [one for rule in whole.field_rules() for one in _uncounted(rule, supplied)]
    rules = [nest_record(rule, places) for rule in (*judging, *noted)]
    definitions = {name: nest_record(part, places) for name, part in whole.definitions().items()}
    labels = [screen.labels(), questions.labels(), *questions.street_labels()]
    cases = [case for several in whole.dependent.values() for case in several]
    variants = variants_of(screen, cases, lambda when: nest_record(when, places))
    schema = {
        "title": package.meta.name,
        "type": "object",
        "required": ["answers", "data"],
        "additionalProperties": False,
        "properties": {
            "on": whole.schema()["properties"]["on"],
            "answers": questions.schema(),
            "data": screen.data(
                {key: _quiet(look) if key in supplied else look.described for key, look in screen.looks.items()}
            ),
        },
        "allOf": [
            labels_of([*labels, *labels_of_variants(screen, variants)]),
            *questions.rules(),
            *hidden,
            *rules,
        ],
        "$defs": definitions,
    }
    controls = {
        field.key: Control(
            screen.scope(field.key),
            screen.looks[field.key],
            shown=every([exists[field.key], none_of(supplied.get(field.key, False))]),
            is_required=all(source.own.required for source in field.sources),
        )
        for field in whole.form.fields
    }
    fields = screen.grouped(spread(screen, controls, variants, first=len(labels)))
    return {
        "schema": typed(schema),
        "places": screen.places,
        "start": {"answers": {}, "data": {}},
        "rjsf": rjsf_record(questions.looks, screen.by_section()),
        "json_forms": json_forms_record([(_QUESTIONS, questions.controls()), *fields], definitions),
    }


class _Questions:
    """The guidance's questions as properties of the answers.

    A question that is not always visible is no property but where it is: renderers then show it exactly there. An
    answer to an invisible question does not exist, yet what stands there must still be an answer to it.
    """

    def __init__(self, package: Package, whole: WholeForm) -> None:
        self.whole = whole
        self.names = {code: division.name for code, division in package.divisions.items()}
        self.looks = {
            question.code: question_look(question, whole.given(question), self.names)
            for question in sorted(whole.questions.values(), key=lambda question: question.order)
        }
        self.by_district = list(whole.streets())

    def schema(self) -> dict[str, Any]:
        """The schema of the answers, with the questions that are visible on every path."""
        always = [code for code in self.looks if self._shown(code) is True]
        return {
            "title": _QUESTIONS,
            "type": "object",
            "propertyNames": {"enum": list(self.looks)},
            "properties": {code: self.looks[code].described for code in always},
        }

    def labels(self) -> dict[str, Any]:
        """The looks of all questions with labels for codes, said over the record."""
        return _answers({"properties": {code: look.labelled for code, look in self.looks.items()}})

    def street_labels(self) -> Iterator[dict[str, Any]]:
        """Per district, the looks of the questions that ask for one of its streets."""
        for _, asking, below in self.by_district:
            yield _answers({"properties": {one.code: self._streets(one.code, below).labelled for one in asking}})

    def _streets(self, code: str, below: Sequence[str]) -> Look:
        return msgspec.structs.replace(
            self.looks[code], options=tuple((street, self.names[street]) for street in below)
        )

    def rules(self) -> Iterator[dict[str, Any]]:
        """Questions under a condition, and the streets that may be answered in each district."""
        for question in self.whole.questions.values():
            if self._shown(question.code) is not True:
                yield {
                    "if": self._shown(question.code),
                    "then": _answers({"properties": {question.code: self.looks[question.code].described}}),
                    "else": _answers(_absent_or(question.code, self.whole.given(question))),
                }
        for given, asking, below in self.by_district:
            for question in asking:
                shown = self._shown(question.code)
                then = {"then": _answers({"properties": {question.code: {"enum": below}}})}
                unseen = {"if": given, "then": _answers(_absent_or(question.code, {"enum": below}))}
                yield {"if": every([shown, given]), **then, **({} if shown is True else {"else": unseen})}

    def controls(self) -> list[Control]:
        """One control per question; where streets go by district, one per district."""
        controls: list[Control] = []
        for code, look in self.looks.items():
            shown, within = self._shown(code), f"properties/answers/properties/{_encode(code)}"
            by_district = [
                Control(f"{LABELS}/{number}/{within}", look, every([shown, given]))
                for number, (given, asking, _) in enumerate(self.by_district, start=2)
                if code in [question.code for question in asking]
            ]
            controls += by_district or [Control(f"{LABELS}/1/{within}", look, shown)]
        return controls

    def _shown(self, code: str) -> Schema:
        is_always = self.whole.visible(self.whole.questions[code]) is True
        return True if is_always else {"$ref": f"#/$defs/visible.{code}"}


def _supplied_or_not(key: str, supplied: Schema, look: Look) -> dict[str, Any]:
    """A field that guidance supplies is shown and not filled in."""
    fixed = about(key, {"readOnly": True, "description": FIXED})
    other = {"else": about(key, {"description": look.description})} if look.description else {}
    return {"if": supplied, "then": fixed, **other}


def _uncounted(rule: dict[str, Any], supplied: Mapping[str, Schema]) -> Iterator[dict[str, Any]]:
    """A list that guidance supplies may stand empty, as RJSF leaves it: empty is not filled in."""
    said = rule.get("then", {}).get("properties", {}).get("data", {}).get("properties", {})
    counted = {key: part for key, part in said.items() if key in supplied and "minItems" in part}
    for key, part in counted.items():
        rule = {**rule, "then": about(key, {word: value for word, value in part.items() if word != "minItems"})}
        when = every([rule["if"], none_of(supplied[key])])
        yield {"if": when, "then": about(key, {"type": "array", "minItems": part["minItems"]})}
    yield rule


def _quiet(look: Look) -> dict[str, Any]:
    """The look without its description, which the path decides."""
    return {word: said for word, said in look.described.items() if word != "description"}


def _absent_or(code: str, schema: Schema) -> dict[str, Any]:
    return {"not": {"required": [code], "properties": {code: {"not": schema}}}}


def _answers(schema: Schema) -> dict[str, Any]:
    return {"properties": {"answers": schema}}


def _encode(code: str) -> str:
    """A code as one step of a JSON pointer (RFC 6901)."""
    return code.replace("~", "~0").replace("/", "~1")
