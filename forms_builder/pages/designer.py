"""The designer of an item's form: the draft is worked on in the browser and saved whole through the API."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from forms_builder import selectors
from forms_builder.pages.item_form_base import ItemFormPage
from forms_builder.services.item_forms import place_of
from opsplatform.console.pages import ConsolePage, Crumb, Tab
from opsplatform.release.review_selectors import what_saving_voids


@method_decorator(never_cache, name="dispatch")
class Designer(ItemFormPage):
    """Who may not edit the form, or only looks (`?look=1`), tries it and changes nothing. An item may have none yet.

    The page carries the draft, so whoever comes back to it gets it anew.
    """

    action = "item_forms.view_draft"
    template_name = "forms_builder/designer.html"
    is_wide = True
    tab = "designer"

    @cached_property
    def draft(self) -> selectors.FormDraft:
        """The draft of the item in the address; raises NotFound and Forbidden."""
        return selectors.get_form_draft(self.actor, self.kwargs["key"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return "设计表单"

    def page(self, *, status: int = 200, **extra: Any) -> Any:
        """The page with the header of the form's other pages, as far as there is a form."""
        return (
            super().page(status=status, **extra) if self.draft.form else ConsolePage.page(self, status=status, **extra)
        )

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, form, designer."""
        if self.draft.form:
            return super().breadcrumbs()
        return (Crumb("事项表单", self.nav_url), Crumb(self.draft.item.name), Crumb(self.title))

    def tabs(self) -> Sequence[Tab]:
        """The pages about the form that the person may open."""
        return super().tabs() if self.draft.form else ()

    def context(self) -> dict[str, Any]:
        """The document, and what the page needs to save it."""
        draft = self.draft
        division, department = place_of(draft.item)
        may_edit = self.actor.may("item_forms.edit", within=division, department=department)
        route = f"/api/v1/item-forms/{quote(draft.item.key, safe='/:')}"
        return {
            "voids": what_saving_voids(draft.form.subject, shown="启用") if draft.form and may_edit else "",
            "item": draft.item,
            "document": draft.tree,
            "facts": {
                "code": draft.item.key,
                "person": self.actor.username,
                "revision": draft.revision,
                "tag": "draft",
                "may_edit": may_edit and "look" not in self.request.GET,
                "draft_url": f"{route}/draft/",
                "findings_url": f"{route}/findings/",
                "look_url": f"{self.request.path}?look=1",
                "matching_url": reverse("public_fields:item_matching", args=[draft.item.key]) if draft.form else "",
            },
        }
