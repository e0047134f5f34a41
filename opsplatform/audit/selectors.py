"""Questions about the trail."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet

from opsplatform.audit.models import AuditEntry


def list_entries_of(thing: Model) -> QuerySet[AuditEntry]:
    """The entries about the thing, newest first. Scope is the caller's."""
    return AuditEntry.objects.filter(
        object_type=thing._meta.label_lower, object_key=str(getattr(thing, "audit_key", thing.pk))
    )


def order_of(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """The order in which entries are listed, the newest first, given the filters' parameters.

    By number, in which acts were written. Between two moments by moment: an index on it finds where they begin.
    """
    return ("-at", "-id") if asked.get("at_from") or asked.get("at_to") else ("-id",)


def changes_since(thing: Model, revision: int) -> list[dict[str, Any]]:
    """What entries of later revisions say changed: place, before, after, by whom, oldest first."""
    entries = list_entries_of(thing).filter(facts__revision__gt=revision).order_by("id")
    return [
        {"place": place, "before": (entry.before or {}).get(place), "after": after, "by": entry.actor_name}
        for entry in entries
        for place, after in (entry.after or {}).items()
    ]
