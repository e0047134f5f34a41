"""Dictionaries, public fields and item forms by API."""

from itertools import count
from typing import Any

import pytest

from forms_builder.models import Dictionary, ItemForm, PublicField
from forms_builder.tests.factories import CrosswalkFactory, ItemFormFactory
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.api.tests.scope import assert_out_of_sight
from opsplatform.catalog.models import ServiceItem
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import DepartmentFactory, DistrictFactory

pytestmark = pytest.mark.django_db
FORMS, DICTIONARIES, FIELDS = "/api/v1/item-forms/", "/api/v1/dictionaries/", "/api/v1/public-fields/"
_numbers = count(1)


def form(division: Division, label: str = "姓名") -> ItemForm:
    number = next(_numbers)
    item = ServiceItem.objects.create(
        key=f"item-{number}",
        name="事项",
        department=DepartmentFactory(division=division),
        basic_code="1",
        level_code="3",
    )
    field = {"code": "F1", "label": label, "data_type": "string", "order": 1}
    return ItemFormFactory(item=item, document={"fields": [field]}, is_in_force=True)


def dictionary() -> Dictionary:
    created: Dictionary = Dictionary.objects.create(code=f"D_{next(_numbers)}", name="性别")
    created.entries.create(code="1", name="男", order=1)
    created.entries.create(code="2", name="女", order=2)
    return created


def field() -> PublicField:
    return PublicField.objects.create(
        code=f"c_{next(_numbers)}", label="性别", data_type="dict", dictionary=dictionary()
    )


def test_forms_of_a_neighbouring_districts_items_are_out_of_sight() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    near, far = form(here), form(there, "金丝雀")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, here))
    queries = [f"q={far.item.key}", f"division={there.code}"]
    assert_out_of_sight(client, FORMS, near=near.item.key, far=far.item.key, canary="金丝雀", queries=queries)


def test_a_dictionary_is_shown_with_its_entries_in_order() -> None:
    shown = logged_in(person(RoleCode.DISTRICT_EDITOR)).get(f"{DICTIONARIES}{dictionary().code}/").json()
    assert [entry["code"] for entry in shown["entries"]] == ["1", "2"]


def code_of(found: Dictionary, code: str, act: str) -> str:
    return f"{DICTIONARIES}{found.code}/entries/{code}/{act}/"


def test_a_code_ends_by_api_at_the_revision_that_was_read() -> None:
    client, found = logged_in(person(RoleCode.OPERATOR)), dictionary()
    tag = client.get(f"{DICTIONARIES}{found.code}/")["ETag"]
    body = {"last_day": "2099-12-31", "successors": [{"code": "2"}], "note": "合并"}
    address = code_of(found, "1", "ending")

    def post(**headers: str) -> Any:
        return client.post(address, body, content_type="application/json", headers=headers)

    assert post().status_code == 428
    assert post(**{"If-Match": '"dictionary-9"'}).status_code == 412
    ended = post(**{"If-Match": tag})
    assert (ended.status_code, ended["ETag"]) == (200, '"dictionary-2"')
    assert (ended.json()["valid_to"], ended.json()["successors"]) == ("2099-12-31", ["2"])


def test_what_still_names_the_code_is_listed_and_refused_at_its_place() -> None:
    client, found = logged_in(person(RoleCode.OPERATOR)), dictionary()
    asked = {"code": "a", "label": "性别", "data_type": "dict", "dictionary": found.code, "order": 1}
    condition = {"q": "a", "op": "eq", "value": "1"}
    shown = {"code": "b", "label": "说明", "data_type": "string", "order": 2, "visible_when": condition}
    ItemFormFactory(document={"fields": [asked, shown]})
    (use,) = client.get(code_of(found, "1", "uses")).json()["open"]
    assert (use["kind"], use["place"], use["takes_several"]) == ("事项表单", "/fields/1/visible_when", True)
    refused = client.post(
        code_of(found, "1", "ending"),
        {"last_day": "2099-12-31", "note": "停用"},
        content_type="application/json",
        headers={"If-Match": '"dictionary-1"'},
    )
    assert refused.status_code == 422
    assert [error["code"] for error in refused.json()["errors"]] == ["undecided"]
    assert use["id"] in refused.json()["errors"][0]["pointer"]


def test_a_new_name_leaves_the_former_one_with_its_period() -> None:
    client, found = logged_in(person(RoleCode.OPERATOR)), dictionary()
    renamed = client.post(
        code_of(found, "1", "name"),
        {"name": "男性", "since": "2026-01-01", "note": "与国标一致"},
        content_type="application/json",
        headers={"If-Match": '"dictionary-1"'},
    )
    assert renamed.json()["former_names"] == [{"name": "男", "until": "2025-12-31"}]


def test_only_who_keeps_the_registers_changes_codes() -> None:
    client, found = logged_in(person(RoleCode.DISTRICT_EDITOR)), dictionary()
    assert client.get(code_of(found, "1", "uses")).status_code == 200
    for act in ("ending", "name"):
        assert client.post(code_of(found, "1", act), {}, content_type="application/json").status_code == 403
    assert client.get(code_of(found, "77", "uses")).status_code == 404


def test_a_crosswalk_is_shown_with_its_mappings() -> None:
    crosswalk = CrosswalkFactory(partner="税务")
    crosswalk.mappings.create(from_code="1", to_code="01")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR))
    shown = client.get(f"/api/v1/crosswalks/{crosswalk.code}/").json()
    assert [mapping["to_code"] for mapping in shown["mappings"]] == ["01"]
