"""Filters of dictionaries, public fields and item forms, for list pages and the API alike."""

import django_filters

from forms_builder.models import DATA_TYPES, Dictionary, ItemForm, PublicField
from opsplatform.kernel.filtering import TextSearch
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.organizations.models import BodyKind


class DictionaryFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "standard")

    class Meta:
        model = Dictionary
        fields: list[str] = []


class PublicFieldFilter(django_filters.FilterSet):
    q = TextSearch("code", "label")
    data_type = django_filters.ChoiceFilter(label="类型", choices=DATA_TYPES)
    dictionary = django_filters.ModelChoiceFilter(label="字典", queryset=Dictionary.objects.all(), to_field_name="code")
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
