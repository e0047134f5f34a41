"""Scene categories, themes and collisions for tests."""

import factory
from factory.django import DjangoModelFactory

from opsplatform.organizations.tests.factories import CityFactory, DepartmentFactory
from opsplatform.release.models import Subject
from themes.models import Collision, SceneCategory, Theme


class SceneCategoryFactory(DjangoModelFactory[SceneCategory]):
    class Meta:
        model = SceneCategory

    code = factory.Sequence(lambda number: f"S{number}")
    name = factory.Sequence(lambda number: f"第{number}类场景")


class SubjectFactory(DjangoModelFactory[Subject]):
    class Meta:
        model = Subject

    kind = "theme"
    code = factory.Sequence(lambda number: f"YJS-{number:04d}")
    title = factory.Sequence(lambda number: f"第{number}件事")
    division = factory.SubFactory(CityFactory)
    draft = factory.LazyFunction(dict)


class ThemeFactory(DjangoModelFactory[Theme]):
    class Meta:
        model = Theme

    subject = factory.SubFactory(SubjectFactory)
    lead_department = factory.SubFactory(DepartmentFactory)


class CollisionFactory(DjangoModelFactory[Collision]):
    class Meta:
        model = Collision

    theme = factory.SubFactory(ThemeFactory)
    kind = Collision.Kind.MATERIAL
    local_code = factory.Sequence(lambda number: f"M_LOCAL_{number}")
    existing_code = "M_EXISTING"
    differences = factory.LazyFunction(list)
