"""Dictionaries, public fields and item forms by API."""

from itertools import count

import pytest

from forms_builder.models import Dictionary, ItemForm, PublicField
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
    return ItemForm.objects.create(item=item, document={"fields": [field]})


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
