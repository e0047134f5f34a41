"""Item forms become subjects of the release engine: draft, versions, releases.

Every form becomes a draft at the revision it stood at; none is in force until somebody has it approved. Whoever the
trail names as its author stays the author of that revision. What earlier revisions said is not known any more: each of
them is kept with its author and the present text. Where the trail names nobody, the first operator stands for the
author, so that a second person still has to look. Sections are named by their codes: their names were the themes'.

The columns of before stay, with values of their own accord, while processes of the release before this one still run;
the release after this one drops them.
"""

from collections import defaultdict
from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def move(apps: Any, schema_editor: Any) -> None:
    """Every row without a subject has one."""
    forms, subjects = apps.get_model("forms_builder", "ItemForm"), apps.get_model("release", "Subject")
    revisions = apps.get_model("release", "DraftRevision")
    city = apps.get_model("organizations", "Division").objects.filter(parent=None).order_by("code").first()
    rows = list(forms.objects.filter(subject=None).select_related("item__department__division").order_by("pk"))
    authors = _authors(apps, [row.pk for row in rows])
    stand_in = _stand_in(apps)
    for row in rows:
        division = row.item.department.division if row.item.department else city
        written = authors[row.pk] or ({row.revision: stand_in} if stand_in else {})
        if division is None or not written:
            continue  # a form that nobody can have written: it waits without a subject
        written.setdefault(row.revision, written[max(written)])
        draft = _draft(row.item.key, row.document)
        subject = subjects.objects.create(
            kind="item_form", code=row.item.key, title=row.item.name, division=division, draft=draft,
            draft_revision=max(written),
        )  # fmt: skip
        for revision, author in sorted(written.items()):
            revisions.objects.create(subject=subject, revision=revision, document=draft, saved_by_id=author)
        row.subject = subject
        row.save(update_fields=["subject"])


def _authors(apps: Any, pks: list[int]) -> dict[int, dict[int, int]]:
    """Form → revision → who wrote it, as the trail tells."""
    entries = apps.get_model("audit", "AuditEntry").objects.filter(
        object_type="forms_builder.itemform", object_key__in=[str(pk) for pk in pks], actor__isnull=False
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for key, revision, actor in entries.order_by("id").values_list("object_key", "facts__revision", "actor"):
        found[int(key)][revision or 1] = actor
    return found


def _stand_in(apps: Any) -> int | None:
    held = apps.get_model("accounts", "Membership").objects.filter(role__code="platform_operator")
    return held.order_by("user_id").values_list("user_id", flat=True).first()


def _draft(key: str, document: Any) -> Any:
    fields = document.get("fields", [])
    groups = dict.fromkeys(field["group"] for field in fields if field.get("group"))
    sections = [{"code": group, "name": group} for group in groups]
    return {"item": key, **({"sections": sections} if sections else {}), **({"fields": fields} if fields else {})}


class Migration(migrations.Migration):
    dependencies = [
        ("forms_builder", "0005_public_fields"),
        ("release", "0003_longer_codes"),
        ("catalog", "0001_initial"),
        ("organizations", "0001_initial"),
        ("accounts", "0004_roles"),
        ("audit", "0002_append_only"),
    ]
    operations = [
        migrations.AddField(
            "itemform",
            "subject",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="item_form",
                to="release.subject",
                verbose_name="发布对象",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE forms_builder_itemform ALTER COLUMN document SET DEFAULT '{}', "
            "ALTER COLUMN revision SET DEFAULT 1",
            "ALTER TABLE forms_builder_itemform ALTER COLUMN document DROP DEFAULT, ALTER COLUMN revision DROP DEFAULT",
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *(
                    migrations.RemoveField("itemform", name)
                    for name in ("document", "revision", "created_at", "updated_at")
                ),
                migrations.AlterField(
                    "itemform",
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="item_form",
                        to="release.subject",
                        verbose_name="发布对象",
                    ),
                ),
            ]
        ),
    ]
