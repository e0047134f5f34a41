"""Who wrote what a version takes from the registers: authors of the version that freezes it, as its editors are.

A version tells what it took by `revisions`: key → revision (themes.packages.structure.FrozenTheme, FrozenItemForm).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Model, Q

from forms_builder.models import Crosswalk, Dictionary, PublicField
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.organizations.models import BodyKind, Department
from opsplatform.release.models import Subject
from opsplatform.release.selectors import author_ids_between

# Kind of a frozen revision's key → its table, and the columns that the rest of the key names.
_REGISTERS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "item": (ServiceItem, ("key",)),
    "material": (Material, ("code",)),
    "public_field": (PublicField, ("code",)),
    "dictionary": (Dictionary, ("code",)),
    "crosswalk": (Crosswalk, ("code",)),
    "body_kind": (BodyKind, ("code",)),
    "department": (Department, ("division__code", "name")),
}


def find_contributors(now: Mapping[str, int], before: Mapping[str, int]) -> list[int]:
    """Accounts, by number, that brought what was taken from the revisions `before` to those of `now`; what was not
    there before counts from its registration. What a second person has approved meanwhile has been judged and does not
    count: of a release subject, such as an item form, only who wrote since its last approved version."""
    changed = {key: before.get(key, 0) for key, revision in now.items() if before.get(key) != revision}
    subjects = {key: since for key, since in changed.items() if key.partition(":")[0] not in _REGISTERS}
    rows = {key: since for key, since in changed.items() if key not in subjects}
    return list(dict.fromkeys([*_of_registers(rows), *_of_drafts(now, subjects)]))


def _of_drafts(now: Mapping[str, int], changed: Mapping[str, int]) -> Iterator[int]:
    wanted = Q(pk__in=[])
    for key in changed:
        kind, _, code = key.partition(":")
        wanted |= Q(kind=kind, code=code)
    for subject in Subject.objects.filter(wanted).defer("draft"):
        key = f"{subject.kind}:{subject.code}"
        yield from author_ids_between(subject, changed[key], now[key])


def _of_registers(changed: Mapping[str, int]) -> Iterator[int]:
    seen = _rows(changed)
    wanted = Q(pk__in=[])
    for object_type, rows in seen.items():
        wanted |= Q(object_type=object_type, object_key__in=rows)
    entries = AuditEntry.objects.filter(wanted, actor__isnull=False).order_by("id")
    for object_type, key, revision, actor in entries.values_list(
        "object_type", "object_key", "facts__revision", "actor"
    ):
        if (revision or 1) > seen[object_type][key]:
            yield actor


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
