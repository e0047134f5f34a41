"""Divisions brought in from the statistical list of a city: the city, its districts and their street-level units."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from django.db import transaction

from opsplatform.kernel import recording
from opsplatform.kernel.documents import Document
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.list_imports import ImportedList, refuse_list, repeated, wait_for_turn
from opsplatform.kernel.registers import Actor
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Division
from opsplatform.organizations.selectors import find_city
from opsplatform.organizations.services.registering import division_problems

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class StreetUnit(Document, frozen=True):
    code: str
    name: Name
    kind: Literal["subdistrict", "town", "township", "statistical_unit"]


class DistrictUnit(Document, frozen=True):
    code: str
    name: Name
    level: Literal["district"]
    streets: tuple[StreetUnit, ...]


class CityUnit(Document, frozen=True):
    code: str
    name: Name


class DivisionList(Document, frozen=True):
    """A city with everything below it."""

    province: CityUnit
    districts: tuple[DistrictUnit, ...]
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")


@transaction.atomic
def import_divisions(*, actor: Actor, tree: Any, is_dry_run: bool = False) -> ImportedList:
    """Every unit of the list is a division; those known already stay as they are. A dry run changes nothing.

    Raises Invalid with everything that is wrong with the list, at its JSON pointer.
    """
    actor.require("registers.edit")
    wait_for_turn("organizations.import_divisions")
    rows = dict(_rows(read_document(DivisionList, tree)))
    known = {division.code: division for division in Division.objects.all()}
    refuse_list(_problems(rows, known))
    result = ImportedList(is_dry_run)
    for row in rows.values():
        standing = known.get(row.code)
        if standing is not None:
            result.met(row.code, _content(standing), _content(row))
            continue
        row.parent = known[row.parent.code] if row.parent else None
        row.save()
        known[row.code] = row
        result.new.append(row.code)
        recording.trail().record(
            actor, "division.imported", row, division=row.code, after={"name": row.name, "kind": row.kind}
        )
    if is_dry_run:
        transaction.set_rollback(True)
    return result


def _rows(units: DivisionList) -> Iterator[tuple[str, Division]]:
    """The divisions of the list, unsaved, each after the one above it, with the pointer to its place in the list."""
    city = _row(units.province, Division.Level.CITY, Division.Kind.CITY, None)
    yield "/province", city
    for number, unit in enumerate(units.districts):
        place = f"/districts/{number}"
        district = _row(unit, Division.Level.DISTRICT, Division.Kind.DISTRICT, city)
        yield place, district
        for order, street in enumerate(unit.streets):
            yield f"{place}/streets/{order}", _row(street, Division.Level.STREET, street.kind, district)


def _row(unit: CityUnit | DistrictUnit | StreetUnit, level: str, kind: str, parent: Division | None) -> Division:
    path = f"{parent.path if parent else '/'}{unit.code}/"
    return Division(code=unit.code, name=unit.name, level=level, kind=kind, parent=parent, path=path)


def _problems(rows: dict[str, Division], known: dict[str, Division]) -> Iterator[Problem]:
    yield from repeated([(f"{place}/code", row.code) for place, row in rows.items()])
    city = find_city()
    if city is not None and rows["/province"].code != city.code:
        yield Problem("/province/code", "another_city", f"本平台的市是 {city}（{city.code}），不能导入别的市。")
    for place, row in rows.items():
        for problem in division_problems(row):
            yield Problem(f"{place}/code", problem.code, problem.sentence)
        standing = known.get(row.code)
        if standing is not None and standing.path != row.path:
            yield Problem(f"{place}/code", "stands_elsewhere", f"区划 {row.code} 已登记在另一个上级之下。")


def _content(row: Division) -> dict[str, Any]:
    return {"name": row.name, "kind": row.kind}
