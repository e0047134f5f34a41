"""The one form of a path: every field of the active items, those of one meaning merged into one.

A `FormMerger` is made once for a theme. What a path costs after that is a look-up when the same items and fields were
merged before, and otherwise one look-up per merged field.

A merged field is present on given data when at least one of its sources is (its own `visible_when` holds, or it has
none), and then required when one of the sources that are present requires it. Its constraint is that of all active
sources, whether their own conditions hold or not, so that it does not change while people type.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from forms_builder.documents import FormField, Prefill
from forms_builder.merge.constraints import DIVISION_LENGTHS, Constraint, check_value, constraint_of
from forms_builder.merge.errors import DuplicateField
from forms_builder.merge.intersection import (
    Crosswalks,
    Finding,
    Source,
    findings,
    intersect,
    speak,
    translation_between,
)
from forms_builder.merge.visibility import ItemVisibility, Step, item_visibility

MOST_KEPT_FORMS = 4_096


class Contribution(msgspec.Struct, frozen=True):
    """One field of one item's form and the merged field it belongs to."""

    item: str
    field: FormField
    key: str


class Presentation(msgspec.Struct, frozen=True):
    """How the theme shows a merged field."""

    label: str
    group: str | None = None
    order: int = 0


class Provenance(msgspec.Struct, frozen=True):
    """Who answers a merged field.

    `fixed`: guidance supplies exactly `value`; the data may leave the field out and may not contradict it.
    """

    kind: Literal["asked", "prefilled", "from_guidance"] = "asked"
    fixed: bool = False
    value: Any = None
    prefill: Prefill | None = None
    question: str | None = None


ASKED = Provenance()


class MergedField(msgspec.Struct, frozen=True):
    """One field of the form, with every item field it stands for."""

    key: str
    label: str
    group: str | None
    order: int
    constraint: Constraint
    sources: tuple[Source, ...]


class _Shape(msgspec.Struct, frozen=True):
    """What a form is apart from who answers it; shared by all paths with the same active fields."""

    items: tuple[str, ...]
    fields: tuple[MergedField, ...]
    by_key: Mapping[str, MergedField]
    projections: Mapping[str, Mapping[str, Step]]
    visibilities: tuple[ItemVisibility, ...]


class MergedForm(msgspec.Struct, frozen=True):
    """The one form of a path."""

    shape: _Shape
    provenances: Mapping[str, Provenance]
    merger: "FormMerger"

    @property
    def items(self) -> tuple[str, ...]:
        """The active items in theme order."""
        return self.shape.items

    @property
    def fields(self) -> tuple[MergedField, ...]:
        """The merged fields as shown: by presented order, then first appearance."""
        return self.shape.fields

    @property
    def projections(self) -> Mapping[str, Mapping[str, Step]]:
        """Item → its field code → where its value comes from."""
        return self.shape.projections

    @property
    def visibilities(self) -> tuple[ItemVisibility, ...]:
        """The items with conditional fields."""
        return self.shape.visibilities

    def field(self, key: str) -> MergedField | None:
        """The merged field of this key, None when the form has none."""
        return self.shape.by_key.get(key)

    def provenance(self, key: str) -> Provenance:
        """Who answers the field; asked unless the caller said otherwise."""
        return self.provenances.get(key, ASKED)

    def findings(self) -> list[Finding]:
        """Everything merging costs on this path, in field order; also fixed values that an item refuses."""
        found: list[Finding] = []
        for field in self.fields:
            found.extend(self.merger.findings_of(field))
            provenance = self.provenances.get(field.key)
            if provenance is not None and provenance.fixed:
                found.extend(_fixed_conflict(field, provenance.value))
        return found

    def conflicts(self) -> list[Finding]:
        """The findings that block publishing."""
        return [finding for finding in self.findings() if finding.severity == "conflict"]


def _fixed_conflict(field: MergedField, value: Any) -> Iterable[Finding]:
    if not check_value(field.constraint, value):
        return
    accepted = [not check_value(source.spoken, value) for source in field.sources]
    pairs = list(zip(field.sources, accepted, strict=True))
    yield Finding(
        severity="conflict",
        key=field.key,
        aspect="fixed_value",
        accepts=tuple(dict.fromkeys(source.item for source, fine in pairs if fine)),
        refuses=tuple(dict.fromkeys(source.item for source, fine in pairs if not fine)),
        witness=value,
    )


Active = tuple[str, frozenset[str] | None]
"""An active item with the codes of its fields that exist on this path; None: all of them."""


class FormMerger:
    """All items and fields of a theme, ready to be merged for any path."""

    def __init__(
        self,
        contributions: Sequence[Contribution],
        *,
        dictionaries: Mapping[str, Sequence[str]],
        crosswalks: Crosswalks | None = None,
        presentation: Mapping[str, Presentation] | None = None,
        speaks: Mapping[str, str | None] | None = None,
        division_lengths: tuple[int, ...] = DIVISION_LENGTHS,
    ) -> None:
        """Compile every field of every item, in item order.

        `dictionaries`: dictionary code → its entry codes in order. `crosswalks`: (from, to) → code → code. `speaks`:
        merged key → the dictionary its merged field speaks (the public field's), else the first source's of the theme.
        Raises UnknownDictionary, PatternNotPortable, CircularVisibility, DuplicateField.
        """
        self._dictionaries = dictionaries
        self._crosswalks = crosswalks or {}
        self._presentation = presentation or {}
        self._division_lengths = division_lengths
        self._speaks = {key: code for key, code in (speaks or {}).items() if code is not None}
        for contribution in contributions:
            if contribution.field.dictionary is not None:
                self._speaks.setdefault(contribution.key, contribution.field.dictionary)
        self._contributions: dict[str, dict[str, tuple[Contribution, Source]]] = {}
        for contribution in contributions:
            own = self._contributions.setdefault(contribution.item, {})
            if contribution.field.code in own:
                raise DuplicateField(
                    f"事项 {contribution.item} 的表单中，字段编码 {contribution.field.code} 出现了两次。"
                )
            own[contribution.field.code] = (contribution, self._source(contribution))
        for item, own in self._contributions.items():
            item_visibility(item, [contribution.field for contribution, _ in own.values()], {})
        self._merged: dict[tuple[str, tuple[tuple[str, str], ...]], MergedField] = {}
        self._findings: dict[tuple[str, tuple[tuple[str, str], ...]], list[Finding]] = {}
        self._shapes: dict[tuple[Active, ...], _Shape] = {}

    def _source(self, contribution: Contribution) -> Source:
        field, key = contribution.field, contribution.key
        own = constraint_of(field, self._dictionaries, self._division_lengths)
        translation, spoken = None, own
        merged_dictionary = self._speaks.get(key)
        if field.dictionary is not None and merged_dictionary is not None and own.codes is not None:
            translation = translation_between(merged_dictionary, field.dictionary, self._crosswalks)
            spoken = speak(own, translation, self._dictionaries.get(merged_dictionary, ()))
        return Source(contribution.item, field.code, own, spoken, translation)

    def merge(self, active: Sequence[Active], provenances: Mapping[str, Provenance] | None = None) -> MergedForm:
        """The form of the active items in the given order, each with its fields that exist on this path.

        `provenances`: merged key → who answers it. KeyError for an item or field the merger does not know.
        """
        signature = tuple(active)
        shape = self._shapes.get(signature)
        if shape is None:
            if len(self._shapes) >= MOST_KEPT_FORMS:
                self._shapes.clear()
            shape = self._shapes[signature] = self._shape(signature)
        return MergedForm(shape, provenances or {}, self)

    def _shape(self, active: tuple[Active, ...]) -> _Shape:
        grouped: dict[str, list[tuple[Contribution, Source]]] = {}
        projections: dict[str, dict[str, Step]] = {}
        visibilities = []
        for item, visible in active:
            own = self._contributions.get(item, {})
            if visible is not None and not visible <= own.keys():
                raise KeyError(f"{item} has no field {sorted(visible - own.keys())}")
            chosen = [pair for code, pair in own.items() if visible is None or code in visible]
            for pair in chosen:
                grouped.setdefault(pair[0].key, []).append(pair)
            steps = projections[item] = {source.field: _step(contribution, source) for contribution, source in chosen}
            visibility = item_visibility(item, [contribution.field for contribution, _ in chosen], steps)
            if visibility is not None:
                visibilities.append(visibility)
        fields = [self._field(key, pairs) for key, pairs in grouped.items()]
        fields.sort(key=lambda field: field.order)
        return _Shape(
            items=tuple(item for item, _ in active),
            fields=tuple(fields),
            by_key={field.key: field for field in fields},
            projections=projections,
            visibilities=tuple(visibilities),
        )

    def _field(self, key: str, pairs: Sequence[tuple[Contribution, Source]]) -> MergedField:
        place = (key, tuple((source.item, source.field) for _, source in pairs))
        known = self._merged.get(place)
        if known is None:
            first = pairs[0][0].field
            shown = self._presentation.get(key) or Presentation(first.label, first.group, first.order)
            sources = tuple(source for _, source in pairs)
            constraint = intersect([source.spoken for source in sources])
            known = MergedField(key, shown.label, shown.group, shown.order, constraint, sources)
            self._merged[place] = known
        return known

    def findings_of(self, field: MergedField) -> list[Finding]:
        """What merging this field costs, computed once."""
        place = (field.key, tuple((source.item, source.field) for source in field.sources))
        if place not in self._findings:
            self._findings[place] = findings(field.key, field.sources, field.constraint)
        return self._findings[place]


def _step(contribution: Contribution, source: Source) -> Step:
    columns = frozenset(column.code for column in contribution.field.columns) if source.own.kind == "table" else None
    return Step(contribution.key, source.translation, columns)


def merge_form(
    contributions: Sequence[Contribution],
    *,
    dictionaries: Mapping[str, Sequence[str]],
    crosswalks: Crosswalks | None = None,
    presentation: Mapping[str, Presentation] | None = None,
    speaks: Mapping[str, str | None] | None = None,
    provenances: Mapping[str, Provenance] | None = None,
) -> MergedForm:
    """The form of exactly these fields, in item order; for one path (a theme keeps a FormMerger)."""
    merger = FormMerger(
        contributions, dictionaries=dictionaries, crosswalks=crosswalks, presentation=presentation, speaks=speaks
    )
    items = dict.fromkeys(contribution.item for contribution in contributions)
    return merger.merge([(item, None) for item in items], provenances)


def item_form(item: str, fields: Sequence[FormField], dictionaries: Mapping[str, Sequence[str]]) -> MergedForm:
    """One item's own form, keyed by its field codes; `validate` and `form_schema` take it as any other."""
    return merge_form([Contribution(item, field, field.code) for field in fields], dictionaries=dictionaries)
