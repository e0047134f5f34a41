"""Registers of divisions, kinds of bodies and bodies."""

from django.db.models import QuerySet

from opsplatform.api.operations import Operation
from opsplatform.api.views import Register, RegisterDetail, RegisterList
from opsplatform.organizations.api.serializers import BodyKindSerializer, DepartmentSerializer, DivisionSerializer
from opsplatform.organizations.filters import BodyKindFilter, DepartmentFilter, DivisionFilter
from opsplatform.organizations.models import BodyKind, Department, Division

VIEW = ("registers.view",)
SCOPE = "registers:read"


class _Divisions(Register):
    queryset = Division.objects.select_related("parent")
    serializer_class = DivisionSerializer

    def visible_rows(self) -> QuerySet[Division]:
        """The divisions of the actor's line and below."""
        return self.queryset.filter(pk__in=self.actor.divisions_where("registers.view"))


class DivisionList(_Divisions, RegisterList):
    operations = {"get": Operation("list_divisions", "区划列表", VIEW, SCOPE)}
    filterset_class = DivisionFilter
    order_key = "code"


class DivisionDetail(_Divisions, RegisterDetail):
    operations = {"get": Operation("read_division", "区划", VIEW, SCOPE, has_etag=True)}


class _BodyKinds(Register):
    queryset = BodyKind.objects.select_related("responsible__division")
    serializer_class = BodyKindSerializer

    def visible_rows(self) -> QuerySet[BodyKind]:
        """All: kinds of bodies are one register for the whole city."""
        return self.queryset.all()


class BodyKindList(_BodyKinds, RegisterList):
    operations = {"get": Operation("list_body_kinds", "机构类别列表", VIEW, SCOPE)}
    filterset_class = BodyKindFilter
    order_key = "code"


class BodyKindDetail(_BodyKinds, RegisterDetail):
    operations = {"get": Operation("read_body_kind", "机构类别", VIEW, SCOPE, has_etag=True)}


class _Departments(Register):
    queryset = Department.objects.select_related("division", "kind")
    serializer_class = DepartmentSerializer

    def visible_rows(self) -> QuerySet[Department]:
        """The bodies of the actor's line of divisions and below."""
        return self.queryset.filter(division__in=self.actor.divisions_where("registers.view"))


class DepartmentList(_Departments, RegisterList):
    operations = {"get": Operation("list_departments", "部门列表", VIEW, SCOPE)}
    filterset_class = DepartmentFilter
    order_key = "id"


class DepartmentDetail(_Departments, RegisterDetail):
    operations = {"get": Operation("read_department", "部门", VIEW, SCOPE, has_etag=True)}
    lookup_field = "id"
