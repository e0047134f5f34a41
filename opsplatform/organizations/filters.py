"""Filters of divisions, kinds of bodies and bodies, for list pages and the API alike."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from opsplatform.kernel.filtering import ScopedChoice, TextSearch, WholeNumberFilter
from opsplatform.organizations.models import BodyKind, Department, Division


def divisions_in_scope(request: Any) -> QuerySet[Division]:
    """The divisions the caller sees; none without a caller."""
    return Division.objects.none() if request is None else Division.objects.visible_to(request.user)


class DivisionSubtree(ScopedChoice):
    """Rows of the division with this code and of everything below it; `path_column` leads to the division's path."""

    def __init__(self, path_column: str, label: str = "区划") -> None:
        super().__init__(label=label, queryset=divisions_in_scope, to_field_name="code")
        self.path_column = path_column

    def filter(self, qs: QuerySet[Any], value: Division | None) -> QuerySet[Any]:
        """The rows of the subtree; all of them without a division."""
        return qs if value is None else qs.filter(**{f"{self.path_column}__startswith": value.path})


class DivisionFilter(django_filters.FilterSet):
    q = TextSearch("code", "name")
    division = DivisionSubtree("path", label="所在区划")
    level = django_filters.ChoiceFilter(label="层级", choices=Division.Level.choices)
    kind = django_filters.ChoiceFilter(label="类型", choices=Division.Kind.choices)
    parent = django_filters.CharFilter(label="上级区划代码", field_name="parent__code")

    class Meta:
        model = Division
        fields: list[str] = []


class BodyKindFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "short_name")
    level = django_filters.ChoiceFilter(label="所在层级", choices=Division.Level.choices[1:])
    responsible = WholeNumberFilter(label="负责部门编号", field_name="responsible_id")

    class Meta:
        model = BodyKind
        fields: list[str] = []


class DepartmentFilter(django_filters.FilterSet):
    q = TextSearch("name", "short_name", "uscc")
    division = DivisionSubtree("division__path")
    level = django_filters.ChoiceFilter(label="层级", field_name="division__level", choices=Division.Level.choices)
    kind = django_filters.ModelChoiceFilter(label="机构类别", queryset=BodyKind.objects.all(), to_field_name="code")

    class Meta:
        model = Department
        fields: list[str] = []
