"""Who wrote what a theme takes from the registers: authors of the version that freezes it, as its editors are."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Model, Q

from forms_builder.models import Dictionary, ItemForm, PublicField
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.organizations.models import BodyKind, Department

# Kind of a frozen revision's key → its table, and the columns that the rest of the key names.
_REGISTERS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "item": (ServiceItem, ("key",)),
    "item_form": (ItemForm, ("item__key",)),
    "material": (Material, ("code",)),
    "public_field": (PublicField, ("code",)),
    "dictionary": (Dictionary, ("code",)),
    "body_kind": (BodyKind, ("code",)),
    "department": (Department, ("division__code", "name")),
}


def find_contributors(now: Mapping[str, int], before: Mapping[str, int]) -> list[int]:
    """Accounts, by number, that brought register entries from the revisions `before` to those of `now` (see
    FrozenTheme.revisions); an entry that was not there before counts from its registration."""
    changed = {key: before.get(key, 0) for key, revision in now.items() if before.get(key) != revision}
    seen = _rows(changed)
    wanted = Q(pk__in=[])
    for object_type, rows in seen.items():
        wanted |= Q(object_type=object_type, object_key__in=rows)
    entries = AuditEntry.objects.filter(wanted, actor__isnull=False).order_by("id")
    return list(
        dict.fromkeys(
            actor
            for object_type, key, revision, actor in entries.values_list(
                "object_type", "object_key", "facts__revision", "actor"
            )
            if (revision or 1) > seen[object_type][key]
        )
    )


def _rows(changed: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Type and key under which the trail knows the entries → the revision from which on changes count."""
    codes: dict[str, dict[str, int]] = defaultdict(dict)
    for key, revision in changed.items():
        kind, _, code = key.partition(":")
        codes[kind][code] = revision
    rows: dict[str, dict[str, int]] = {}
    for kind, revisions in codes.items():
        model, columns = _REGISTERS[kind]
        first = [code.split("/", len(columns) - 1)[0] for code in revisions]
        found: Any = model._default_manager.filter(**{f"{columns[0]}__in": first}).values_list("pk", *columns)
        rows[model._meta.label_lower] = {
            str(pk): revisions["/".join(parts)] for pk, *parts in found if "/".join(parts) in revisions
        }
    return rows
