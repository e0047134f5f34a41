"""Filters of users and roles, for list pages and the API alike."""

import django_filters
from django.db.models import QuerySet

from opsplatform.accounts.models import Membership, Role, User
from opsplatform.kernel.filtering import TextSearch
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.organizations.models import Division


class HeldWithin(DivisionSubtree):
    """Accounts that hold a role in the division with this code or below it."""

    def filter(self, qs: QuerySet[User], value: Division | None) -> QuerySet[User]:
        """Each account once, however many roles it holds there; all of them without a division."""
        if value is None:
            return qs
        return qs.filter(pk__in=super().filter(Membership.objects.all(), value).values("user"))


class RoleHeld(django_filters.ModelChoiceFilter):
    """Accounts that hold the role with this code, wherever."""

    def filter(self, qs: QuerySet[User], value: Role | None) -> QuerySet[User]:
        """Each account once; all of them without a role."""
        return qs if value is None else qs.filter(pk__in=Membership.objects.filter(role=value).values("user"))


class UserFilter(django_filters.FilterSet):
    q = TextSearch("username", "name")
    division = HeldWithin("division__path")
    role = RoleHeld(label="角色", queryset=Role.objects.all(), to_field_name="code")
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
