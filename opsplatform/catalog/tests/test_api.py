"""Items, materials and service points by API."""

from itertools import count

import pytest

from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.api.tests.scope import assert_out_of_sight
from opsplatform.catalog.models import ServiceItem, ServicePoint
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import BodyKindFactory, DepartmentFactory, DistrictFactory

pytestmark = pytest.mark.django_db
ITEMS, POINTS = "/api/v1/service-items/", "/api/v1/service-points/"
_numbers = count(1)


def item(division: Division, name: str = "事项") -> ServiceItem:
    number = next(_numbers)
    created: ServiceItem = ServiceItem.objects.create(
        key=f"item-{number}", name=name, department=DepartmentFactory(division=division), basic_code=f"{number:010d}",
        level_code="3",
    )  # fmt: skip
    created.legal_bases.create(text="《条例》第一条")
    return created


def point(division: Division, name: str = "") -> ServicePoint:
    return ServicePoint.objects.create(division=division, name=name or f"窗口{next(_numbers)}", address="某路1号")


def test_items_of_a_neighbouring_districts_body_are_out_of_sight() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    near, far = item(here), item(there, "金丝雀事项")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, here))
    queries = ["q=金丝雀", f"division={there.code}", f"department={far.department_id}", "level_code=3", "is_fee=false"]
    assert_out_of_sight(client, ITEMS, near=near.key, far=far.key, canary="金丝雀", queries=queries)


def test_an_item_of_a_kind_of_body_is_in_everyones_sight() -> None:
    kind = BodyKindFactory()
    ServiceItem.objects.create(key="of-a-kind", name="类别事项", body_kind=kind, basic_code="1", level_code="3")
    shown = logged_in(person(RoleCode.DISTRICT_EDITOR, DistrictFactory())).get(f"{ITEMS}of-a-kind/").json()
    assert (shown["body_kind"], shown["department"]) == (kind.code, None)


def test_windows_of_a_neighbouring_district_are_out_of_sight() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    near, far = point(here), point(there, "金丝雀窗口")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, here))
    queries = ["q=金丝雀", f"division={there.code}", "theme_code=", "valid_on=2026-01-01", "is_illustrative=false"]
    assert_out_of_sight(client, POINTS, near=near.pk, far=far.pk, canary="金丝雀", queries=queries)
