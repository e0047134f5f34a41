"""Registers of users and roles; for people only."""

from django.db.models import QuerySet

from opsplatform.accounts.api.serializers import RoleSerializer, UserSerializer
from opsplatform.accounts.filters import RoleFilter, UserFilter
from opsplatform.accounts.models import Role, User
from opsplatform.api.operations import Operation
from opsplatform.api.views import Register, RegisterDetail, RegisterList

VIEW, ROLES_VIEW = ("accounts.view_users",), ("registers.view",)


class _Users(Register):
    queryset = User.objects.prefetch_related("memberships__role", "memberships__division")
    serializer_class = UserSerializer


class UserList(_Users, RegisterList):
    operations = {"get": Operation("list_users", "用户列表", VIEW)}
    filterset_class = UserFilter
    order_key = "username"


class UserDetail(_Users, RegisterDetail):
    operations = {"get": Operation("read_user", "用户", VIEW, has_etag=True)}
    lookup_field = "username"

    def tag_of(self, row: User) -> str:
        """The revision of the account and the roles it holds."""
        return f"r{row.revision}-{'.'.join(str(held.pk) for held in row.memberships.all())}"


class _Roles(Register):
    queryset = Role.objects.all()
    serializer_class = RoleSerializer

    def visible_rows(self) -> QuerySet[Role]:
        """All: what a role is for is no secret, in the console neither."""
        return self.queryset.all()


class RoleList(_Roles, RegisterList):
    operations = {"get": Operation("list_roles", "角色列表", ROLES_VIEW)}
    filterset_class = RoleFilter
    order_key = "code"


class RoleDetail(_Roles, RegisterDetail):
    operations = {"get": Operation("read_role", "角色", ROLES_VIEW, has_etag=True)}
