"""Dictionaries and public fields: rules, rights, record."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forms_builder.models import PublicField
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.public_fields import save_public_field
from forms_builder.services.splitting_fields import split_field
from forms_builder.services.where_used import find_references
from forms_builder.tests.factories import DictionaryFactory, ItemFormFactory, PublicFieldFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid, StaleRevision
from opsplatform.register_files.tests.world import as_csv, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return person("platform_operator")


def codes(refusal: Any) -> set[str]:
    return {problem.code for problem in refusal.value.problems}


def entry(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"第{code}项", **more}


def test_a_dictionary_is_registered_with_its_entries_in_order(operator: User) -> None:
    row = save_dictionary(
        actor=operator, values={"code": "colour", "name": "颜色", "entries": [entry("2"), entry("1")]}
    )
    assert list(row.entries.values_list("code", "order")) == [("2", 0), ("1", 1)]
    assert AuditEntry.objects.get(action="dictionary.registered").object_label == "颜色"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([entry("1"), entry("1")], "code_twice"),
        ([entry("一")], "malformed_code"),
        ([entry("1", parent_code="9")], "no_parent"),
        ([entry("1", valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1))], "empty_period"),
    ],
)
def test_entries_that_do_not_fit_are_refused(operator: User, entries: list[Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, values={"code": "colour", "name": "颜色", "entries": entries})
    assert code in codes(refusal)


def test_an_entry_is_dated_out_never_removed(operator: User) -> None:
    row = save_dictionary(actor=operator, values={"code": "colour", "name": "颜色", "entries": [entry("1")]})
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": []}, expected_revision=1)
    assert codes(refusal) == {"entry_removed"}
    kept = [entry("1", valid_to=date(2026, 1, 1))]
    save_dictionary(actor=operator, pk=row.pk, values={"entries": kept}, expected_revision=1)
    assert row.entries.get().valid_to == date(2026, 1, 1)


def test_an_old_revision_is_refused(operator: User) -> None:
    row = DictionaryFactory()
    save_dictionary(actor=operator, pk=row.pk, values={"note": "甲"}, expected_revision=1)
    with pytest.raises(StaleRevision) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"note": "乙"}, expected_revision=1)
    assert refusal.value.facts["changes"][0]["after"] == "甲"


def test_dictionaries_are_the_operators() -> None:
    with pytest.raises(Forbidden):
        save_dictionary(actor=person("lead_reviewer"), values={"code": "colour", "name": "颜色"})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"data_type": "dict"}, "required"),
        ({"data_type": "string", "scale": 2}, "not_allowed"),
        ({"data_type": "decimal", "scale": 19}, "too_many"),
        ({"data_type": "nonsense"}, "invalid"),
    ],
)
def test_a_field_that_contradicts_itself_is_refused(operator: User, values: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_public_field(actor=operator, values={"code": "c_x", "label": "某", **values})
    assert code in codes(refusal)


@pytest.mark.parametrize("code", ["不是代码", "企业名称", "c，name", "c_名称", "ｃ_name"])
def test_what_is_no_code_is_not_given_to_a_public_field(operator: User, code: str) -> None:
    """By no door: the form, a file, a split."""
    with pytest.raises(Invalid) as refusal:
        save_public_field(actor=operator, values={"code": code, "label": "某", "data_type": "string"})
    assert [problem.pointer for problem in refusal.value.problems] == ["/code"]
    browser = Client()
    browser.force_login(operator)
    form = {"code": code, "label": "某", "data_type": "string"}
    assert browser.post(reverse("admin:forms_builder_publicfield_add"), form).status_code == 200
    page = uploaded(browser, "publicfield", as_csv([["代码", "名称", "类型"], [code, "某", "文本"]]))
    assert [(problem.line, problem.letter) for problem in page.context["result"].problems if problem.letter == "A"]
    old = PublicFieldFactory()
    field = {"code": "a", "label": "某", "data_type": "string", "order": 1, "public_field": old.code}
    ItemFormFactory(document={"fields": [field]})
    (use,) = (one.id for one in find_references("public_field", old.code))
    with pytest.raises(Invalid) as refusal:
        split_field(actor=operator, source=old.code, code=code, label="某", uses=[use], note="含义不同")
    assert "/code" in {problem.pointer for problem in refusal.value.problems}
    assert not PublicField.objects.filter(code=code).exists()


def test_codes_as_dossiers_qualify_them_move_to_another_installation_by_file(operator: User) -> None:
    code = "c_address@YJS-310000-P4-0002~1"
    field = save_public_field(actor=operator, values={"code": code, "label": "地址", "data_type": "string"})
    assert field.pk and field.code == code


def test_a_coded_field_has_its_dictionary(operator: User) -> None:
    field = save_public_field(
        actor=operator, values={"code": "c_x", "label": "某", "data_type": "dict", "dictionary": DictionaryFactory()}
    )
    assert AuditEntry.objects.get(action="public_field.registered").object_key == str(field.pk)
