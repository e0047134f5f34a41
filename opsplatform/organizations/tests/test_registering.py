"""Divisions, kinds of bodies and bodies: rules, rights, record."""

from typing import Any

import pytest

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound
from opsplatform.organizations.models import BodyKind, Division
from opsplatform.organizations.services.registering import save_body_kind, save_department, save_division
from opsplatform.organizations.tests.factories import (
    BodyKindFactory,
    CityFactory,
    DepartmentFactory,
    DistrictFactory,
    StreetFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return person("platform_operator")


def district(**changes: Any) -> dict[str, Any]:
    city = CityFactory()
    return {"code": "310199", "name": "新区", "level": "district", "kind": "district", "parent": city, **changes}


def pointers(refusal: Any) -> set[str]:
    return {problem.pointer for problem in refusal.value.problems}


def test_a_new_division_has_its_place_in_the_tree(operator: User) -> None:
    division = save_division(actor=operator, values=district())
    assert division.path == "/310000/310199/"
    assert AuditEntry.objects.get(action="division.registered").division_code == "310199"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": "3101"}, "/code"),
        ({"code": "320199"}, "/code"),
        ({"code": "31019９"}, "/code"),
        ({"level": "street"}, "/level"),
        ({"name": ""}, "/name"),
    ],
)
def test_a_division_that_does_not_fit_is_refused(operator: User, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_division(actor=operator, values=district(**changes))
    assert pointer in pointers(refusal)
    assert not Division.objects.filter(parent__isnull=False).exists()


def test_a_code_taken_is_refused(operator: User) -> None:
    save_division(actor=operator, values=district())
    with pytest.raises(Invalid) as refusal:
        save_division(actor=operator, values=district())
    assert "/code" in pointers(refusal)


def test_a_code_is_given_once(operator: User) -> None:
    division = save_division(actor=operator, values=district())
    with pytest.raises(Invalid) as refusal:
        save_division(actor=operator, pk=division.pk, values={"code": "310198"}, expected_revision=1)
    assert pointers(refusal) == {"/code"}


@pytest.mark.parametrize("role", ["district_editor", "lead_editor", "system_admin", "acceptance_platform"])
def test_shared_registers_are_the_operators(role: str) -> None:
    with pytest.raises(Forbidden):
        save_body_kind(actor=person(role), values={"code": "D-X", "name": "某类局", "level": "district"})


def test_a_neighbours_body_cannot_be_written() -> None:
    department = DepartmentFactory()
    editor = person("district_editor", DistrictFactory())
    with pytest.raises(NotFound):
        save_department(actor=editor, pk=department.pk, values={"name": "夺名"}, expected_revision=1)


def test_the_credit_code_is_checked_unless_it_is_illustrative(operator: User) -> None:
    values = {"division": DistrictFactory(), "name": "某局", "uscc": "11310000MB2F30999X"}
    with pytest.raises(Invalid) as refusal:
        save_department(actor=operator, values=values)
    assert pointers(refusal) == {"/uscc"}
    assert save_department(actor=operator, values={**values, "uscc_is_illustrative": True}).pk


def test_a_division_has_one_body_of_a_kind(operator: User) -> None:
    kind, division = BodyKindFactory(), DistrictFactory()
    save_department(actor=operator, values={"division": division, "name": "甲局", "kind": kind})
    with pytest.raises(Invalid, match="填写的内容有误") as refusal:
        save_department(actor=operator, values={"division": division, "name": "乙局", "kind": kind})
    assert "该区划已有这一类别的机构。" in {problem.sentence for problem in refusal.value.problems}


def test_a_kind_names_a_department_of_the_city_that_answers_for_its_items(operator: User) -> None:
    kind, department = BodyKindFactory(), DepartmentFactory(division=CityFactory())
    for body in (DepartmentFactory(), DepartmentFactory(division=StreetFactory())):
        with pytest.raises(Invalid) as refusal:
            save_body_kind(actor=operator, pk=kind.pk, values={"responsible": body}, expected_revision=1)
        assert [(problem.pointer, problem.sentence) for problem in refusal.value.problems] == [
            ("/responsible", "负责部门必须是市级部门。")
        ]
    named = save_body_kind(actor=operator, pk=kind.pk, values={"responsible": department}, expected_revision=1)
    assert (BodyKind.objects.get().responsible, named.revision) == (department, 2)
    entry = AuditEntry.objects.get(action="body_kind.changed")
    assert (entry.before, entry.after) == ({"/responsible": None}, {"/responsible": str(department.pk)})
    save_body_kind(actor=operator, pk=kind.pk, values={"responsible": None}, expected_revision=2)
    assert BodyKind.objects.get().responsible is None


def test_a_kind_of_streets_does_not_suit_a_district(operator: User) -> None:
    kind = BodyKindFactory(level="street")
    with pytest.raises(Invalid) as refusal:
        save_department(actor=operator, values={"division": DistrictFactory(), "name": "甲", "kind": kind})
    assert pointers(refusal) == {"/kind"}
