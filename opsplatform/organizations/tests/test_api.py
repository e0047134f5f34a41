"""Divisions, kinds of bodies and bodies by API: a district sees its own line."""

import pytest
from django.db.models import QuerySet

from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.api.tests.scope import assert_out_of_sight
from opsplatform.organizations.api.views import DepartmentList
from opsplatform.organizations.models import Department
from opsplatform.organizations.tests.factories import (
    BodyKindFactory,
    CityFactory,
    DepartmentFactory,
    DistrictFactory,
    StreetFactory,
)

pytestmark = pytest.mark.django_db
DIVISIONS, DEPARTMENTS, KINDS = "/api/v1/divisions/", "/api/v1/departments/", "/api/v1/body-kinds/"


def test_a_neighbouring_district_is_out_of_sight() -> None:
    here, there = DistrictFactory(), DistrictFactory(name="邻区金丝雀")
    StreetFactory(parent=there, name="邻街金丝雀")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, here))
    assert_out_of_sight(
        client,
        DIVISIONS,
        near=here.code,
        far=there.code,
        canary="金丝雀",
        queries=["q=金丝雀", f"division={there.code}", f"parent={there.code}", "level=street", "kind=subdistrict"],
    )
    assert client.get(f"{DIVISIONS}310000/").status_code == 200, "the city above is in sight"


def test_a_neighbouring_districts_bodies_are_out_of_sight() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    near, far = DepartmentFactory(division=here), DepartmentFactory(division=there, name="金丝雀局")
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, here))
    queries = ["q=金丝雀", f"division={there.code}", "level=district"]
    assert_out_of_sight(client, DEPARTMENTS, near=near.pk, far=far.pk, canary="金丝雀", queries=queries)


def test_a_kind_says_which_department_of_the_city_answers_for_it() -> None:
    department = DepartmentFactory(division=CityFactory())
    named, other = BodyKindFactory(responsible=department), BodyKindFactory()
    client = logged_in(person(RoleCode.DISTRICT_EDITOR, DistrictFactory()))
    shown = client.get(f"{KINDS}{named.code}/").json()
    assert shown["responsible"] == {"id": department.pk, "division": department.division.code}
    assert client.get(f"{KINDS}{other.code}/").json()["responsible"] is None
    found = client.get(f"{KINDS}?responsible={department.pk}").json()["results"]
    assert [kind["code"] for kind in found] == [named.code]


def test_a_list_that_forgot_its_scope_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(self: DepartmentList) -> QuerySet[Department]:
        return self.queryset.all()

    monkeypatch.setattr(DepartmentList, "visible_rows", everything)
    with pytest.raises(AssertionError):
        test_a_neighbouring_districts_bodies_are_out_of_sight()


def test_a_machine_sees_the_line_of_its_division() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    shown = calling(machine(RoleCode.DEPARTMENT_SYSTEM, here), "registers:read").get(DIVISIONS).json()["results"]
    assert {row["code"] for row in shown} == {here.code, CityFactory().code}
    assert there.code not in {row["code"] for row in shown}


def test_a_division_is_shown_with_what_is_above_it() -> None:
    street = StreetFactory()
    shown = logged_in(person(RoleCode.OPERATOR)).get(f"{DIVISIONS}{street.code}/").json()
    assert (shown["parent"], shown["level"], shown["is_statistical"]) == (street.parent.code, "street", False)
    assert logged_in(person(RoleCode.OPERATOR)).get(f"{DIVISIONS}310000/").json()["parent"] is None
