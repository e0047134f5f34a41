"""Items, materials and service points for tests."""

import factory
from factory.django import DjangoModelFactory

from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.organizations.tests.factories import DepartmentFactory, DistrictFactory


class ServiceItemFactory(DjangoModelFactory[ServiceItem]):
    class Meta:
        model = ServiceItem

    key = factory.Sequence(lambda number: f"item:{number}")
    name = factory.Sequence(lambda number: f"第{number}号事项")
    department = factory.SubFactory(DepartmentFactory)
    basic_code = factory.Sequence(lambda number: f"{number:012d}")
    level_code = "4"


class MaterialFactory(DjangoModelFactory[Material]):
    class Meta:
        model = Material

    code = factory.Sequence(lambda number: f"M_{number}")
    name = factory.Sequence(lambda number: f"第{number}号材料")


class ServicePointFactory(DjangoModelFactory[ServicePoint]):
    class Meta:
        model = ServicePoint

    division = factory.SubFactory(DistrictFactory)
    name = factory.Sequence(lambda number: f"第{number}号窗口")
    address = "某路一号"
