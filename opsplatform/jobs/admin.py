"""Work rows as those who watch over them see them: browsed here, steered on their page."""

from typing import Any

from django.contrib import admin
from django.urls import reverse

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.jobs.filters import JobFilter
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import title_of


@admin.register(Job, site=site)
class JobAdmin(ScopedModelAdmin):
    view_action = "jobs.view_all"
    filterset_class = JobFilter
    list_display = (
        "id",
        "title",
        "state",
        "object_key",
        "attempts",
        "due_at",
        "created_by",
        "created_at",
        "finished_at",
    )
    list_display_links = ("id", "title")
    list_select_related = ("created_by",)
    fields = (
        "kind", "state", "object_type", "object_key", "attempts", "max_attempts", "due_at", "lease_until",
        "pending", "failures", "last_error", "created_by", "created_at", "finished_at",
    )  # fmt: skip

    @admin.display(description="任务", ordering="kind")
    def title(self, row: Job) -> str:
        """What the work is called."""
        return title_of(row.kind)

    def page_url(self, row: Any) -> str:
        """The page of the work."""
        return reverse("job", args=[row.pk])
