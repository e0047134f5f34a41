"""Filters of users and roles, for list pages and the API alike."""

import django_filters

from opsplatform.accounts.models import Role, User
from opsplatform.kernel.filtering import TextSearch
from opsplatform.organizations.filters import DivisionSubtree


class UserFilter(django_filters.FilterSet):
    q = TextSearch("username", "name")
    division = DivisionSubtree("memberships__division__path")
    role = django_filters.ModelChoiceFilter(
        label="角色", field_name="memberships__role", queryset=Role.objects.all(), to_field_name="code"
    )
    kind = django_filters.ChoiceFilter(label="类型", choices=User.Kind.choices)
    is_active = django_filters.BooleanFilter(label="启用")

    class Meta:
        model = User
        fields: list[str] = []


class RoleFilter(django_filters.FilterSet):
    q = TextSearch("code", "name")
    is_administration = django_filters.BooleanFilter(label="属于三员")
    is_for_machines = django_filters.BooleanFilter(label="供系统使用")

    class Meta:
        model = Role
        fields: list[str] = []
