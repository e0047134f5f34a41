"""The one form of a path: every field of the active items, those of one meaning merged into one.

A `FormMerger` is made once for a theme. What a path costs after that is a look-up when the same items and fields were
merged before, and otherwise one look-up per merged field.

A merged field is present on given data when at least one of its sources is (its own `visible_when` holds, or it has
none), and then required when one of the sources that are present requires it. Its constraint is that of all active
sources, whether their own conditions hold or not, so that it does not change while people type.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Literal

import msgspec

from forms_builder.documents import FormField, Prefill
from forms_builder.merge.constraints import DIVISION_LENGTHS, Constraint, check_value, constraint_of
from forms_builder.merge.errors import DuplicateField, UnknownDictionary
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
_order = attrgetter("order")


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


class _Entry:
    """A field of an item, compiled; two are equal only when they are the same one, which keeps look-ups cheap."""

    __slots__ = ("field", "key", "source", "step")

    def __init__(self, key: str, field: FormField, source: Source, step: Step) -> None:
        self.key = key
        self.field = field
        self.source = source
        self.step = step


class _Bundle(msgspec.Struct, frozen=True):
    """What one item with some of its fields contributes."""

    entries: list[_Entry]
    steps: Mapping[str, Step]
    visibility: ItemVisibility | None


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
        self._entries: dict[str, dict[str, _Entry]] = {}
        for contribution in contributions:
            own = self._entries.setdefault(contribution.item, {})
            code = contribution.field.code
            if code in own:
                raise DuplicateField(f"事项 {contribution.item} 的表单中，字段编码 {code} 出现了两次。")
            own[code] = self._entry(contribution)
        for item in self._entries:
            self._bundle(item, None)  # refuses circles now, not on the first path that has them
        self._bundles: dict[Active, _Bundle] = {}
        self._merged: dict[str, dict[tuple[_Entry, ...], MergedField]] = {}
        self._findings: dict[tuple[str, tuple[tuple[str, str], ...]], list[Finding]] = {}
        self._shapes: dict[tuple[Active, ...], _Shape] = {}

    def _entry(self, contribution: Contribution) -> _Entry:
        field, key = contribution.field, contribution.key
        source = self._source(contribution)
        columns = frozenset(column.code for column in field.columns) if field.data_type == "table" else None
        return _Entry(key, field, source, Step(key, source.translation, columns))

    def _source(self, contribution: Contribution) -> Source:
        field, key = contribution.field, contribution.key
        own = constraint_of(field, self._dictionaries, self._division_lengths)
        translation, spoken = None, own
        merged_dictionary = self._speaks.get(key)
        if field.dictionary is not None and merged_dictionary is not None and own.codes is not None:
            if merged_dictionary not in self._dictionaries:
                raise UnknownDictionary(f"合并字段 {key} 使用的字典 {merged_dictionary} 不存在。")
            translation = translation_between(merged_dictionary, field.dictionary, self._crosswalks)
            spoken = speak(own, translation, self._dictionaries[merged_dictionary])
        return Source(contribution.item, field.code, own, spoken, translation)

    def merge(self, active: Sequence[Active], provenances: Mapping[str, Provenance] | None = None) -> MergedForm:
        """The form of the active items in the given order, each with its fields that exist on this path.

        `provenances`: merged key → who answers it. An item the merger does not know has no
        fields; KeyError for an unknown field.
        """
        signature = tuple(active)
        shape = self._shapes.get(signature)
        if shape is None:
            if len(self._shapes) >= MOST_KEPT_FORMS:
                self._shapes.clear()
            shape = self._shapes[signature] = self._shape(signature)
        return MergedForm(shape, provenances or {}, self)

    def _shape(self, active: tuple[Active, ...]) -> _Shape:
        grouped: dict[str, list[_Entry]] = {}
        projections: dict[str, Mapping[str, Step]] = {}
        visibilities = []
        for one in active:
            bundle = self._bundles.get(one)
            if bundle is None:
                bundle = self._bundles[one] = self._bundle(*one)
            for entry in bundle.entries:
                if entry.key in grouped:
                    grouped[entry.key].append(entry)
                else:
                    grouped[entry.key] = [entry]
            projections[one[0]] = bundle.steps
            if bundle.visibility is not None:
                visibilities.append(bundle.visibility)
        fields = [self._field(key, tuple(entries)) for key, entries in grouped.items()]
        by_key = dict(zip(grouped, fields, strict=True))
        fields.sort(key=_order)
        return _Shape(tuple([item for item, _ in active]), tuple(fields), by_key, projections, tuple(visibilities))

    def _bundle(self, item: str, visible: frozenset[str] | None) -> _Bundle:
        own = self._entries.get(item, {})
        if visible is not None and not visible <= own.keys():
            raise KeyError(f"{item} has no field {sorted(visible - own.keys())}")
        entries = [entry for code, entry in own.items() if visible is None or code in visible]
        steps = {entry.field.code: entry.step for entry in entries}
        return _Bundle(entries, steps, item_visibility(item, [entry.field for entry in entries], steps))

    def _field(self, key: str, entries: tuple[_Entry, ...]) -> MergedField:
        merged = self._merged.setdefault(key, {})
        known = merged.get(entries)
        if known is None:
            first = entries[0].field
            shown = self._presentation.get(key) or Presentation(first.label, first.group, first.order)
            sources = tuple(entry.source for entry in entries)
            constraint = intersect([source.spoken for source in sources])
            known = merged[entries] = MergedField(key, shown.label, shown.group, shown.order, constraint, sources)
        return known

    def findings_of(self, field: MergedField) -> list[Finding]:
        """What merging this field costs, computed once per field of this merger."""
        place = (field.key, tuple([(source.item, source.field) for source in field.sources]))
        if place not in self._findings:
            self._findings[place] = findings(field.key, field.sources, field.constraint)
        return self._findings[place]


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
