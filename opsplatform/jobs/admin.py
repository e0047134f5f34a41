"""Work rows as those who watch over them see them: browsed here, steered on their page."""

from typing import Any

from django.contrib import admin
from django.urls import reverse

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.jobs.filters import JobFilter
from opsplatform.jobs.models import Job


@admin.register(Job, site=site)
class JobAdmin(ScopedModelAdmin):
    view_action = "jobs.view_all"
    filterset_class = JobFilter
    list_display = (
        "id",
        "kind",
        "state",
        "object_key",
        "attempts",
        "due_at",
        "created_by",
        "created_at",
        "finished_at",
    )
    list_display_links = ("id", "kind")
    list_select_related = ("created_by",)
    fields = (
        "kind", "state", "object_type", "object_key", "attempts", "max_attempts", "due_at", "lease_until",
        "pending", "failures", "last_error", "created_by", "created_at", "finished_at",
    )  # fmt: skip

    def page_url(self, row: Any) -> str:
        """The page of the work."""
        return reverse("job", args=[row.pk])
