"""The one form of a path: every field of the active items, those of one meaning merged into one.

A `FormMerger` is made once for a theme. What a path costs after that is a look-up when the same items and fields were
merged before, and otherwise one look-up per merged field.

A merged field is present on given data when at least one of its sources is (its own `visible_when` holds, or it has
none), and then required when one of the sources that are present requires it. Its constraint is that of all active
sources, whether their own conditions hold or not, so that it does not change while people type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

import msgspec

from forms_builder.documents import FormField, Prefill
from forms_builder.merge.choices import Choices
from forms_builder.merge.constraints import DIVISION_LENGTHS, Constraint, check_value, constraint_of
from forms_builder.merge.crosswalks import Crosswalks
from forms_builder.merge.dependence import Dependence, Parents, codes_below, has_parent_kind
from forms_builder.merge.errors import DuplicateField, ParentLost
from forms_builder.merge.intersection import Finding, Source, findings, intersect
from forms_builder.merge.speaking import Speaking
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
    dependences: tuple[Dependence, ...]


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

    @property
    def dependences(self) -> tuple[Dependence, ...]:
        """Whose lists depend on which field, where the form has both, in the order of the form."""
        return self.shape.dependences

    def field(self, key: str) -> MergedField | None:
        """The merged field of this key, None when the form has none."""
        return self.shape.by_key.get(key)

    def provenance(self, key: str) -> Provenance:
        """Who answers the field; asked unless the caller said otherwise."""
        return self.provenances.get(key, ASKED)

    def findings(self) -> list[Finding]:
        """Everything merging costs on this path, in field order; also fixed values that an item refuses."""
        found: list[Finding] = []
        fixed: dict[str, Any] = {}
        for field, costs in self.costs():
            found.extend(costs)
            provenance = self.provenances.get(field.key)
            if provenance is not None and provenance.fixed:
                refused = list(_fixed_conflict(field, provenance.value))
                found.extend(refused)
                fixed |= {} if refused else {field.key: provenance.value}
        return [*found, *self.choices().fixed_conflicts(fixed)]

    def costs(self) -> Iterator[tuple[MergedField, list[Finding]]]:
        """What merging costs, field by field: of a list that is left without a code, no narrowing by what is above."""
        stuck: dict[str, list[Finding]] = {}
        for one in self.choices().conflicts():
            stuck.setdefault(one.key, []).append(one)
        for field in self.fields:
            told = self.merger.findings_of(field)
            if field.key in stuck:
                told = [one for one in told if (one.severity, one.aspect) != ("narrowing", "within")]
            yield field, [*told, *stuck.get(field.key, ())]

    def choices(self) -> Choices:
        """What the lists that depend on other fields leave to choose."""
        conditional = {(one.item, code) for one in self.visibilities for code in one.conditions}
        return Choices(self.dependences, self.shape.by_key, conditional)

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
        parents: Parents | None = None,
        crosswalks: Crosswalks | None = None,
        presentation: Mapping[str, Presentation] | None = None,
        speaks: Mapping[str, str | None] | None = None,
        names: Mapping[str, Mapping[str, str]] | None = None,
        division_lengths: tuple[int, ...] = DIVISION_LENGTHS,
    ) -> None:
        """Compile every field of every item, in item order.

        `dictionaries`: dictionary code → its entry codes in order; `parents`: what lies above them, where lists depend
        on a field. `crosswalks`: (item, merged dictionary, the item's dictionary) → merged code → the item's code;
        without one, codes count as they stand. `speaks`: merged key → the dictionary its merged field speaks (the
        public field's), else the first source's of the theme; so with columns.
        `names`: dictionary → code → name, for fields that bring options of their own.
        Raises UnknownDictionary, PatternNotPortable, CircularVisibility, DuplicateField, ParentLost.
        """
        self.dictionaries = dictionaries
        self.parents = parents or {}
        self._presentation = presentation or {}
        self._division_lengths = division_lengths
        self._speaking = Speaking(
            [(contribution.key, contribution.field) for contribution in contributions],
            dictionaries=dictionaries, crosswalks=crosswalks or {}, speaks=speaks or {}, names=names or {},
        )  # fmt: skip
        self._entries: dict[str, dict[str, _Entry]] = {}
        for contribution in contributions:
            own = self._entries.setdefault(contribution.item, {})
            code = contribution.field.code
            if code in own:
                raise DuplicateField(f"事项 {contribution.item} 的表单中，字段编码 {code} 出现了两次。")
            own[code] = self._entry(contribution)
        self._is_dependent = any(contribution.field.within is not None for contribution in contributions)
        for own in self._entries.values() if self._is_dependent else ():
            for entry in own.values():
                if entry.field.within is not None:
                    entry.source = msgspec.structs.replace(entry.source, within=self._dependence(entry, own))
        for item in self._entries:
            self._bundle(item, None)  # refuses circles now, not on the first path that has them
        self._bundles: dict[Active, _Bundle] = {}
        self._merged: dict[str, dict[tuple[_Entry, ...], MergedField]] = {}
        self._findings: dict[tuple[str, tuple[tuple[str, str], ...]], list[Finding]] = {}
        self._shapes: dict[tuple[Active, ...], _Shape] = {}

    def _entry(self, contribution: Contribution) -> _Entry:
        field, key = contribution.field, contribution.key
        own = constraint_of(field, self.dictionaries, self._division_lengths)
        source = self._speaking.source(contribution.item, key, field, own)
        columns = frozenset(column.code for column in field.columns) if field.data_type == "table" else None
        return _Entry(key, field, source, Step(key, source.translation, columns, source.columns))

    def _dependence(self, entry: _Entry, own: Mapping[str, _Entry]) -> Dependence:
        """On what the entry's list depends among the fields of its item; raises ParentLost."""
        field, source, above = entry.field, entry.source, own.get(entry.field.within or "")
        if above is None or above is entry or field.dictionary is None or not has_parent_kind(field, above.field):
            raise ParentLost(
                f"字段“{field.label}”的可选内容取决于字段 {field.within}，那个字段不在表单里，"
                "或者不是取自字典的单选、区划；请改选所取决的字段，或去掉这项设置。"
            )
        below = codes_below(source.spoken.codes or (), source.translation, self.parents.get(field.dictionary, {}))
        is_open = above.field.data_type == "division"
        if not is_open:
            said = above.source.translation
            merged_codes = above.source.spoken.codes or ()
            below = {code: below.get(code if said is None else said[code], ()) for code in merged_codes}
        return Dependence(source.item, field.code, above.field.code, entry.key, above.key, below, is_open)

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
        dependences = tuple(
            [
                source.within
                for field in (fields if self._is_dependent else ())
                for source in field.sources
                if source.within is not None and source.within.parent in projections[source.item]
            ]
        )
        items = tuple([item for item, _ in active])
        return _Shape(items, tuple(fields), by_key, projections, tuple(visibilities), dependences)

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

    @cached_property
    def item_forms(self) -> dict[str, list[FormField]]:
        """All fields of every item, as they came."""
        return {item: [entry.field for entry in own.values()] for item, own in self._entries.items()}

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
    parents: Parents | None = None,
    crosswalks: Crosswalks | None = None,
    presentation: Mapping[str, Presentation] | None = None,
    speaks: Mapping[str, str | None] | None = None,
    names: Mapping[str, Mapping[str, str]] | None = None,
    provenances: Mapping[str, Provenance] | None = None,
) -> MergedForm:
    """The form of exactly these fields, in item order; for one path (a theme keeps a FormMerger)."""
    merger = FormMerger(
        contributions, dictionaries=dictionaries, parents=parents, crosswalks=crosswalks, presentation=presentation,
        speaks=speaks, names=names,
    )  # fmt: skip
    items = dict.fromkeys(contribution.item for contribution in contributions)
    return merger.merge([(item, None) for item in items], provenances)


def item_form(
    item: str,
    fields: Sequence[FormField],
    dictionaries: Mapping[str, Sequence[str]],
    parents: Parents | None = None,
) -> MergedForm:
    """One item's own form, keyed by its field codes; `validate` and `form_schema` take it as any other."""
    contributions = [Contribution(item, field, field.code) for field in fields]
    return merge_form(contributions, dictionaries=dictionaries, parents=parents)
