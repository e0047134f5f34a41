"""The item forms a person sees: searched, filtered, with their state and what is in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, When

from forms_builder.filters import ItemFormFilter
from forms_builder.models import ItemForm
from forms_builder.pages.item_form_base import LIST
from forms_builder.pages.item_form_wording import STATE_TONES
from forms_builder.selectors import list_items_without_form
from opsplatform.console.pages import ConsolePage
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.organizations.models import BodyKind
from opsplatform.release.models import DraftRevision, Release, Subject

ROWS_PER_PAGE, MOST_WITHOUT = 30, 20


class ItemFormList(ConsolePage):
    action = "registers.view"
    nav = LIST
    title = "事项表单"
    is_wide = True
    template_name = "forms_builder/item_form_list.html"

    def context(self) -> dict[str, Any]:
        """One page of the forms that pass the filter; an unreadable filter shows its errors and no form."""
        found = ItemFormFilter(self.request.GET or None, queryset=self._forms(), request=self.request)
        rows = found.qs if found.form.is_valid() or not found.is_bound else ItemForm.objects.none()
        page = list_page(rows, self.request.GET.get(PARAMETER), ROWS_PER_PAGE)
        fields = found.form
        return {
            "page": page,
            "rows": [_row(form) for form in page.rows],
            "filter": fields,
            "kinds": BodyKind.objects.order_by("code"),
            "states": Subject.State.choices,
            "has_drafts": self.actor.may_somewhere("item_forms.view_draft"),
            "problems": [error for errors in fields.errors.values() for error in errors],
            "without": [] if self.request.GET else list_items_without_form(self.actor)[:MOST_WITHOUT],
            "is_filtered": any(self.request.GET.get(name) for name in fields.fields),
        }

    def _forms(self) -> QuerySet[ItemForm]:
        live = Release.objects.live().filter(subject=OuterRef("subject"))
        saved = DraftRevision.objects.filter(subject=OuterRef("subject")).order_by("-revision")
        return (
            ItemForm.objects.visible_to(self.actor)
            .select_related("subject__current_version", "item__department__division", "item__body_kind")
            .defer("subject__draft", "subject__current_version__content")
            .annotate(
                version=Subquery(live.values("version__number")[:1]),
                released_at=Subquery(live.values("released_at")[:1]),
                saved_at=Subquery(saved.values("saved_at")[:1]),
                saved_by=Subquery(saved.values("saved_by__name")[:1]),
                sees_draft=Exists(ItemForm.objects.drafts_visible_to(self.actor).filter(pk=OuterRef("pk"))),
            )
            # When a draft was saved is for those who see it, also where it would only be told by the order.
            .annotate(moved_at=Case(When(sees_draft=True, then=F("saved_at")), default=F("released_at")))
            .order_by("-moved_at", "item__key")
        )


@dataclass(frozen=True)
class Row:
    """One form as the person may see it: draft and version, or only what is in force."""

    key: str
    name: str
    body: str
    state: str
    tone: str
    in_force: str
    changed_at: datetime
    changed_by: str


def _row(form: Any) -> Row:
    item, subject, sees_draft = form.item, form.subject, form.sees_draft
    return Row(
        key=item.key,
        name=item.name,
        body=str(item.department or item.body_kind.in_every_division),
        state=subject.get_state_display() if sees_draft else "",
        tone=STATE_TONES[subject.state],
        in_force=f"版本 {form.version}" if form.version else "",
        changed_at=form.moved_at,
        changed_by=form.saved_by if sees_draft else "",
    )
