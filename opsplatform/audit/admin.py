"""The trail as audit administrators read it: browsed, never written, never counted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.timezone import localtime

from opsplatform.audit import words
from opsplatform.audit.filters import AuditEntryFilter
from opsplatform.audit.models import AuditEntry
from opsplatform.audit.selectors import order_of
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ScopedModelAdmin):
    view_action = "audit.view"
    has_history = False
    is_counted = False  # of a million rows in some districts, even ten thousand take long to count
    filterset_class = AuditEntryFilter
    list_display = ("moment", "actor_name", "done", "kind", "object_label", "division_code", "door", "reason")
    list_display_links = ("moment",)
    sortable_by = ()
    search_help_text = "对象、账号或请求编号（须完整）"
    fields = (
        "moment", "actor_name", "act", "kind", "object_key", "object_label", "division_code", "reason", "door",
        "request_id", "changes", "further",
    )  # fmt: skip
    readonly_fields = ("moment", "done", "act", "kind", "door", "changes", "further")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first."""
        return order_of(request.GET)

    @admin.display(description="时间")
    def moment(self, entry: Any) -> str:
        """To the second."""
        return format_html('<span class="op-nowrap">{}</span>', localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S"))

    @admin.display(description="动作")
    def done(self, entry: Any) -> str:
        """What was done, in words."""
        return words.action_in_words(entry.action)

    @admin.display(description="动作")
    def act(self, entry: Any) -> str:
        """What was done, in words and as the filter takes it."""
        return f"{words.action_in_words(entry.action)}（{entry.action}）"

    @admin.display(description="对象类型")
    def kind(self, entry: Any) -> str:
        """What it was done to, in words."""
        return words.type_in_words(entry.object_type)

    @admin.display(description="渠道")
    def door(self, entry: Any) -> str:
        """Through which door."""
        return words.channel_in_words(entry.channel)

    @admin.display(description="改动")
    def changes(self, entry: Any) -> str:
        """Before and after, place by place."""
        before, after = entry.before or {}, entry.after or {}
        places = [*before, *(place for place in after if place not in before)]
        changes = [{"place": place, "before": before.get(place), "after": after.get(place)} for place in places]
        return render_to_string("console/diff.html", {"changes": changes}) if changes else "—"

    @admin.display(description="说明")
    def further(self, entry: Any) -> str:
        """The other facts of the act."""
        return render_to_string("console/facts.html", {"facts": list(entry.facts.items())}) if entry.facts else "—"
