"""A form on the screen, whichever renderer shows it: its fields in sections, and where labels for codes are kept.

The schema written here gives the verdict of the form's own schema on the same record in another shape: data stands in
sections, under names that renderers can address (`places` says where), and an unanswered question is left out. Every
property says its type and title whatever the path. All words are common to JSON Schema draft 7 and 2020-12, so that
the renderers' own validators take it as they come.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from forms_builder.merge.condition_schema import Schema, some
from forms_builder.merge.form import MergedField
from themes.packages.structure import Package
from themes.packages.ui_json_forms import Control
from themes.packages.ui_looks import Look, Looks
from themes.packages.ui_places import Sections

FIXED = "已由引导问题的回答确定，不必填写"
LABELS = "#/allOf/0/then/allOf"
_DATA = "请填写申请表"


class Screen:
    """The fields of a form in their sections, with their looks."""

    def __init__(self, package: Package, fields: Sequence[MergedField]) -> None:
        self.sections = Sections(package, fields)
        looks = Looks(package)
        self.looks = {field.key: looks.field(field) for field in fields}

    @property
    def places(self) -> dict[str, list[str]]:
        """Merged key → section and name, as JSON."""
        return {key: list(place) for key, place in self.sections.places.items()}

    def data(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of the data: sections with the parts of their fields."""
        sections = {
            section.name: {
                "title": section.title,
                "type": "object",
                "additionalProperties": False,
                "properties": {self._name(field): parts[field.key] for field in section.fields},
            }
            for section in self.sections.all
        }
        return {"title": _DATA, "type": "object", "additionalProperties": False, "properties": sections}

    def hidden_sections(self, exists: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
        """The sections that are not on every path, with the schema under which they are there."""
        for section in self.sections.all:
            there = _some_of(exists[field.key] for field in section.fields)
            if there is not True:
                yield section.name, there

    def start(self, exists: Mapping[str, Schema], fixed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The data that people find: fixed values, and the sections that are there in any case."""
        hidden = dict(self.hidden_sections(exists))
        start: dict[str, dict[str, Any]] = {}
        for section in self.sections.all:
            values = {
                self._name(field): fixed[field.key] for field in section.fields if fixed.get(field.key) is not None
            }
            if values or section.name not in hidden:
                start[section.name] = values
        return start

    def by_section(self) -> Iterator[tuple[str, dict[str, Look]]]:
        """Per section, the look of every name."""
        for section in self.sections.all:
            yield section.name, {self._name(field): self.looks[field.key] for field in section.fields}

    def grouped(self, controls: Mapping[str, Sequence[Control]]) -> list[tuple[str, list[Control]]]:
        """The controls of the fields under the titles of their sections."""
        return [
            (section.title, [control for field in section.fields for control in controls[field.key]])
            for section in self.sections.all
        ]

    def labels(self, looks: Mapping[str, Look] | None = None) -> dict[str, Any]:
        """The looks of fields with labels for codes, said over the record; of the whole screen unless given."""
        sections: dict[str, Any] = {}
        for key, look in (self.looks if looks is None else looks).items():
            if look.is_labelled:
                section, name = self.sections.places[key]
                sections.setdefault(section, {"properties": {}})["properties"][name] = look.labelled
        return {"properties": {"data": {"properties": sections}}}

    def scope(self, key: str) -> str:
        """Where JSON Forms finds the schema of the field."""
        above = f"{LABELS}/0" if self.looks[key].is_labelled else "#"
        return f"{above}/{self.place_of(key)}"

    def place_of(self, key: str) -> str:
        """The steps to the schema of the field from that of the record."""
        section, name = self.sections.places[key]
        return f"properties/data/properties/{section}/properties/{name}"

    def _name(self, field: MergedField) -> str:
        return self.sections.places[field.key][1]


def labels_of(looks: list[dict[str, Any]]) -> dict[str, Any]:
    """A rule that never applies, so that it judges nothing: JSON Forms looks labels up in it, and nobody else does.

    Beside the rules that apply, RJSF would take the first label of each list for its default.
    """
    return {"if": {"not": {}}, "then": {"allOf": looks}}


def _some_of(schemas: Iterable[Schema]) -> Schema:
    distinct: list[Schema] = []
    for schema in schemas:
        if schema not in distinct:
            distinct.append(schema)
    return some(distinct)
