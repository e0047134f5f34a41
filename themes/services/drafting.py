"""A theme's draft, saved whole with the revision it was read at."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.organizations.models import Department
from opsplatform.release.services import drafting
from themes import selectors
from themes.models import Theme
from themes.services.deciding import require_standing


@transaction.atomic
def save_theme(*, actor: User, code: str, tree: Any, expected_revision: int) -> Theme:
    """The theme's draft is this document at the next revision; a pending approval of the old one is void.

    Decisions about the merge stay as they were decided, or go: this is not where they are made.
    """
    theme = selectors.get_theme(actor, code, lock=True)
    before = theme.subject.draft
    theme.subject = drafting.save_draft(
        actor=actor, subject_id=theme.subject_id, tree=tree, expected_revision=expected_revision
    )
    require_standing(before, theme.subject.draft)
    if items_of(theme.subject.draft) - items_of(before):
        take_in_partners(theme)
    return theme


def items_of(tree: Any) -> set[str]:
    """The register keys of the items of a theme's document."""
    return {item["item"] for item in tree.get("items", ())}


def take_in_partners(theme: Theme) -> None:
    """Every department that answers for an item of the draft is a partner: it sees the draft and confirms its part."""
    items = ServiceItem.objects.filter(key__in=items_of(theme.subject.draft))
    answering = Department.objects.filter(
        Q(pk__in=items.values("department")) | Q(pk__in=items.values("body_kind__responsible"))
    )
    theme.partner_departments.add(*answering.exclude(pk=theme.lead_department_id))
