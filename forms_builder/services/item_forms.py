"""An item's form drafted, submitted, approved by a second person, enabled, disabled."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from forms_builder import selectors
from forms_builder.models import ItemForm
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.services.items import authority
from opsplatform.kernel.errors import NotFound, StaleRevision, WrongState
from opsplatform.organizations.models import Department, Division
from opsplatform.release.models import Release, Version
from opsplatform.release.services import drafting, releasing, reviewing, withdrawing
from opsplatform.release.services.drafting import FirstDraft, Right

KIND = "item_form"


@transaction.atomic
def save_item_form(*, actor: User, item_key: str, tree: Any, expected_revision: int, right: Right = "edit") -> ItemForm:
    """The form's draft is this document at the next revision; a pending approval of the old one is void.

    An item without a form stands at revision 0: saving there begins its form.
    """
    item = selectors.lock_item(actor, item_key)
    form = selectors.find_item_form(item)
    if form is None:
        return _begin(actor, item, tree, expected_revision, right)
    if not selectors.may_see_form(actor, form):
        raise NotFound
    form.subject = drafting.save_draft(
        actor=actor, subject_id=form.subject_id, tree=tree, expected_revision=expected_revision, right=right
    )
    return form


def _begin(actor: User, item: ServiceItem, tree: Any, expected_revision: int, right: Right) -> ItemForm:
    division, department = place_of(item)
    actor.require(f"item_forms.{right}", within=division, department=department)
    if expected_revision != 0:
        raise StaleRevision(f"“{item}”还没有表单，您看到的是修订 {expected_revision}。", current_revision=0, changes=[])
    return open_item_forms(actor=actor, drafts=[(item, tree)], right=right)[0]


@transaction.atomic
def open_item_forms(
    *, actor: User, drafts: Sequence[tuple[ServiceItem, Any]], right: Right = "edit", **facts: Any
) -> list[ItemForm]:
    """The items, which had none, have forms with these first drafts; `facts` stand beside each in the trail."""
    firsts = [FirstDraft(item.key, *place_of(item), tree) for item, tree in drafts]
    subjects = drafting.open_drafts(actor=actor, kind=KIND, drafts=firsts, right=right, **facts)
    forms = (ItemForm(item=item, subject=subject) for (item, _), subject in zip(drafts, subjects, strict=True))
    return ItemForm.objects.bulk_create(forms)


def place_of(item: ServiceItem) -> tuple[Division, Department | None]:
    """The division and department on which rights to the item's form are judged, as to the item itself."""
    division, department = authority(item)
    if division is None:
        raise WrongState("还没有登记城市，不能编制事项表单。")
    return division, department


def submit_item_form(*, actor: User, item_key: str, expected_revision: int, note: str) -> Version:
    """The draft stands as the next version, with the code lists it names, waiting for a second person."""
    form = selectors.get_item_form(actor, item_key)
    return reviewing.submit(actor=actor, subject_id=form.subject_id, expected_revision=expected_revision, note=note)


def approve_item_form(*, actor: User, item_key: str, digest: str, note: str) -> Version:
    """The pending version may be enabled; the approval is bound to the digest the reviewer saw."""
    form = selectors.get_item_form(actor, item_key)
    return reviewing.approve(actor=actor, subject_id=form.subject_id, digest=digest, note=note)


def return_item_form(*, actor: User, item_key: str, digest: str, note: str) -> Version:
    """The pending version goes back to its authors with the reviewer's reason."""
    form = selectors.get_item_form(actor, item_key)
    return reviewing.return_to_draft(actor=actor, subject_id=form.subject_id, digest=digest, note=note)


@transaction.atomic
def enable_item_form(*, actor: User, item_key: str, version: int, note: str) -> Release:
    """The approved version is in force, in place of the one that was; themes take it from now on."""
    form = selectors.get_item_form(actor, item_key)
    division = form.subject.division
    begun = releasing.release(
        actor=actor, subject_id=form.subject_id, version_number=version, divisions=[division], note=note
    )
    if not begun:
        raise WrongState(f"“{form}”的版本 {version} 已经启用。")
    return begun[0]


@transaction.atomic
def approve_and_enable(*, actor: User, item_key: str, digest: str, note: str) -> Release:
    """The pending version is approved and in force, or neither."""
    version = approve_item_form(actor=actor, item_key=item_key, digest=digest, note=note)
    return enable_item_form(actor=actor, item_key=item_key, version=version.number, note=note)


@transaction.atomic
def disable_item_form(*, actor: User, item_key: str, note: str) -> Release:
    """No version of the form is in force any more; a theme that names the item cannot be submitted until one is."""
    form = selectors.get_item_form(actor, item_key)
    division = form.subject.division
    return withdrawing.withdraw(actor=actor, subject_id=form.subject_id, divisions=[division], note=note)[0]
