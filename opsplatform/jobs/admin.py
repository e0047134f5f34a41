"""Work rows as a list: a person's own, and all of them for those who watch over them; steered on their page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.jobs.filters import JobFilter
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import title_of
from opsplatform.jobs.wording import standing_of, told


@admin.register(Job, site=site)
class JobAdmin(ScopedModelAdmin):
    view_action = "jobs.view_own"
    filterset_class = JobFilter
    change_list_template = "jobs/job_list.html"
    list_display = ("id", "title", "about", "standing", "created_by", "created_at", "finished_at")
    list_display_links = ("id", "title")
    list_select_related = ("created_by", "progress")
    fields = (
        "kind", "state", "object_type", "object_key", "attempts", "max_attempts", "due_at", "lease_until",
        "pending", "failures", "last_error", "created_by", "created_at", "finished_at",
    )  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, each row with the name of what it is about."""
        listed = super().get_changelist_instance(request)
        user: Any = request.user
        lines = told(user, listed.result_list)
        for line in lines:
            line.job.told_about = line.about  # type: ignore[attr-defined]
        listed.result_list = [line.job for line in lines]
        listed.has_open_work = any(line.standing.is_open for line in lines)
        return listed

    @admin.display(description="任务", ordering="kind")
    def title(self, row: Job) -> str:
        """What the work is called."""
        return title_of(row.kind)

    @admin.display(description="对象", ordering="object_key")
    def about(self, row: Any) -> str:
        """What the work is about, with the way there."""
        named = row.told_about
        return (
            format_html('<a class="text-primary-600" href="{}">{}</a>', named.url, named.name)
            if named.url
            else named.name or "—"
        )

    @admin.display(description="状态", ordering="state")
    def standing(self, row: Job) -> str:
        """Where the work stands, with its bar."""
        return render_to_string("jobs/standing.html", {"standing": standing_of(row)})

    def page_url(self, row: Any) -> str:
        """The page of the work."""
        return reverse("job", args=[row.pk])
