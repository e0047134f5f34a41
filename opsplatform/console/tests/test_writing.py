"""What a register's form does: one service call, audited; refusals shown in place; stale edits refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forms_builder.admin import DictionaryEntryInline
from forms_builder.models import Dictionary
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.tests.factories import DictionaryEntryFactory, DictionaryFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import LegalBasis, Material, ServiceItem
from opsplatform.catalog.tests.factories import MaterialFactory, ServiceItemFactory
from opsplatform.kernel import recording
from opsplatform.organizations.models import Department
from opsplatform.organizations.tests.factories import BodyKindFactory, CityFactory, DepartmentFactory, DistrictFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> User:
    user = person("platform_operator")
    client.force_login(user)
    return user


def formset(prefix: str, rows: list[dict[str, Any]], initial: int = 0) -> dict[str, Any]:
    form = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return form | {f"{prefix}-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}


def body(department: Department, **changes: Any) -> dict[str, Any]:
    values = {"name": department.name, "short_name": "", "level_code": "", "uscc": "", "uscc_is_illustrative": "on"}
    return {**values, "seen_revision": department.revision, **changes}


def change(department: Department) -> str:
    return reverse("admin:organizations_department_change", args=[department.pk])


def test_a_saved_change_is_written_once_and_recorded(client: Client, operator: User) -> None:
    department = DepartmentFactory()
    response = client.post(change(department), body(department, short_name="简称"))
    assert response.status_code == 302
    department.refresh_from_db()
    assert (department.short_name, department.revision) == ("简称", 2)
    entry = AuditEntry.objects.get(action="department.changed")
    assert (entry.actor, entry.channel, entry.division_code) == (operator, "admin", department.division.code)
    assert (entry.before, entry.after) == ({"/short_name": ""}, {"/short_name": "简称"})
    assert entry.request_id


def test_saving_what_stands_already_changes_nothing(client: Client, operator: User) -> None:
    department = DepartmentFactory()
    assert client.post(change(department), body(department)).status_code == 302
    department.refresh_from_db()
    assert department.revision == 1
    assert not AuditEntry.objects.exists()


def test_a_stale_edit_is_refused_and_says_what_changed(client: Client, operator: User) -> None:
    department = DepartmentFactory()
    first = body(department, short_name="先改的")
    client.post(change(department), first)
    response = client.post(change(department), body(department, short_name="后改的"))
    assert response.status_code == 200
    errors = " ".join(response.context["adminform"].form.non_field_errors())
    assert "您看到的是修订 1" in errors
    assert f"{operator}：简称 （空） → 先改的" in errors
    department.refresh_from_db()
    assert department.short_name == "先改的"


def test_a_form_without_the_revision_is_refused(client: Client, operator: User) -> None:
    department = DepartmentFactory()
    values = body(department, short_name="盲改")
    del values["seen_revision"]
    assert client.post(change(department), values).status_code == 200
    department.refresh_from_db()
    assert department.short_name == ""


def test_what_the_service_refuses_stands_at_the_field(client: Client, operator: User) -> None:
    department = DepartmentFactory()
    values = body(department, uscc="11310000000000000A")
    del values["uscc_is_illustrative"]
    response = client.post(change(department), values)
    assert "校验位不正确" in response.context["adminform"].form.errors["uscc"][0]
    assert not AuditEntry.objects.exists()


def test_without_a_trail_nothing_is_written(client: Client, operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: a write that could not be recorded is not a write."""
    department = DepartmentFactory()
    monkeypatch.setattr(recording, "_trails", [])
    with pytest.raises(RuntimeError, match="no trail"):
        client.post(change(department), body(department, short_name="无痕"))
    department.refresh_from_db()
    assert department.short_name == ""


def test_a_new_row_is_registered_by_its_service(client: Client, operator: User) -> None:
    district = DistrictFactory()
    values = {"division": district.pk, "name": "新局", "uscc_is_illustrative": "on"}
    response = client.post(reverse("admin:organizations_department_add"), values)
    assert response.status_code == 302
    department = Department.objects.get(name="新局")
    assert AuditEntry.objects.get(action="department.registered").object_key == str(department.pk)


def test_what_a_row_is_known_by_cannot_be_changed(client: Client, operator: User) -> None:
    department, elsewhere = DepartmentFactory(), DistrictFactory()
    client.post(change(department), body(department, division=elsewhere.pk, short_name="改"))
    department.refresh_from_db()
    assert department.division != elsewhere


def test_a_dictionary_is_written_whole_and_keeps_its_entries(client: Client, operator: User) -> None:
    dictionary = DictionaryFactory()
    entry = DictionaryEntryFactory(dictionary=dictionary, code="1", name="甲")
    address = reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk])
    values = {"name": dictionary.name, "seen_revision": 1}
    rows = [{"id": entry.pk, "code": "1", "name": "甲改"}, {"id": "", "code": "2", "name": "乙"}]
    response = client.post(address, values | formset("entries", rows, initial=1))
    assert response.status_code == 302
    assert (entry.pk, "1", "甲改") in dictionary.entries.values_list("id", "code", "name")
    assert dictionary.entries.count() == 2
    recorded = AuditEntry.objects.get(action="dictionary.changed")
    assert recorded.after["/entries/1/name"] == "甲改"
    assert recorded.after["/entries/2"]["name"] == "乙"
    assert Dictionary.objects.get(pk=dictionary.pk).revision == 2


def test_an_entrys_code_cannot_be_changed_away(client: Client, operator: User) -> None:
    dictionary = DictionaryFactory()
    entry = DictionaryEntryFactory(dictionary=dictionary, code="1", name="甲")
    address = reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk])
    rows = [{"id": entry.pk, "code": "9", "name": "甲"}]
    response = client.post(address, {"name": dictionary.name, "seen_revision": 1} | formset("entries", rows, initial=1))
    assert "字典项 1 不能删除" in response.content.decode()
    assert list(dictionary.entries.values_list("code", flat=True)) == ["1"]


def test_what_is_wrong_with_entries_is_told_by_columns_and_codes(client: Client, operator: User) -> None:
    dictionary = DictionaryFactory()
    rows = [
        {"id": "", "code": "a", "name": "甲", "parent_code": "z"},
        {"id": "", "code": "b", "name": "乙", "valid_from": "2027-01-01", "valid_to": "2026-01-01"},
    ]
    address = reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk])
    response = client.post(address, {"name": dictionary.name, "seen_revision": 1} | formset("entries", rows))
    for told in (
        "字典项 上级代码：字典项 a 的上级代码 z 不存在。",
        "字典项 停用日期：字典项 b 的停用日期早于启用日期。",
    ):
        assert told in response.content.decode()


def test_what_one_request_cannot_carry_is_no_part_of_the_form(client: Client, operator: User, settings: Any) -> None:
    dictionary = DictionaryFactory()
    DictionaryEntryFactory.create_batch(21, dictionary=dictionary)
    address = reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk])
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 50 + 8 * 21
    assert "entries-20-code" in client.get(address).content.decode()
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 50 + 8 * 20
    page = client.get(address).content.decode()
    assert "entries-0-code" not in page and "字典项超过 20 项，不能在这一页修改" in page
    assert client.post(address, {"name": "改名", "seen_revision": 1}).status_code == 302
    dictionary.refresh_from_db()
    assert (dictionary.name, dictionary.entries.count()) == ("改名", 21)


def test_a_form_with_as_many_elements_as_it_offers_is_taken(client: Client, operator: User) -> None:
    dictionary = DictionaryFactory()
    rows = [{"id": "", "code": f"c{number}", "name": "项"} for number in range(DictionaryEntryInline.most())]
    blank = {"dictionary": "", "alias": "", "parent_code": "", "valid_from": "", "valid_to": ""}
    address = reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk])
    values = {"name": dictionary.name, "seen_revision": 1} | formset("entries", [row | blank for row in rows])
    assert client.post(address, values).status_code == 302
    assert dictionary.entries.count() == len(rows)


def test_an_entry_that_changes_is_the_only_one_written(operator: User, django_assert_max_num_queries: Any) -> None:
    """A list of twenty thousand is written again with every import; each written row would be a statement."""
    entries = [{"code": f"c{number}", "name": "项"} for number in range(60)]
    dictionary = save_dictionary(actor=operator, values={"code": "d", "name": "字典", "entries": entries})
    entries[30]["name"] = "改"
    with django_assert_max_num_queries(30):
        save_dictionary(actor=operator, pk=dictionary.pk, values={"entries": entries}, expected_revision=1)
    assert [entry.name for entry in dictionary.entries.all()].index("改") == 30


def test_a_material_is_written_with_its_review_points(client: Client, operator: User) -> None:
    material = MaterialFactory()
    address = reverse("admin:catalog_material_change", args=[material.pk])
    values = {"name": material.name, "original_count": 1, "copy_count": 0, "seen_revision": 1}
    rows = [{"id": "", "text": "须加盖公章"}, {"id": "", "text": "须在有效期内"}]
    assert client.post(address, values | formset("review_points", rows)).status_code == 302
    assert [point.text for point in material.review_points.all()] == ["须加盖公章", "须在有效期内"]
    kept, gone = material.review_points.all()
    rows = [{"id": kept.pk, "text": kept.text}, {"id": gone.pk, "text": gone.text, "DELETE": "on"}]
    values["seen_revision"] = 2
    assert client.post(address, values | formset("review_points", rows, initial=2)).status_code == 302
    assert list(Material.objects.get(pk=material.pk).review_points.all()) == [kept]


def test_an_item_is_registered_with_lists_and_legal_bases(client: Client, operator: User) -> None:
    kind = BodyKindFactory(code="D-TEST")
    values = {
        "name": "新事项", "body_kind": kind.pk, "basic_code": "000131001000", "sequence": "01", "level_code": "4",
        "statutory_days": 10, "promised_days": 5, "onsite_times": 0, "baseline_visits": 1,
        "conditions": "第一条\n\n第二条", "service_object_codes": "1，2", "handle_form_codes": "",
        "division_days": "310101 310104 3 中心城区",
    }  # fmt: skip
    rows = [{"id": "", "text": "某条例第一条"}]
    response = client.post(reverse("admin:catalog_serviceitem_add"), values | formset("legal_bases", rows))
    assert response.status_code == 302
    item = ServiceItem.objects.get()
    assert item.key == "D-TEST:000131001000:01"
    assert (item.conditions, item.service_object_codes) == (["第一条", "第二条"], ["1", "2"])
    assert item.division_days == [{"division_codes": ["310101", "310104"], "promised_days": 3, "note": "中心城区"}]
    assert LegalBasis.objects.get().item == item


def test_a_districts_promise_that_cannot_be_read_is_an_error_of_the_field(client: Client, operator: User) -> None:
    item = ServiceItemFactory()
    values = {"name": item.name, "level_code": "4", "division_days": "三天", "seen_revision": 1}
    response = client.post(
        reverse("admin:catalog_serviceitem_change", args=[item.pk]), values | formset("legal_bases", [])
    )
    assert "第 1 行应为" in response.context["adminform"].form.errors["division_days"][0]


def test_a_departments_editor_edits_the_items_of_that_department_only(client: Client) -> None:
    city = CityFactory()
    own, other = DepartmentFactory(division=city), DepartmentFactory(division=city)
    client.force_login(person("partner_editor", department=own))
    mine, theirs = ServiceItemFactory(department=own), ServiceItemFactory(department=other)
    values = {
        "name": "改了", "level_code": "4", "statutory_days": 1, "promised_days": 1, "onsite_times": 0,
        "baseline_visits": 0, "seen_revision": 1,
    }  # fmt: skip
    for item, status in ((mine, 302), (theirs, 403)):
        address = reverse("admin:catalog_serviceitem_change", args=[item.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, values | formset("legal_bases", [])).status_code == status
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.name, theirs.name != "改了") == ("改了", True)


def test_codes_are_chosen_by_name_and_a_code_the_dictionary_lost_is_kept(client: Client, operator: User) -> None:
    dictionary = DictionaryFactory(code="material_type")
    DictionaryEntryFactory(dictionary=dictionary, code="1", name="证件")
    material = MaterialFactory(material_type_code="9")
    address = reverse("admin:catalog_material_change", args=[material.pk])
    offered = dict(client.get(address).context["adminform"].form.fields["material_type_code"].choices)
    assert offered["1"] == "1 证件"
    values = {"name": "改名", "original_count": 0, "copy_count": 0, "seen_revision": 1}
    for code, status in (("7", 200), ("9", 302)):
        posted = {**values, "material_type_code": code} | formset("review_points", [])
        assert client.post(address, posted).status_code == status
    material.refresh_from_db()
    assert (material.name, material.material_type_code) == ("改名", "9")


def test_codes_are_typed_where_there_is_no_dictionary(client: Client, operator: User) -> None:
    item = ServiceItemFactory(service_object_codes=["1", "2"])
    form = client.get(reverse("admin:catalog_serviceitem_change", args=[item.pk])).context["adminform"].form
    assert form["service_object_codes"].value() == "1，2"
