"""Divisions and bodies for tests. `CityFactory()` is always the one city; districts and streets hang below it."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from opsplatform.organizations.models import BodyKind, Department, Division


class _DivisionFactory(DjangoModelFactory[Division]):
    class Meta:
        model = Division
        django_get_or_create = ("code",)
        abstract = True

    @factory.lazy_attribute
    def path(self) -> str:
        parent: Any = self.parent
        return f"{parent.path if parent else '/'}{self.code}/"


class CityFactory(_DivisionFactory):
    code = "310000"
    name = "上海市"
    level = Division.Level.CITY
    kind = Division.Kind.CITY
    parent = None


class DistrictFactory(_DivisionFactory):
    code = factory.Sequence(lambda number: f"3101{number % 100:02d}")
    name = factory.LazyAttribute(lambda division: f"{division.code}区")
    level = Division.Level.DISTRICT
    kind = Division.Kind.DISTRICT
    parent = factory.SubFactory(CityFactory)


class StreetFactory(_DivisionFactory):
    code = factory.LazyAttributeSequence(lambda division, number: f"{division.parent.code}{number % 1000:03d}")
    name = factory.LazyAttribute(lambda division: f"{division.code}街道")
    level = Division.Level.STREET
    kind = Division.Kind.SUBDISTRICT
    parent = factory.SubFactory(DistrictFactory)


class BodyKindFactory(DjangoModelFactory[BodyKind]):
    class Meta:
        model = BodyKind
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda number: f"D-K{number}")
    name = factory.Sequence(lambda number: f"区第{number}类局")
    level = Division.Level.DISTRICT


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department
        django_get_or_create = ("division", "name")

    division = factory.SubFactory(DistrictFactory)
    name = factory.Sequence(lambda number: f"第{number}局")
    uscc_is_illustrative = True
