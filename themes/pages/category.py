"""One scene category: the themes and national themes under it, its name, and how it ends."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from forms_builder.pages.base import day_typed
from opsplatform.console.differences import Section
from opsplatform.console.pages import Crumb, whole_number
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Invalid
from opsplatform.release.models import Release, Subject
from themes import selectors
from themes.models import SceneCategory, Theme
from themes.pages.base import ActorPage, changes_of_draft
from themes.pages.categories import LIST
from themes.pages.wording import labels
from themes.services.categories import (
    count_drafts,
    file_theme,
    in_order,
    merge_category,
    retire_category,
    save_category,
)

_THEMES_AT_ONCE = 30


class CategoryPage(ActorPage):
    action = "registers.view"
    writes = SceneCategory
    nav = LIST
    template_name = "themes/category.html"

    @cached_property
    def category(self) -> SceneCategory:
        """The category; raises NotFound."""
        return selectors.get_category(self.kwargs["code"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.category)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """The tree, the categories above, this one."""
        above = []
        parent = self.category.parent
        while parent is not None:
            above.append(Crumb(str(parent), reverse("categories:category", args=[parent.code])))
            parent = parent.parent
        return (Crumb("场景分类", self.nav_url), *reversed(above), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """What is under the category in the person's sight, and what ending it would do."""
        category, typed, today = self.category, self.request.POST, clock.today()
        page = list_page(self._themes(), self.request.GET.get(PARAMETER), _THEMES_AT_ONCE)
        others = in_order(SceneCategory.objects.in_force(today).filter(merged_into=None).exclude(pk=category.pk))
        may_edit = self.actor.may("registers.edit")
        return {
            "category": category,
            "is_over": category.is_over(today),
            "page": page,
            "themes": [self._line(theme) for theme in page.rows],
            "children": in_order(category.children.filter(merged_into=None)),
            "national": [
                entry for entry in selectors.list_national_themes(self.actor) if entry.category_id == category.pk
            ],
            "others": others,
            "may_edit": may_edit,
            "edit_url": reverse("admin:themes_scenecategory_change", args=[category.pk]),
            "draft_count": count_drafts(category.code) if may_edit else 0,
            "open_child_count": sum(not child.is_over(today) for child in category.children.all()),
            "today": today,
            "typed": typed,
            "do": typed.get("do", ""),
        }

    def _themes(self) -> Any:
        live = Exists(Release.objects.live().filter(subject=OuterRef("subject")))
        sees_draft = Exists(Theme.objects.drafts_visible_to(self.actor).filter(pk=OuterRef("pk")))
        may_edit = Exists(Theme.objects.editable_by(self.actor).filter(pk=OuterRef("pk")))
        return (
            Theme.objects.visible_to(self.actor)
            .filter(category=self.category)
            .select_related("subject__division", "lead_department")
            .defer("subject__draft")
            .annotate(
                is_live=live,
                sees_draft=sees_draft,
                may_edit=may_edit,
                filed=KeyTextTransform("category_code", "subject__draft"),
            )
            .order_by("subject__code")
        )

    def _line(self, theme: Any) -> dict[str, Any]:
        subject = theme.subject
        is_told = theme.sees_draft and not (theme.is_live and subject.state == Subject.State.APPROVED)
        return {
            "theme": theme,
            "lead": str(theme.lead_department),
            "is_live": theme.is_live,
            "state": subject.get_state_display() if is_told else "",
            "tone": labels.STATE_TONES[subject.state],
            "moves_to": theme.filed if theme.sees_draft and theme.filed != self.category.code else "",
            "revision": subject.draft_revision,
            "may_file": theme.sees_draft and theme.may_edit,
        }

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """Of the category, or of the draft that was to be filed elsewhere."""
        typed = self.request.POST
        if typed.get("do") != "file" or not refusal.facts.get("changes"):
            return super().changed_since(refusal)
        theme = selectors.get_draft(self.actor, typed.get("theme", ""))
        return changes_of_draft(theme, whole_number(typed.get("revision", "")) or 0)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The category is renamed, merged or over, or a theme is filed elsewhere; refused in place otherwise."""
        typed, do = request.POST, request.POST.get("do", "")
        seen = whole_number(typed.get("revision", ""))
        here, note = reverse("categories:category", args=[code]), typed.get("note", "")
        if do == "rename":
            values = {"name": typed.get("name", "").strip()}
            save_category(actor=self.actor, pk=self.category.pk, values=values, expected_revision=seen)
            return self.done("已改名；已发布的主题仍用发布时的名称。", here)
        if do == "merge":
            into = typed.get("into", "")
            merge_category(actor=self.actor, code=code, into=into, expected_revision=seen, note=note)
            return self.done("已并入。", reverse("categories:category", args=[into]))
        if do == "retire":
            last_day = day_typed(typed.get("last_day", ""), "/last_day", "停用日期")
            retire_category(actor=self.actor, code=code, last_day=last_day, expected_revision=seen, note=note)
            return self.done("已停用。", here)
        if do == "file":
            category = typed.get("category", "")
            file_theme(actor=self.actor, theme=typed.get("theme", ""), category=category, expected_revision=seen or 0)
            return self.done("草稿已移到另一分类；已上线的版本在下次发布时跟着改变。", here)
        raise Invalid("没有这项操作。")
