"""The themes a person sees: searched, filtered, with their state and where they are live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.organizations.models import Division
from opsplatform.release.models import DraftRevision, Release, Subject
from opsplatform.release.review_selectors import Debt, debts_of
from themes.filters import ThemeFilter
from themes.models import SceneCategory, Theme
from themes.pages.base import LIST, ActorPage
from themes.pages.wording import labels

ROWS_PER_PAGE = 30


class ThemeList(ActorPage):
    action = "registers.view"
    nav = LIST
    title = "主题"
    is_wide = True
    template_name = "themes/list.html"

    def context(self) -> dict[str, Any]:
        """One page of the themes that pass the filter; an unreadable filter shows its errors and no theme."""
        found = ThemeFilter(self.request.GET or None, queryset=self._themes(), request=self.request)
        rows = found.qs if found.form.is_valid() or not found.is_bound else Theme.objects.none()
        page = list_page(rows, self.request.GET.get(PARAMETER), ROWS_PER_PAGE)
        fields, debts = found.form, debts_of(theme.pk for theme in page.rows)
        return {
            "page": page,
            "rows": [_row(theme, debts) for theme in page.rows],
            "filter": fields,
            "categories": SceneCategory.objects.all(),
            "states": Subject.State.choices,
            "districts": Division.objects.visible_to(self.actor).filter(level=Division.Level.DISTRICT),
            "problems": [error for errors in fields.errors.values() for error in errors],
            "may_begin": self.actor.may_somewhere("themes.edit"),
            "is_filtered": any(self.request.GET.get(name) for name in fields.fields),
        }

    def _themes(self) -> QuerySet[Theme]:
        live = Release.objects.live().filter(subject=OuterRef("subject"))
        count = live.order_by().values("subject").annotate(count=Count("*")).values("count")
        saved = DraftRevision.objects.filter(subject=OuterRef("subject")).order_by("-revision")
        live_draft = live.order_by("-version__number").values("version__draft_revision")[:1]
        # The name on show: drafts keep every saved state, which is cheaper to look into than frozen bytes.
        live_name = DraftRevision.objects.filter(subject=OuterRef("subject"), revision=Subquery(live_draft)).values(
            "document__name"
        )
        return (
            Theme.objects.visible_to(self.actor)
            .select_related("subject__current_version", "category", "lead_department")
            .defer("subject__draft", "subject__current_version__content")
            .annotate(
                live_count=Coalesce(Subquery(count), 0),
                live_name=Subquery(live_name),
                released_at=Subquery(live.order_by("-id").values("released_at")[:1]),
                saved_at=Subquery(saved.values("saved_at")[:1]),
                saved_by=Subquery(saved.values("saved_by__name")[:1]),
                sees_draft=Exists(Theme.objects.drafts_visible_to(self.actor).filter(pk=OuterRef("pk"))),
            )
            # When a draft was saved is for those who see it, also where it would only be told by the order.
            .annotate(moved_at=Case(When(sees_draft=True, then=F("saved_at")), default=F("released_at")))
            .order_by("-moved_at", "subject__code")
        )


@dataclass(frozen=True)
class Row:
    """One theme as the person may see it: draft and version, or only what is on show."""

    code: str
    name: str
    category: str
    lead: str
    state: str
    tone: str
    version: str
    live_count: int
    changed_at: datetime
    changed_by: str
    debt: Debt | None


def _row(theme: Any, debts: Mapping[int, Debt]) -> Row:
    subject, version, sees_draft = theme.subject, theme.subject.current_version, theme.sees_draft
    return Row(
        code=theme.code,
        name=subject.title if sees_draft else theme.live_name,
        category=str(theme.category or ""),
        lead=str(theme.lead_department),
        state=subject.get_state_display() if sees_draft else "已上线",
        tone=labels.STATE_TONES[subject.state] if sees_draft else "good",
        version=f"版本 {version.number}" if sees_draft and version else "",
        live_count=theme.live_count,
        changed_at=theme.moved_at,
        changed_by=theme.saved_by if sees_draft else "",
        debt=debts.get(theme.pk),
    )
