"""Filters of items, materials and service points, for list pages and the API alike."""

import django_filters

from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.kernel.filtering import TextSearch, ValidOn, WholeNumberFilter
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.organizations.models import BodyKind


class ServiceItemFilter(django_filters.FilterSet):
    q = TextSearch("name", "daily_name", "basic_code", "key")
    division = DivisionSubtree("department__division__path", label="实施机构所属区划")
    department = WholeNumberFilter(label="实施机构编号", field_name="department_id")
    body_kind = django_filters.ModelChoiceFilter(
        label="实施机构类别", queryset=BodyKind.objects.all(), to_field_name="code"
    )
    level_code = django_filters.CharFilter(label="行使层级代码")
    is_fee = django_filters.BooleanFilter(label="收费")

    class Meta:
        model = ServiceItem
        fields: list[str] = []


class MaterialFilter(django_filters.FilterSet):
    q = TextSearch("code", "name")
    exempt = django_filters.ChoiceFilter(label="免提交方式", choices=Material.Exempt.choices)
    issuer = django_filters.CharFilter(label="出具单位", lookup_expr="icontains")

    class Meta:
        model = Material
        fields: list[str] = []


class ServicePointFilter(django_filters.FilterSet):
    q = TextSearch("name", "address", "window")
    division = DivisionSubtree("division__path")
    theme_code = django_filters.CharFilter(label="服务的主题代码")
    valid_on = ValidOn(label="在此日有效")
    is_illustrative = django_filters.BooleanFilter(label="示例数据")

    class Meta:
        model = ServicePoint
        fields: list[str] = []
