"""Values of sensitive fields (分级分类): hidden from who may not see them, seen on request and on record by who may."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from forms_builder.merge.certificate import MergeCertificate
from forms_builder.merge.intersection import Finding
from forms_builder.merge.matters import matters_of
from forms_builder.models import PublicField
from forms_builder.services.forms_in_force import find_usable_forms
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.documents import write
from opsplatform.kernel.notes import require_note
from themes import selectors
from themes.models import Theme
from themes.packages.masking import (
    HeldValue,
    classes_by_key,
    classes_of,
    held_values,
    masked_certificate,
    masked_finding,
    masked_tree,
)
from themes.packages.merging import settle
from themes.packages.structure import FrozenTheme
from themes.services.certifying import Certified
from themes.services.showing import show_draft

SEE = "themes.see_sensitive"


def classes_today(tree: Any) -> dict[str, str]:
    """The class of every field that the document names, by today's registers."""
    bound = {use["public_field"]: use["code"] for use in tree.get("field_uses", ())}
    rows = PublicField.objects.filter(code__in=bound)
    items = {item["item"]: item["code"] for item in tree.get("items", ())}
    return classes_by_key(
        bound,
        {bound[row.code]: row.effective_sensitivity for row in rows},
        {items[key]: form.document.fields for key, form in find_usable_forms(items).items()},
    )


def sees_values(actor: User, theme: Theme) -> bool:
    """Whether the actor reads values of sensitive fields in the theme's draft as they stand."""
    return selectors.may_on(actor, theme, SEE)


def masked_draft(theme: Theme) -> Any:
    """The theme's draft as whoever may not see values of sensitive fields reads it, by the classes of today."""
    return masked_tree(theme.subject.draft, classes_today(theme.subject.draft))


def certificate_as_seen(actor: User, theme: Theme, certified: Certified) -> MergeCertificate | None:
    """The certificate as the actor may see it; None where there is none."""
    certificate = certified.certificate
    if certificate is None or sees_values(actor, theme):
        return certificate
    return masked_certificate(certificate, classes_of(certified.frozen))


def certificate_tree(actor: User, theme: Theme, certified: Certified) -> Any:
    """The certificate as the actor may see it with what is proved of the guidance; None where there is none."""
    certificate = certificate_as_seen(actor, theme, certified)
    if certificate is None:
        return None
    return {**write(certificate), "proof": None if certified.proof is None else write(certified.proof)}


@dataclass(frozen=True)
class Revealed:
    """What the draft holds of sensitive fields, whole: values, and what the merge found with its witnesses."""

    frozen: FrozenTheme
    values: tuple[HeldValue, ...]
    findings: tuple[Finding, ...]


@transaction.atomic
def reveal_values(*, actor: User, code: str, note: str) -> Revealed:
    """The trail says that the actor saw the values of sensitive fields in the draft, and why; these are they."""
    note = require_note(note)
    theme = selectors.get_draft(actor, code)
    subject = theme.subject
    actor.require(SEE, within=subject.division, department=theme.lead_department, on=theme)
    shown = show_draft(theme)
    classes = classes_of(shown.frozen)
    values = tuple(held_values(subject.draft, classes))
    found = () if shown.has_gaps else (matter.finding for matter in matters_of(settle(shown.frozen).form))
    findings = tuple(finding for finding in found if masked_finding(finding, classes) != finding)
    keys = {held.key for held in values} | {finding.key for finding in findings}
    trail.record(
        actor, "theme.values_seen", theme, division=subject.division.code, reason=note,
        revision=subject.draft_revision, fields=sorted(keys),
    )  # fmt: skip
    return Revealed(shown.frozen, values, findings)
