"""The sheet of the trail, for those who may read it; what the trail masks stays masked."""

from opsplatform.audit import words
from opsplatform.audit.models import AuditEntry
from opsplatform.spreadsheets.columns import columns_of, shown
from opsplatform.spreadsheets.sheets import RegisterSheet, register

register(
    RegisterSheet(
        model=AuditEntry,
        columns=(
            shown("at", "时间", lambda entry: entry.at),
            *columns_of(AuditEntry, ("actor_name",)),
            shown("done", "动作", lambda entry: words.action_in_words(entry.action)),
            shown("action", "动作代码", lambda entry: entry.action),
            shown("kind", "对象类型", lambda entry: words.type_in_words(entry.object_type)),
            *columns_of(AuditEntry, ("object_key", "object_label", "division_code", "reason")),
            shown("door", "渠道", lambda entry: words.channel_in_words(entry.channel)),
            *columns_of(AuditEntry, ("request_id", "before", "after", "facts")),
        ),
    ),
)
