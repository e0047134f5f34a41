"""The feed as operators see it: its events, newest first, and above them how the sequencer is doing."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.timezone import localtime

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.feed import selectors, vocabulary
from opsplatform.feed.filters import EventFilter
from opsplatform.feed.models import Event
from opsplatform.feed.wording import standing_in_words


@admin.register(Event, site=site)
class EventAdmin(ScopedModelAdmin):
    view_action = "feed.view"
    has_history = False
    is_counted = False
    filterset_class = EventFilter
    change_list_template = "feed/event_list.html"
    list_display = ("place", "moment", "happened", "kind", "code", "division_code", "version", "short_digest")
    list_display_links = ("place",)
    sortable_by = ()
    search_help_text = "代码（须完整）"
    fields = (
        "place", "event_id", "moment", "happened", "kind", "code", "division_code", "version", "digest", "further",
        "announced_at", "stamped_at",
    )  # fmt: skip
    readonly_fields = ("place", "event_id", "moment", "happened", "further", "announced_at", "stamped_at")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the feed's standing for its head."""
        listed = super().get_changelist_instance(request)
        listed.standing = standing_in_words(selectors.standing())
        return listed

    @admin.display(description="位置")
    def place(self, event: Any) -> str:
        """Its position, or that it waits for one."""
        if event.position is not None:
            return str(event.position)
        return render_to_string("console/badge.html", {"text": "等待编号", "tone": "warn"})

    @admin.display(description="时间")
    def moment(self, event: Any) -> str:
        """When it happened, to the second."""
        return format_html('<span class="op-nowrap">{}</span>', localtime(event.at).strftime("%Y-%m-%d %H:%M:%S"))

    @admin.display(description="事件")
    def happened(self, event: Any) -> str:
        """What happened, in words and as readers see it."""
        return f"{vocabulary.title_of(event.type)}（{event.type}）"

    @admin.display(description="摘要")
    def short_digest(self, event: Any) -> str:
        """The beginning of the digest."""
        return format_html("<code>{}</code>", event.digest[:12]) if event.digest else "—"

    @admin.display(description="说明")
    def further(self, event: Any) -> str:
        """The other facts of the event."""
        return render_to_string("console/facts.html", {"facts": list(event.facts.items())}) if event.facts else "—"
