"""Rows of item forms that were written before forms had versions become subjects, with everybody who wrote them."""

import json
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from forms_builder.models import ItemForm
from forms_builder.services.item_forms import submit_item_form
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.release.models import DraftRevision, Release

pytestmark = [pytest.mark.django_db, pytest.mark.every_server]
MIGRATION = import_module("forms_builder.migrations.0006_item_form_subjects")
FIELD = {"code": "a", "label": "姓名", "data_type": "string", "order": 1, "group": "owner"}


def move() -> None:
    """What the migration does, on tables as they are between the release before it and the one after."""
    loader = MigrationLoader(connection)
    state = loader.project_state([("forms_builder", "0005_public_fields"), *MIGRATION.Migration.dependencies])
    MIGRATION.Migration.operations[0].state_forwards("forms_builder", state)
    MIGRATION.move(state.apps, None)


def row(item: ServiceItem, revision: int = 1) -> int:
    """A form as a process of the release before writes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO forms_builder_itemform (item_id, document, revision) VALUES (%s, %s, %s) RETURNING id",
            [item.pk, json.dumps({"fields": [FIELD]}), revision],
        )
        return int(cursor.fetchone()[0])


def told(form: int, action: str, by: User, **facts: Any) -> None:
    AuditEntry.objects.create(
        actor=by, actor_name=by.name, action=f"item_form.{action}", object_type="forms_builder.itemform",
        object_key=str(form), facts=facts,
    )  # fmt: skip


def test_whoever_the_trail_names_is_an_author_and_nothing_is_in_force() -> None:
    item, importer, editor = ServiceItemFactory(), UserFactory(), UserFactory()
    form = row(item, revision=2)
    told(form, "imported", importer)
    told(form, "changed", editor, revision=2)
    move()
    subject = ItemForm.objects.select_related("subject").get(pk=form).subject
    assert (subject.code, subject.state, subject.draft_revision) == (item.key, "draft", 2)
    assert subject.draft == {"item": item.key, "sections": [{"code": "owner", "name": "owner"}], "fields": [FIELD]}
    saved = DraftRevision.objects.filter(subject=subject).order_by("revision")
    assert list(saved.values_list("revision", "saved_by")) == [(1, importer.pk), (2, editor.pk)]
    operator, _ = person(RoleCode.OPERATOR), person(RoleCode.OPERATOR)
    version = submit_item_form(actor=operator, item_key=item.key, expected_revision=2, note="首次提交")
    assert set(version.author_ids) == {importer.pk, editor.pk, operator.pk}
    assert not Release.objects.exists()


def test_where_the_trail_names_nobody_the_first_operator_stands_for_the_author() -> None:
    operator, _ = person(RoleCode.OPERATOR), person(RoleCode.OPERATOR)
    form = row(ServiceItemFactory(), revision=7)
    move()
    subject = ItemForm.objects.select_related("subject").get(pk=form).subject
    saved = DraftRevision.objects.filter(subject=subject)
    assert list(saved.values_list("revision", "saved_by")) == [(7, operator.pk)]


def test_a_row_that_nobody_can_have_written_waits_and_is_moved_once_only() -> None:
    item = ServiceItemFactory()
    row(item)
    move()
    assert not ItemForm.objects.select_related("subject").filter(subject__isnull=False).exists()
    person(RoleCode.OPERATOR)
    move()
    move()
    assert DraftRevision.objects.filter(subject__code=item.key).count() == 1
