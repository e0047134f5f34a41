"""The sheets of items with their legal bases, materials with their review points, and service points."""

from typing import Any

from django.core.exceptions import ValidationError

from opsplatform.catalog.forms import DivisionDaysField, HolidaysField
from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.catalog.services import items, materials, service_points
from opsplatform.console.code_lists import entries_of
from opsplatform.organizations.sheets import BY_BODY, BY_DIVISION, BY_KIND
from opsplatform.spreadsheets.columns import BadCell, Column, coded, columns_of, shown
from opsplatform.spreadsheets.sheets import Elements, RegisterSheet, register, related_elements

_DIVISION_DAYS = DivisionDaysField(required=False)  # as on the item's form
_HOLIDAYS = HolidaysField(required=False)  # as on the window's form
_ONLY_SHOWN = ("day_unit", "results")  # as on the item's form, which does not ask for them either


def _division_days(text: str, _actor: Any) -> list[dict[str, Any]]:
    try:
        return _DIVISION_DAYS.to_python(text)
    except ValidationError as error:
        raise BadCell(error.messages[0]) from error


def _item_column(column: Column) -> Column:
    if column.name == "division_days":
        return Column(
            column.name, column.heading, lambda item: _DIVISION_DAYS.prepare_value(item.division_days), _division_days
        )
    return shown(column.name, column.heading, column.read) if column.name in _ONLY_SHOWN else column


def _holidays(text: str, _actor: Any) -> dict[str, str]:
    try:
        return _HOLIDAYS.to_python(text)
    except ValidationError as error:
        raise BadCell(error.messages[0]) from error


def _point_column(column: Column) -> Column:
    if column.name != "holidays":
        return column
    return Column(column.name, column.heading, lambda point: _HOLIDAYS.prepare_value(point.holidays), _holidays)


_ITEM_COLUMNS = coded(
    columns_of(ServiceItem, (*items.IDENTITY, *items.FIELDS), {"department": BY_BODY, "body_kind": BY_KIND}),
    items.CODES,
    entries_of,
)

register(
    RegisterSheet(
        model=ServiceItem,
        columns=tuple(_item_column(column) for column in _ITEM_COLUMNS),
        elements=Elements("legal_bases", columns_of(LegalBasis, items.BASIS_FIELDS), related_elements("legal_bases")),
        key=items.IDENTITY,
        near=("basic_code", "basic_code"),
        save=items.save_item,
        related=("department__division", "body_kind"),
        prefetched=("legal_bases",),
    ),
    RegisterSheet(
        model=Material,
        columns=coded(columns_of(Material, ("code", *materials.FIELDS)), materials.CODES, entries_of),
        elements=Elements("review_points", columns_of(ReviewPoint, ("text",)), related_elements("review_points")),
        key=("code",),
        near=("code", "code"),
        save=materials.save_material,
        prefetched=("review_points",),
    ),
    RegisterSheet(
        model=ServicePoint,
        columns=tuple(
            _point_column(column)
            for column in columns_of(ServicePoint, ("division", *service_points.FIELDS), {"division": BY_DIVISION})
        ),
        key=("division", "theme_code", "name"),
        near=("name", "name"),
        save=service_points.save_service_point,
        related=("division",),
    ),
)
