"""The one way into the trail: called by every service inside its transaction."""

from typing import Any

from django.db import connection, models

from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.masking import HIGHLY_SENSITIVE, SENSITIVE, shown
from opsplatform.kernel.request_context import channel, request_id

_SECRET = ("password", "secret", "token", "private_key", "signature")
_IDENTITY = ("cert_no", "id_card", "phone", "citizen_id")


def record(
    actor: User | None,
    action: str,
    thing: models.Model,
    *,
    before: Any = None,
    after: Any = None,
    reason: str = "",
    division: str = "",
    **facts: Any,
) -> AuditEntry:
    """An entry stands in the trail once the surrounding transaction commits; outside one it refuses to write.

    `thing` names itself by `audit_key` where it has one, else by its primary key; `division` is the code whose audit
    administrators may read the entry; without one it concerns the whole city.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the trail is written in the transaction of the act")
    return AuditEntry.objects.create(
        actor=actor,
        actor_name=str(actor) if actor else "系统",
        action=action,
        object_type=thing._meta.label_lower,
        object_key=str(getattr(thing, "audit_key", thing.pk)),
        object_label=str(thing)[:300],
        division_code=division,
        reason=reason,
        before=masked(before),
        after=masked(after),
        facts=masked(facts),
        channel=channel.get(),
        request_id=request_id.get(),
    )


def masked(tree: Any) -> Any:
    """The tree with secrets removed and identity numbers and phones shortened to their ends."""
    if isinstance(tree, dict):
        return {key: _masked_value(key, value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [masked(value) for value in tree]
    return tree


def _masked_value(key: str, value: Any) -> Any:
    name = str(key).rpartition("/")[2].lower()  # a pointer is about its last step
    if any(word in name for word in _SECRET):
        return shown(value, HIGHLY_SENSITIVE)
    if any(word in name for word in _IDENTITY) and not isinstance(value, dict):
        return shown(value, SENSITIVE)
    return masked(value)
