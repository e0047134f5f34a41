"""Registers of dictionaries, public fields and item forms."""

from django.db.models import QuerySet

from forms_builder.api.serializers import (
    DictionaryDetailSerializer,
    DictionarySerializer,
    ItemFormSerializer,
    PublicFieldSerializer,
)
from forms_builder.filters import DictionaryFilter, ItemFormFilter, PublicFieldFilter
from forms_builder.models import Dictionary, ItemForm, PublicField
from opsplatform.api.operations import Operation
from opsplatform.api.views import Register, RegisterDetail, RegisterList

VIEW = ("registers.view",)
SCOPE = "registers:read"


class _Dictionaries(Register):
    queryset = Dictionary.objects.all()

    def visible_rows(self) -> QuerySet[Dictionary]:
        """All: dictionaries are one register for the whole city."""
        return self.queryset.all()


class DictionaryList(_Dictionaries, RegisterList):
    operations = {"get": Operation("list_dictionaries", "字典列表", VIEW, SCOPE)}
    serializer_class = DictionarySerializer
    filterset_class = DictionaryFilter
    order_key = "code"


class DictionaryDetail(_Dictionaries, RegisterDetail):
    operations = {"get": Operation("read_dictionary", "字典及其全部字典项", VIEW, SCOPE, has_etag=True)}
    queryset = Dictionary.objects.prefetch_related("entries")
    serializer_class = DictionaryDetailSerializer


class _PublicFields(Register):
    queryset = PublicField.objects.select_related("dictionary")
    serializer_class = PublicFieldSerializer

    def visible_rows(self) -> QuerySet[PublicField]:
        """All: public fields are one register for the whole city."""
        return self.queryset.all()


class PublicFieldList(_PublicFields, RegisterList):
    operations = {"get": Operation("list_public_fields", "公共字段列表", VIEW, SCOPE)}
    filterset_class = PublicFieldFilter
    order_key = "code"


class PublicFieldDetail(_PublicFields, RegisterDetail):
    operations = {"get": Operation("read_public_field", "公共字段", VIEW, SCOPE, has_etag=True)}


class _ItemForms(Register):
    queryset = ItemForm.objects.select_related("item")
    serializer_class = ItemFormSerializer


class ItemFormList(_ItemForms, RegisterList):
    operations = {"get": Operation("list_item_forms", "事项表单列表", VIEW, SCOPE)}
    filterset_class = ItemFormFilter
    order_key = "item__key"


class ItemFormDetail(_ItemForms, RegisterDetail):
    operations = {"get": Operation("read_item_form", "事项表单", VIEW, SCOPE, has_etag=True)}
    lookup_field = "item__key"
    lookup_url_kwarg = "key"
