"""The trail as audit administrators read it: browsed, never written, never counted."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from opsplatform.audit.filters import AuditEntryFilter
from opsplatform.audit.models import AuditEntry
from opsplatform.console.registers import ScopedModelAdmin, UncountedPaginator
from opsplatform.console.site import site


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ScopedModelAdmin):
    view_action = "audit.view"
    filterset_class = AuditEntryFilter
    paginator = UncountedPaginator
    ordering = ("-id",)
    list_display = ("at", "actor_name", "action", "object_type", "object_label", "division_code", "channel", "reason")
    list_display_links = ("at",)
    sortable_by = ()
    search_help_text = "对象、账号或请求编号（须完整）"
    fields = (
        "at", "actor_name", "action", "object_type", "object_key", "object_label", "division_code", "reason",
        "channel", "request_id", "changes", "facts",
    )  # fmt: skip
    readonly_fields = ("changes",)

    @admin.display(description="改动")
    def changes(self, entry: Any) -> str:
        """Before and after, place by place."""
        before, after = entry.before or {}, entry.after or {}
        places = [*before, *(place for place in after if place not in before)]
        changes = [{"place": place, "before": before.get(place), "after": after.get(place)} for place in places]
        return render_to_string("console/diff.html", {"changes": changes})
