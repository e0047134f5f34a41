"""What the API shows of the audit trail."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Anything
from opsplatform.audit.models import AuditEntry


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True, read_only=True)
    before = Anything()
    after = Anything()
    facts = Anything()

    class Meta:
        model = AuditEntry
        fields = [
            "id", "at", "actor", "actor_name", "action", "object_type", "object_key", "object_label", "division_code",
            "reason", "before", "after", "facts", "channel", "request_id",
        ]  # fmt: skip
        read_only_fields: Any = fields
