"""Items, materials and service points: rules, rights, record."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.forms import HolidaysField
from opsplatform.catalog.services.items import save_item
from opsplatform.catalog.services.materials import save_material
from opsplatform.catalog.services.service_points import save_service_point
from opsplatform.catalog.tests.factories import ServiceItemFactory, ServicePointFactory
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import CityFactory, DepartmentFactory, DistrictFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def district() -> Division:
    return DistrictFactory()


@pytest.fixture
def operator() -> User:
    return person("platform_operator")


def pointers(refusal: Any) -> set[str]:
    return {problem.pointer for problem in refusal.value.problems}


def test_an_item_belongs_to_a_body_or_a_kind_not_both_not_neither(operator: User) -> None:
    with pytest.raises(Invalid) as refusal:
        save_item(actor=operator, values={"name": "无主", "basic_code": "1", "level_code": "4"})
    assert "实施机构与实施机构类别必须且只能填一个。" in {problem.sentence for problem in refusal.value.problems}


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"basic_code": "小写abc"}, "/basic_code"),
        ({"statutory_days": 5, "promised_days": 6}, "/promised_days"),
        (
            {"legal_bases": [{"text": "甲", "valid_from": date(2026, 1, 2), "valid_to": date(2026, 1, 1)}]},
            "/legal_bases/0/valid_to",
        ),
    ],
)
def test_an_item_that_does_not_hold_together_is_refused(operator: User, values: dict[str, Any], pointer: str) -> None:
    standing = {"name": "事项", "department": DepartmentFactory(), "basic_code": "1", "level_code": "4"}
    with pytest.raises(Invalid) as refusal:
        save_item(actor=operator, values={**standing, **values})
    assert pointer in pointers(refusal)


def test_legal_bases_stay_when_they_are_not_mentioned(operator: User) -> None:
    item = ServiceItemFactory()
    save_item(actor=operator, pk=item.pk, values={"legal_bases": [{"text": "甲"}]}, expected_revision=1)
    save_item(actor=operator, pk=item.pk, values={"name": "改名"}, expected_revision=2)
    assert [basis.text for basis in item.legal_bases.all()] == ["甲"]
    assert AuditEntry.objects.filter(action="item.changed").count() == 2


def test_a_departments_editor_does_not_write_anothers_item() -> None:
    city = CityFactory()
    editor = person("lead_editor", department=DepartmentFactory(division=city))
    item = ServiceItemFactory(department=DepartmentFactory(division=city))
    with pytest.raises(Forbidden):
        save_item(actor=editor, pk=item.pk, values={"name": "夺"}, expected_revision=1)


def test_an_e_licence_is_named(operator: User) -> None:
    with pytest.raises(Invalid) as refusal:
        save_material(actor=operator, values={"code": "M_X", "name": "证", "exempt": "e_license"})
    assert pointers(refusal) == {"/e_license"}


def test_materials_are_the_operators(district: Division) -> None:
    with pytest.raises(Forbidden):
        save_material(actor=person("district_editor", district), values={"code": "M_X", "name": "证"})


def test_a_district_writes_its_own_windows_and_no_others(district: Division) -> None:
    editor = person("district_editor", district)
    values = {"division": district, "name": "窗口", "address": "路"}
    assert save_service_point(actor=editor, values=values).pk
    with pytest.raises(Forbidden):
        save_service_point(actor=editor, values={**values, "division": CityFactory()})
    with pytest.raises(NotFound):
        save_service_point(actor=editor, pk=ServicePointFactory().pk, values={"name": "夺"}, expected_revision=1)


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "/valid_to"),
        ({"longitude": Decimal("121.4")}, "/latitude"),
        ({"longitude": Decimal(200), "latitude": Decimal(31)}, "/longitude"),
        ({"longitude": Decimal(121), "latitude": Decimal(91)}, "/latitude"),
        ({"holidays": {"国庆节": "休息"}}, "/holidays"),
        ({"holidays": {"20261001": "休息"}}, "/holidays"),
        ({"holidays": {"2026-10-01": " "}}, "/holidays"),
        ({"holidays": ["2026-10-01"]}, "/holidays"),
    ],
)
def test_a_window_that_cannot_be_is_refused(district: Division, values: dict[str, Any], pointer: str) -> None:
    standing = {"division": district, "name": "窗口", "address": "路"}
    with pytest.raises(Invalid) as refusal:
        save_service_point(actor=person("district_editor", district), values={**standing, **values})
    assert pointer in pointers(refusal)


def test_the_last_day_of_a_window_counts(district: Division) -> None:
    day = date(2026, 1, 1)
    values = {"division": district, "name": "窗口", "address": "路", "valid_from": day, "valid_to": day}
    assert save_service_point(actor=person("district_editor", district), values=values).pk


def test_holidays_are_typed_a_day_a_line_and_read_back_in_their_order() -> None:
    field = HolidaysField(required=False)
    days = field.to_python("2026-10-02 9:00-12:00\n\n2026-10-01 休息\n")
    assert days == {"2026-10-02": "9:00-12:00", "2026-10-01": "休息"}
    assert field.prepare_value(days) == "2026-10-01 休息\n2026-10-02 9:00-12:00"
    for wrong in ("2026-10-01", "2026-10-01 休息\n2026-10-01 值班"):
        with pytest.raises(ValidationError):
            field.to_python(wrong)
