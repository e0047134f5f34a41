"""Registers of scene categories, themes and collisions. A theme has a life cycle, so its row leads to its page."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from themes.filters import CollisionFilter, SceneCategoryFilter, ThemeFilter
from themes.models import Collision, SceneCategory, Theme
from themes.services.categories import save_category


@admin.register(SceneCategory, site=site)
class SceneCategoryAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = SceneCategoryFilter
    identity_fields = ("code",)
    list_display = ("code", "name", "parent", "order", "valid_to", "merged_into")
    list_display_links = ("code", "name")
    list_select_related = ("parent", "merged_into")
    fields = ("code", "name", "parent", "order", ("valid_from", "valid_to"))
    autocomplete_fields = ("parent",)
    service = staticmethod(save_category)

    def page_url(self, row: Any) -> str:
        """The category's own page, which leads to this form."""
        return reverse("categories:category", args=[row.code])


@admin.register(Theme, site=site)
class ThemeAdmin(ScopedModelAdmin):
    filterset_class = ThemeFilter
    list_display = ("title", "code", "state", "category", "lead_department", "division")
    list_select_related = ("subject__division", "category", "lead_department")
    fields = ("code", "title", "state", "category", "lead_department", "partner_departments", "summary")
    readonly_fields = ("code", "title", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Theme]:
        """The themes in sight, each with whether its draft is."""
        seen = Theme.objects.drafts_visible_to(request.user)  # type: ignore[arg-type]
        rows = super().get_queryset(request).defer("subject__draft")
        return rows.annotate(sees_draft=Exists(seen.filter(pk=OuterRef("pk"))))

    @admin.display(description="名称", ordering="subject__title")
    def title(self, row: Any) -> str:
        """The theme's name."""
        return str(row.subject.title)

    @admin.display(description="代码", ordering="subject__code")
    def code(self, row: Any) -> str:
        """The theme's code."""
        return str(row.subject.code)

    @admin.display(description="状态")
    def state(self, row: Any) -> str:
        """The draft's state, for those who see the draft; what others see is on show."""
        return str(row.subject.get_state_display()) if row.sees_draft else "已上线"

    @admin.display(description="区划")
    def division(self, row: Any) -> str:
        """Whose theme it is."""
        return str(row.subject.division)

    def page_url(self, row: Any) -> str:
        """The theme's own page."""
        return reverse("themes:overview", args=[row.subject.code])


@admin.register(Collision, site=site)
class CollisionAdmin(ScopedModelAdmin):
    filterset_class = CollisionFilter
    list_display = ("local_code", "kind", "theme", "existing_code", "qualified_code", "is_settled")
    list_select_related = ("theme__subject",)
    fields = ("theme", "kind", "local_code", "existing_code", "qualified_code", "is_settled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collision]:
        """Collisions of the themes the person sees."""
        visible: Any = Theme.objects.visible_to(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(theme__in=visible).defer("differences", "theme__subject__draft")

    def page_url(self, row: Any) -> str:
        """The collision's own page, where it is settled."""
        return reverse("themes:collision", args=[row.pk])
