"""Filters of dictionaries, crosswalks, public fields and item forms, for list pages and the API alike."""

import django_filters

from forms_builder.models import DATA_TYPES, Crosswalk, Dictionary, ItemForm, PublicField
from opsplatform.kernel.filtering import TextSearch
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.organizations.models import BodyKind


def _by_dictionary(label: str) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(label=label, queryset=Dictionary.objects.all(), to_field_name="code")


class DictionaryFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "standard")

    class Meta:
        model = Dictionary
        fields: list[str] = []


class CrosswalkFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "partner")
    partner = django_filters.CharFilter(label="对接方")
    from_dictionary = _by_dictionary("来源字典")
    to_dictionary = _by_dictionary("目标字典")

    class Meta:
        model = Crosswalk
        fields: list[str] = []


class PublicFieldFilter(django_filters.FilterSet):
    q = TextSearch("code", "label")
    data_type = django_filters.ChoiceFilter(label="类型", choices=DATA_TYPES)
    dictionary = _by_dictionary("字典")
    prefill_library = django_filters.CharFilter(label="预填来源库")

    class Meta:
        model = PublicField
        fields: list[str] = []


class ItemFormFilter(django_filters.FilterSet):
    q = TextSearch("item__name", "item__key")
    division = DivisionSubtree("item__department__division__path", label="实施机构所属区划")
    body_kind = django_filters.ModelChoiceFilter(
        label="实施机构类别", field_name="item__body_kind", queryset=BodyKind.objects.all(), to_field_name="code"
    )

    class Meta:
        model = ItemForm
        fields: list[str] = []
