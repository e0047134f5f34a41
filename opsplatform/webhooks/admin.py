"""Endpoints as a list; what is done with one is done on its pages."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.webhooks.filters import EndpointFilter
from opsplatform.webhooks.models import Endpoint
from opsplatform.webhooks.wording import standing_of


@admin.register(Endpoint, site=site)
class EndpointAdmin(ScopedModelAdmin):
    view_action = "webhooks.view"
    filterset_class = EndpointFilter
    add_page = "webhook-new"
    add_page_action = "webhooks.keep"
    list_display = ("name", "peer", "division", "standing", "succeeded_at")
    list_select_related = ("peer", "division")
    fields = ("name", "peer", "division", "url", "event_types", "state", "state_reason")

    @admin.display(description="状态", ordering="state")
    def standing(self, row: Endpoint) -> str:
        """How it is doing."""
        standing = standing_of(row)
        return render_to_string("console/badge.html", {"text": standing.text, "tone": standing.tone})

    def page_url(self, row: Endpoint) -> str:
        """The endpoint's own page."""
        return reverse("webhook", args=[row.pk])
