"""The merge certificate: for every field of every item where it went, what that cost and how each cost was settled.

Made from the item forms as they are and from the form made of them, independently of how the one became the other, so
that a field lost or leaked on the way shows up here. The same forms always give the same certificate.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from forms_builder.documents import FormField
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.matters import Matter, matters_of
from forms_builder.merge.projection import Gap, coverage
from forms_builder.merge.visibility import Step
from opsplatform.kernel.documents import Document

RULES = "opsplatform.merge/1"
"""The rules of merging under which a certificate was made; raised whenever the same forms would merge otherwise."""

Origin = Literal["asked", "prefilled", "from_guidance"]


class CertifiedField(Document, frozen=True):
    """A field of an item and the merged field that answers it. `shared_with`: the other items answered by it too.

    `translated` counts the codes that reach the item in another spelling, its columns' included. `decision`: by which
    it stands alone although it has a shared meaning. `within`: the merged field on which its list depends.
    """

    field: str
    label: str
    key: str
    required: bool = False
    shared_with: tuple[str, ...] = ()
    translated: int = 0
    decision: str = ""
    within: str = ""


class CertifiedItem(Document, frozen=True):
    """An item with all its fields; every required one is covered exactly once where both numbers are the same."""

    item: str
    fields: tuple[CertifiedField, ...]
    required: int
    required_covered: int


class CertifiedGap(Document, frozen=True):
    """A field that an item's projection serves wrongly."""

    item: str
    field: str
    reason: str


class CertifiedFinding(Document, frozen=True):
    """What merging costs, with its witness. `decision`: by which it was settled or accepted; empty while it is open."""

    severity: Literal["narrowing", "conflict"]
    key: str
    aspect: str
    accepts: tuple[str, ...]
    refuses: tuple[str, ...]
    witness: Any
    column: str | None = None
    decision: str = ""


class CertifiedDecision(Document, frozen=True):
    """How something was settled: by which rule, for which items, by whom, when and why."""

    code: str
    key: str
    rule: str
    reason: str
    decided_by: str
    decided_on: str
    items: tuple[str, ...] = ()
    crosswalk: str | None = None
    decided_by_name: str = ""


class Counts(Document, frozen=True):
    """`fields_in` of all items become `fields_out`; `merged_away` is what the citizen need not write again.

    `merged` of the fields out answer several item fields, `alone` one; `separated` of these by decision. `asked`,
    `prefilled` and `from_guidance` say who can answer a field out, on some path.
    """

    items: int
    fields_in: int
    fields_out: int
    merged: int
    alone: int
    separated: int
    merged_away: int
    asked: int
    prefilled: int
    from_guidance: int


class MergeCertificate(Document, frozen=True):
    """What can be said of a merged form: complete where there is no gap, publishable where no conflict is open."""

    rules: str
    items: tuple[CertifiedItem, ...]
    counts: Counts
    gaps: tuple[CertifiedGap, ...] = ()
    decisions: tuple[CertifiedDecision, ...] = ()
    settled: tuple[CertifiedFinding, ...] = ()
    conflicts: tuple[CertifiedFinding, ...] = ()
    narrowings: tuple[CertifiedFinding, ...] = ()


def certify(
    forms: Mapping[str, Sequence[FormField]],
    form: MergedForm,
    *,
    origins: Mapping[str, Origin],
    separated: Mapping[tuple[str, str], str],
    decisions: Sequence[CertifiedDecision] = (),
    settled: Sequence[tuple[Matter, str]] = (),
    accepted: Mapping[str, str] | None = None,
) -> MergeCertificate:
    """The certificate of `form`, which stands for all fields of `forms` (item → its own form).

    `origins`: merged key → who can answer it. `separated`: (item, field) → the decision that took it out of its merged
    field. `decisions`: those that count. `settled`: what was decided away, each with its decision. `accepted`: digest
    of a matter → decision.
    """
    accepted = accepted or {}  # a digest is made only where there is anything to look for
    found = [(matter, accepted.get(matter.digest, "") if accepted else "") for matter in matters_of(form)]
    items = tuple(_item(item, fields, form, separated) for item, fields in forms.items())
    return MergeCertificate(
        rules=RULES,
        items=items,
        gaps=tuple(CertifiedGap(item=gap.item, field=gap.field, reason=gap.reason) for gap in find_gaps(forms, form)),
        decisions=tuple(decisions),
        settled=tuple(_finding(matter, decision) for matter, decision in settled),
        conflicts=tuple(_finding(*one) for one in found if one[0].finding.severity == "conflict"),
        narrowings=tuple(_finding(*one) for one in found if one[0].finding.severity == "narrowing"),
        counts=_counts(items, form, origins, separated),
    )


def find_gaps(forms: Mapping[str, Sequence[FormField]], form: MergedForm) -> list[Gap]:
    """Every field of the item forms that is not answered exactly once, and everything an item would get besides."""
    gaps = coverage(form)
    told = {(gap.item, gap.field) for gap in gaps}
    for item, fields in forms.items():
        steps = form.projections.get(item, {})
        own = {field.code: field for field in fields}
        for code, field in own.items():
            if (item, code) not in told and (code not in steps or not _serves(field, steps[code])):
                gaps.append(Gap(item, code, "missing"))
        gaps += [Gap(item, code, "foreign") for code in steps if code not in own and (item, code) not in told]
    gaps += _lost_dependences(forms, form)
    gaps += [
        Gap(item, code, "foreign") for item, steps in form.projections.items() if item not in forms for code in steps
    ]
    return gaps


def _lost_dependences(forms: Mapping[str, Sequence[FormField]], form: MergedForm) -> list[Gap]:
    """Fields whose list depends on another of their item and, in the form, not on what answers that one."""
    kept = {(one.item, one.field): one for one in form.dependences}
    gaps = []
    for item, fields in forms.items():
        steps = form.projections.get(item, {})
        for field in fields:
            if field.within is None or field.code not in steps:
                continue
            one, above = kept.get((item, field.code)), steps.get(field.within)
            if one is None or above is None or (one.key, one.parent_key) != (steps[field.code].key, above.key):
                gaps.append(Gap(item, field.code, "parent"))
    return gaps


def _serves(field: FormField, step: Step) -> bool:
    """Whether a table gets the columns it has, no less and no more."""
    columns = frozenset(column.code for column in field.columns) if field.data_type == "table" else None
    return step.columns == columns


def _item(
    item: str, fields: Sequence[FormField], form: MergedForm, separated: Mapping[tuple[str, str], str]
) -> CertifiedItem:
    certified = tuple(_field(item, field, form, separated) for field in fields)
    return CertifiedItem(
        item=item,
        fields=certified,
        required=sum(field.required for field in fields),
        required_covered=sum(one.required and bool(one.key) for one in certified),
    )


def _field(item: str, field: FormField, form: MergedForm, separated: Mapping[tuple[str, str], str]) -> CertifiedField:
    step = form.projections.get(item, {}).get(field.code)
    if step is None:
        return CertifiedField(field=field.code, label=field.label, key="", required=field.required)
    merged = form.field(step.key)
    sharing = () if merged is None else merged.sources
    spellings = [step.translation or {}, *step.column_translations.values()]
    return CertifiedField(
        field=field.code,
        label=field.label,
        key=step.key,
        required=field.required,
        shared_with=tuple(dict.fromkeys(source.item for source in sharing if source.item != item)),
        translated=sum(said != code for spelling in spellings for code, said in spelling.items()),
        decision=separated.get((item, field.code), ""),
        within=next((one.parent_key for one in form.dependences if (one.item, one.field) == (item, field.code)), ""),
    )


def _finding(matter: Matter, decision: str) -> CertifiedFinding:
    finding = matter.finding
    return CertifiedFinding(
        severity=finding.severity,
        key=finding.key,
        aspect=finding.aspect,
        accepts=finding.accepts,
        refuses=finding.refuses,
        witness=finding.witness,
        column=finding.column,
        decision=decision,
    )


def _counts(
    items: Sequence[CertifiedItem],
    form: MergedForm,
    origins: Mapping[str, Origin],
    separated: Mapping[tuple[str, str], str],
) -> Counts:
    fields_in = sum(len(item.fields) for item in items)
    merged = sum(_is_merged(field) for field in form.fields)
    kinds = [origins.get(field.key, "asked") for field in form.fields]
    return Counts(
        items=len(items),
        fields_in=fields_in,
        fields_out=len(form.fields),
        merged=merged,
        alone=len(form.fields) - merged,
        separated=len(separated),
        merged_away=fields_in - len(form.fields),
        asked=kinds.count("asked"),
        prefilled=kinds.count("prefilled"),
        from_guidance=kinds.count("from_guidance"),
    )


def _is_merged(field: MergedField) -> bool:
    return len(field.sources) > 1
