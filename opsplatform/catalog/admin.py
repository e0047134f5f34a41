"""Registers of items, materials and service points."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from opsplatform.catalog.filters import MaterialFilter, ServiceItemFilter, ServicePointFilter
from opsplatform.catalog.forms import ServiceItemForm, ServicePointForm
from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.catalog.selectors import responsible_department
from opsplatform.catalog.served_themes import themes_by_code
from opsplatform.catalog.services import items, materials, service_points
from opsplatform.console.registers import ElementInline, ScopedModelAdmin
from opsplatform.console.site import site


class LegalBasisInline(ElementInline):
    model = LegalBasis
    element = "legal_bases"
    fields = items.BASIS_FIELDS
    can_delete = True


@admin.register(ServiceItem, site=site)
class ServiceItemAdmin(ScopedModelAdmin):
    edit_action = "catalog.edit_items"
    filterset_class = ServiceItemFilter
    hidden_filters = ("department", "level_code")
    form = ServiceItemForm
    identity_fields = items.IDENTITY
    inlines = (LegalBasisInline,)
    list_display = ("name", "body", "basic_code", "sequence", "statutory_days", "promised_days", "is_fee")
    list_select_related = ("department__division", "body_kind")
    autocomplete_fields = ("department", "body_kind")
    readonly_fields = ("responsible", "result_names", "division_days_in_words")
    coded_fields = items.CODES
    service = staticmethod(items.save_item)
    fieldsets = (
        (
            "事项",
            {
                "fields": (
                    "name",
                    "daily_name",
                    ("department", "body_kind"),
                    "responsible",
                    ("basic_code", "sequence"),
                    "level_code",
                )
            },
        ),
        ("类型", {"fields": (("item_type_code", "project_type_code"), ("service_object_codes", "handle_form_codes"))}),
        (
            "时限与跑动",
            {"fields": (("statutory_days", "promised_days"), "division_days", ("onsite_times", "baseline_visits"))},
        ),
        ("条件、收费与结果", {"fields": ("conditions", ("is_fee", "fee_note"), "result_names", "confidence")}),
    )

    @admin.display(description="实施机构", ordering="department__name")
    def body(self, item: Any) -> str:
        """The body, or the kind of bodies, that does it."""
        return (
            f"{item.department}（{item.department.division}）" if item.department else item.body_kind.in_every_division
        )

    @admin.display(description="负责部门")
    def responsible(self, item: Any) -> str:
        """Who answers at the city, or wherever the body is, for the item and its form."""
        return str(responsible_department(item) or "市级运营") if item.pk else "—"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """For readers, the promised days of divisions in words."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(title, {**options, "fields": _in_words(options["fields"])}) for title, options in fieldsets]

    @admin.display(description="分区承诺时限")
    def division_days_in_words(self, item: Any) -> str:
        """Which divisions promise how many days."""
        told = [f"{'、'.join(row['division_codes'])}：{row['promised_days']} 个工作日" for row in item.division_days]
        return "；".join(told) or "—"

    @admin.display(description="办理结果")
    def result_names(self, item: Any) -> str:
        """The results by name."""
        return "；".join(str(result.get("name", "")) for result in item.results) or "—"

    def authority(self, row: Any) -> dict[str, Any]:
        """The body's division and the body."""
        within, department = items.authority(row)
        return {"within": within, "department": department}


def _in_words(fields: Any) -> tuple[Any, ...]:
    return tuple(
        _in_words(field)
        if isinstance(field, list | tuple)
        else "division_days_in_words"
        if field == "division_days"
        else field
        for field in fields
    )


class ReviewPointInline(ElementInline):
    model = ReviewPoint
    element = "review_points"
    fields = ("text",)
    can_delete = True


@admin.register(Material, site=site)
class MaterialAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = MaterialFilter
    identity_fields = ("code",)
    inlines = (ReviewPointInline,)
    list_display = ("code", "name", "exempt", "e_license", "issuer", "original_count", "copy_count", "merged_into")
    list_select_related = ("merged_into",)
    list_display_links = ("code", "name")
    coded_fields = materials.CODES
    service = staticmethod(materials.save_material)
    fieldsets = (
        ("材料", {"fields": ("code", "name", ("material_type_code", "form_code"), ("necessity_code", "source_code"))}),
        ("份数与来源", {"fields": (("original_count", "copy_count"), "issuer", ("exempt", "e_license"), "confidence")}),
    )


@admin.register(ServicePoint, site=site)
class ServicePointAdmin(ScopedModelAdmin):
    edit_action = "catalog.edit_service_points"
    filterset_class = ServicePointFilter
    form = ServicePointForm
    identity_fields = ("division",)
    list_display = ("name", "division", "theme_code", "address", "phone", "valid_from", "valid_to", "is_illustrative")
    list_select_related = ("division",)
    autocomplete_fields = ("division",)
    service = staticmethod(service_points.save_service_point)
    fieldsets = (
        ("办理地址", {"fields": ("division", "name", "theme_code", "address", "window")}),
        (
            "开放与联系",
            {"fields": ("hours", "holidays", "phone", ("longitude", "latitude"), ("valid_from", "valid_to"))},
        ),
        ("数据", {"fields": ("is_illustrative",)}),
    )

    def authority(self, row: Any) -> dict[str, Any]:
        """The division the window serves."""
        return {"within": row.division}

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns, with the theme by its name."""
        return tuple(
            _served_theme(request.user) if column == "theme_code" else column
            for column in super().get_list_display(request)
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """The form, with the themes this person sees."""
        form = super().get_form(request, obj, change, **kwargs)
        form.themes = themes_by_code(request.user)  # type: ignore[arg-type]
        return form


def _served_theme(actor: Any) -> Callable[[ServicePoint], str]:
    """The column that names the theme, read once for all rows; a theme out of sight keeps its code."""

    @cache
    def names() -> Any:
        return themes_by_code(actor)

    def shown(row: ServicePoint) -> str:
        return names().get(row.theme_code, row.theme_code) if row.theme_code else "所有主题"

    shown.__name__ = "theme_code"  # the admin's name for the column, in its markup and in the list's address
    shown.short_description = "服务的主题"  # type: ignore[attr-defined]
    shown.admin_order_field = "theme_code"  # type: ignore[attr-defined]
    return shown
