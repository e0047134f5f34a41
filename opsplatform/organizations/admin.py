"""Registers of divisions, kinds of bodies and bodies."""

from typing import Any

from django.contrib import admin

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.organizations.filters import BodyKindFilter, DepartmentFilter, DivisionFilter
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.services import registering
from opsplatform.organizations.sheets import CODES


@admin.register(Division, site=site)
class DivisionAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = DivisionFilter
    identity_fields = ("code", "level", "parent")
    list_display = ("code", "name", "level", "kind", "parent")
    list_display_links = ("code", "name")
    list_select_related = ("parent",)
    fields = ("code", "name", "level", "kind", "parent")
    autocomplete_fields = ("parent",)
    service = staticmethod(registering.save_division)

    def authority(self, row: Any) -> dict[str, Any]:
        """The division itself."""
        return {"within": row}


@admin.register(BodyKind, site=site)
class BodyKindAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = BodyKindFilter
    identity_fields = ("code", "level")
    hidden_filters = ("responsible",)
    list_display = ("code", "name", "short_name", "level", "responsible")
    list_display_links = ("code", "name")
    list_select_related = ("responsible",)
    fields = ("code", "name", "short_name", "level", "level_code", "responsible")
    autocomplete_fields = ("responsible",)
    coded_fields = CODES
    service = staticmethod(registering.save_body_kind)


@admin.register(Department, site=site)
class DepartmentAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = DepartmentFilter
    identity_fields = ("division",)
    list_display = ("name", "short_name", "division", "kind", "uscc", "uscc_is_illustrative")
    list_select_related = ("division", "kind")
    fields = ("division", "name", "short_name", "kind", "level_code", "uscc", "uscc_is_illustrative")
    autocomplete_fields = ("division", "kind")
    coded_fields = CODES
    service = staticmethod(registering.save_department)

    def authority(self, row: Any) -> dict[str, Any]:
        """The division the body belongs to."""
        return {"within": row.division}
