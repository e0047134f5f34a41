"""Registers of approved hosts and networks."""

from django.contrib import admin

from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.egress.filters import ApprovedHostFilter, ApprovedNetworkFilter
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.services import approving


@admin.register(ApprovedHost, site=site)
class ApprovedHostAdmin(ScopedModelAdmin):
    view_action = "egress.view"
    edit_action = "egress.approve"
    filterset_class = ApprovedHostFilter
    identity_fields = ("host", "port")
    list_display = ("host", "port", "purpose", "is_active", "updated_at")
    fields = ("host", "port", "purpose", "is_active")
    service = staticmethod(approving.save_host)


@admin.register(ApprovedNetwork, site=site)
class ApprovedNetworkAdmin(ScopedModelAdmin):
    view_action = "egress.view"
    edit_action = "egress.approve"
    filterset_class = ApprovedNetworkFilter
    identity_fields = ("network",)
    list_display = ("network", "name", "is_active", "updated_at")
    fields = ("network", "name", "is_active")
    service = staticmethod(approving.save_network)
