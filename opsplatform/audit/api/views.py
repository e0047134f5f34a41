"""The audit trail; for people only."""

from opsplatform.api.operations import Operation
from opsplatform.api.views import Register, RegisterDetail, RegisterList
from opsplatform.audit.api.serializers import AuditEntrySerializer
from opsplatform.audit.filters import AuditEntryFilter
from opsplatform.audit.models import AuditEntry
from opsplatform.audit.selectors import order_of

VIEW = ("audit.view",)


class _AuditEntries(Register):
    queryset = AuditEntry.objects.select_related("actor")
    serializer_class = AuditEntrySerializer


class AuditEntryList(_AuditEntries, RegisterList):
    operations = {"get": Operation("list_audit_entries", "审计记录列表，最新在前", VIEW)}
    filterset_class = AuditEntryFilter

    def order(self) -> tuple[str, ...]:
        """The newest first."""
        return order_of(self.request.query_params)


class AuditEntryDetail(_AuditEntries, RegisterDetail):
    operations = {"get": Operation("read_audit_entry", "审计记录", VIEW, has_etag=True)}
    lookup_field = "id"

    def tag_of(self, row: AuditEntry) -> str:
        """The entry's own number: it never changes."""
        return f"e{row.pk}"
