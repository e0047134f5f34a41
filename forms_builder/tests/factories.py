"""Dictionaries, public fields and item forms for tests."""

import factory
from factory.django import DjangoModelFactory

from forms_builder.models import Crosswalk, Dictionary, DictionaryEntry, ItemForm, PublicField
from opsplatform.catalog.tests.factories import ServiceItemFactory


class DictionaryFactory(DjangoModelFactory[Dictionary]):
    class Meta:
        model = Dictionary

    code = factory.Sequence(lambda number: f"dictionary_{number}")
    name = factory.Sequence(lambda number: f"第{number}号字典")


class DictionaryEntryFactory(DjangoModelFactory[DictionaryEntry]):
    class Meta:
        model = DictionaryEntry

    dictionary = factory.SubFactory(DictionaryFactory)
    code = factory.Sequence(lambda number: f"{number}")
    name = factory.Sequence(lambda number: f"第{number}项")


class CrosswalkFactory(DjangoModelFactory[Crosswalk]):
    class Meta:
        model = Crosswalk

    code = factory.Sequence(lambda number: f"crosswalk_{number}")
    name = factory.Sequence(lambda number: f"第{number}号对照")
    from_dictionary = factory.SubFactory(DictionaryFactory)
    to_dictionary = factory.SubFactory(DictionaryFactory)


class PublicFieldFactory(DjangoModelFactory[PublicField]):
    class Meta:
        model = PublicField

    code = factory.Sequence(lambda number: f"c_field_{number}")
    label = factory.Sequence(lambda number: f"第{number}号字段")
    data_type = "string"


class ItemFormFactory(DjangoModelFactory[ItemForm]):
    class Meta:
        model = ItemForm

    item = factory.SubFactory(ServiceItemFactory)
    document = factory.LazyFunction(lambda: {"fields": []})
