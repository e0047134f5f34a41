"""Divisions brought in from the statistical list of a city: the city, its districts and their street-level units."""

from typing import Any, Literal

import msgspec
from django.db import transaction

from opsplatform.kernel import recording
from opsplatform.kernel.documents import Document
from opsplatform.kernel.registers import Actor
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Division


class StreetUnit(Document, frozen=True):
    code: str
    name: str
    kind: Literal["subdistrict", "town", "township", "statistical_unit"]


class DistrictUnit(Document, frozen=True):
    code: str
    name: str
    level: Literal["district"]
    streets: tuple[StreetUnit, ...]


class CityUnit(Document, frozen=True):
    code: str
    name: str


class DivisionList(Document, frozen=True):
    """A city with everything below it."""

    province: CityUnit
    districts: tuple[DistrictUnit, ...]
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")


@transaction.atomic
def import_divisions(*, actor: Actor, tree: Any) -> int:
    """Every unit of the list is a division; those known already stay as they are. Returns how many are new."""
    actor.require("registers.edit")
    units = read_document(DivisionList, tree)
    known = {division.code: division for division in Division.objects.all()}
    before = len(known)
    city = _ensure(actor, known, units.province.code, units.province.name, Division.Level.CITY, "city", None)
    for district in units.districts:
        row = _ensure(actor, known, district.code, district.name, Division.Level.DISTRICT, "district", city)
        for street in district.streets:
            _ensure(actor, known, street.code, street.name, Division.Level.STREET, street.kind, row)
    return len(known) - before


def _ensure(
    actor: Actor, known: dict[str, Division], code: str, name: str, level: str, kind: str, parent: Division | None
) -> Division:
    if code not in known:
        path = f"{parent.path if parent else '/'}{code}/"
        known[code] = Division.objects.create(code=code, name=name, level=level, kind=kind, parent=parent, path=path)
        recording.trail().record(
            actor, "division.imported", known[code], division=code, after={"name": name, "kind": kind}
        )
    return known[code]
