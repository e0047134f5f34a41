"""Service points are registered, corrected and dated out."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServicePoint
from opsplatform.catalog.served_themes import themes_by_code
from opsplatform.kernel import registers
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import Problem

FIELDS = (
    "theme_code", "name", "address", "window", "hours", "holidays", "phone", "longitude", "latitude", "valid_from",
    "valid_to", "is_illustrative",
)  # fmt: skip


MOST_HOLIDAYS, LONGEST_HOURS = 100, 200


@transaction.atomic
def save_service_point(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> ServicePoint:
    """The window stands in the register of its division, which is given once."""
    point = registers.lock_or_new(ServicePoint.objects.visible_to(actor), pk, expected_revision)
    before, served = registers.content_of(point) if pk else {}, point.theme_code
    registers.fill(point, values, FIELDS if pk else ("division", *FIELDS))
    actor.require("catalog.edit_service_points", within=point.division)
    registers.refuse([*registers.column_problems(point), *_problems(point), *_unknown_theme(actor, point, served)])
    registers.store(
        point,
        registers.differences(before, registers.content_of(point)),
        actor=actor,
        event="service_point",
        division=point.division.code,
    )
    return point


def _unknown_theme(actor: User, point: ServicePoint, before: str) -> Iterator[Problem]:
    """What stands may stay, also where the editor does not see the theme."""
    code = point.theme_code
    if code not in ("", before) and code not in themes_by_code(actor, [code]):
        yield Problem("/theme_code", "unknown_theme", f"没有代码为“{code}”的主题。")


def _holiday_problems(holidays: Any) -> Iterator[Problem]:
    days = holidays if isinstance(holidays, dict) else {}
    if days is not holidays or len(days) > MOST_HOLIDAYS:
        yield Problem("/holidays", "invalid", f"节假日安排应为日期和当天的办公时间，最多 {MOST_HOLIDAYS} 天。")
    for day, hours in days.items():
        if parse_day(day) is None:
            yield Problem("/holidays", "invalid_date", f"“{day}”不是日期，应如 2026-10-01。")
        elif not isinstance(hours, str) or not hours.strip() or len(hours) > LONGEST_HOURS:
            yield Problem("/holidays", "invalid", f"请写 {day} 的办公时间或“休息”，最多 {LONGEST_HOURS} 个字。")


def _problems(point: ServicePoint) -> Iterator[Problem]:
    if point.valid_from and point.valid_to and point.valid_to < point.valid_from:
        yield Problem("/valid_to", "empty_period", "停用日期早于启用日期。")
    yield from _holiday_problems(point.holidays)
    if (point.longitude is None) != (point.latitude is None):
        yield Problem("/latitude", "half_a_place", "经度和纬度须一并填写。")
    if point.longitude is not None and not -180 <= point.longitude <= 180:
        yield Problem("/longitude", "out_of_range", "经度应在 -180 到 180 之间。")
    if point.latitude is not None and not -90 <= point.latitude <= 90:
        yield Problem("/latitude", "out_of_range", "纬度应在 -90 到 90 之间。")
