"""Registers of items, materials and service points."""

from django.db.models import QuerySet

from opsplatform.api.operations import Operation
from opsplatform.api.views import Register, RegisterDetail, RegisterList
from opsplatform.catalog.api.serializers import MaterialSerializer, ServiceItemSerializer, ServicePointSerializer
from opsplatform.catalog.filters import MaterialFilter, ServiceItemFilter, ServicePointFilter
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint

VIEW = ("registers.view",)
SCOPE = "registers:read"


class _ServiceItems(Register):
    queryset = ServiceItem.objects.select_related("department__division", "body_kind").prefetch_related("legal_bases")
    serializer_class = ServiceItemSerializer


class ServiceItemList(_ServiceItems, RegisterList):
    operations = {"get": Operation("list_service_items", "事项列表", VIEW, SCOPE)}
    filterset_class = ServiceItemFilter
    order_key = "key"


class ServiceItemDetail(_ServiceItems, RegisterDetail):
    operations = {"get": Operation("read_service_item", "事项", VIEW, SCOPE, has_etag=True)}
    lookup_field = "key"


class _Materials(Register):
    queryset = Material.objects.select_related("merged_into").prefetch_related("review_points")
    serializer_class = MaterialSerializer

    def visible_rows(self) -> QuerySet[Material]:
        """All: materials are one register for the whole city."""
        return self.queryset.all()


class MaterialList(_Materials, RegisterList):
    operations = {"get": Operation("list_materials", "材料列表", VIEW, SCOPE)}
    filterset_class = MaterialFilter
    order_key = "code"


class MaterialDetail(_Materials, RegisterDetail):
    operations = {"get": Operation("read_material", "材料", VIEW, SCOPE, has_etag=True)}


class _ServicePoints(Register):
    queryset = ServicePoint.objects.select_related("division")
    serializer_class = ServicePointSerializer


class ServicePointList(_ServicePoints, RegisterList):
    operations = {"get": Operation("list_service_points", "办理地址列表", VIEW, SCOPE)}
    filterset_class = ServicePointFilter
    order_key = "id"


class ServicePointDetail(_ServicePoints, RegisterDetail):
    operations = {"get": Operation("read_service_point", "办理地址", VIEW, SCOPE, has_etag=True)}
    lookup_field = "id"
