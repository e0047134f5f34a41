"""What the pages about one item's form share: the form as the person may see it, the path, the tabs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec
from django.urls import reverse

from forms_builder import selectors
from forms_builder.documents import ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.pages.item_form_wording import STATE_TONES, compare_forms
from forms_builder.services.freezing_forms import freeze_item_form
from opsplatform.catalog.selectors import responsible_department
from opsplatform.console.differences import Section
from opsplatform.console.pages import ConsolePage, Crumb, Tab, whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError
from opsplatform.release.models import Release
from opsplatform.release.selectors import find_live

LIST = "forms_builder:item_forms"


def changes_of_form(form: ItemForm, revision: int) -> list[Section]:
    """What changed in the form's draft since the revision somebody saw, in words; nothing where that is not known."""
    seen = form.subject.revisions.filter(revision=revision).first()
    if seen is None:
        return []
    documents = (msgspec.convert(tree, ItemFormDocument) for tree in (seen.document, form.subject.draft))
    before, after = (freeze_item_form(document, form.item.name, clock.today()) for document in documents)
    return compare_forms(before, after)


class ItemFormPage(ConsolePage):
    """A page about the form of the item whose key is in the address. Out of sight it does not exist."""

    action = "registers.view"
    nav = LIST
    tab: str = ""

    @cached_property
    def form(self) -> ItemForm:
        """The form; raises NotFound out of the person's sight."""
        return selectors.get_item_form(self.actor, self.kwargs["key"])

    @cached_property
    def live(self) -> Release | None:
        """What is in force."""
        return find_live(self.form.subject, self.form.subject.division)

    @cached_property
    def may_view_draft(self) -> bool:
        """Whether the person sees the draft."""
        return selectors.may_view_draft(self.actor, self.form)

    def may(self, action: str) -> bool:
        """Whether the person may do this to the form."""
        return selectors.may_on_form(self.actor, self.form, action)

    def require(self, action: str) -> None:
        """Passes when the person may do this to the form; raises Forbidden naming it otherwise."""
        selectors.require_on_form(self.actor, self.form, action)

    def url(self, name: str) -> str:
        """The address of a page about this form."""
        return reverse(f"forms_builder:{name}", args=[self.form.item.key])

    def page(self, *, status: int = 200, **extra: Any) -> Any:
        """The page with what its header shows."""
        form = self.form
        item, subject = form.item, form.subject
        header = {
            "object": form,
            "name": item.name,
            "body": item.department or (item.body_kind.in_every_division if item.body_kind else ""),
            "responsible": responsible_department(item),
            "state": subject.get_state_display(),
            "state_tone": STATE_TONES[subject.state],
            "live": self.live,
            "may_view_draft": self.may_view_draft,
        }
        return super().page(status=status, **{**header, **extra})

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed in the draft since the page was opened."""
        if not refusal.facts.get("changes"):
            return ()
        return changes_of_form(self.form, whole_number(self.request.POST.get("revision", "")) or 0)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, form, page."""
        above = [Crumb("事项表单", self.nav_url)]
        if self.title == self.form.item.name:
            return [*above, Crumb(self.title)]
        return [*above, Crumb(self.form.item.name, self.url("item_form")), Crumb(self.title)]

    def tabs(self) -> Sequence[Tab]:
        """The pages about this form that the person may open."""
        shown = [("item_form", "概况")]
        if self.may_view_draft:
            shown.append(("designer", "设计" if self.may("item_forms.edit") else "试填"))
        shown.append(("item_form_history", "历史"))
        return [Tab(title, self.url(name), is_active=name == self.tab) for name, title in shown]
