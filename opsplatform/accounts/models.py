"""Tables of users, roles and memberships, and the questions an actor answers."""

from functools import cached_property
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from guardian.core import ObjectPermissionChecker

from opsplatform.accounts import policy
from opsplatform.accounts.policy import Relation
from opsplatform.accounts.sessions import LoginSession
from opsplatform.kernel.errors import Forbidden
from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Department, Division

__all__ = ["LoginSession", "MachineClient", "Membership", "Role", "User", "UserManager", "UserQuerySet"]


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, actor: "User") -> Self:
        """Accounts of the divisions the actor administers, and the actor's own."""
        within = actor.divisions_where("accounts.view_users")
        held = Membership.objects.filter(division__in=within)
        return self.filter(Q(pk=actor.pk) | Q(division__in=within) | Q(pk__in=held.values("user")))


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A new account; without a password it cannot log in."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser, PermissionsMixin, Revisioned):
    """An account of a person or of a machine; in services it is the actor."""

    class Kind(models.TextChoices):
        PERSON = "person", "人员"
        MACHINE = "machine", "系统"

    username = models.CharField("账号", max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    name = models.CharField("姓名", max_length=100)
    kind = models.CharField("类型", max_length=10, choices=Kind.choices, default=Kind.PERSON)
    phone = models.CharField("电话", max_length=30, blank=True)
    email = models.EmailField("邮箱", blank=True)
    division = models.ForeignKey(
        Division, verbose_name="所属区划", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField("启用", default=True)
    is_demo = models.BooleanField("演示账号", default=False, editable=False)
    must_change_password = models.BooleanField("须修改密码", default=False)
    awaits_confirmation = models.BooleanField("重置待确认", default=False, db_default=False, editable=False)
    joined_at = models.DateTimeField("开通时间", db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        """People use the console; machines do not."""
        return self.is_active and self.kind == self.Kind.PERSON

    @cached_property
    def held_memberships(self) -> tuple["Membership", ...]:
        """The actor's memberships, read once per request."""
        return tuple(self.memberships.held())

    def may(
        self,
        action: str,
        *,
        within: Division | None = None,
        department: Department | None = None,
        on: models.Model | None = None,
    ) -> bool:
        """Whether a membership, or a grant on this very object, allows the action here."""
        row = policy.row_for(action)
        if not self.is_active:
            return False
        for membership in self.held_memberships:
            relation = row.roles.get(membership.role.code)
            if relation is not None and membership.reaches(relation, within, department):
                return True
        if row.grant is None or on is None or not self.takes_grants:
            return False
        # Of a super-user guardian would say that everything was granted.
        return not self.is_superuser and self._grants.has_perm(row.grant, on)

    @cached_property
    def _grants(self) -> ObjectPermissionChecker:
        """The actor's grants on single objects, each object's read once per request, as the memberships are."""
        return ObjectPermissionChecker(self)

    @property
    def takes_grants(self) -> bool:
        """Whether grants on single objects count: no administration touches business content (domain.md §5)."""
        return not any(membership.role.is_administration for membership in self.held_memberships)

    def may_somewhere(self, action: str) -> bool:
        """Whether a membership allows the action on some object: enough to open a list, never to act on a row."""
        row = policy.row_for(action)
        return self.is_active and any(membership.may_reach(row) for membership in self.held_memberships)

    def require(
        self,
        action: str,
        *,
        within: Division | None = None,
        department: Department | None = None,
        on: models.Model | None = None,
    ) -> None:
        """Passes when `may` is true; raises Forbidden naming the action otherwise."""
        if not self.may(action, within=within, department=department, on=on):
            raise Forbidden(f"您没有“{policy.row_for(action).sentence}”的权限。", action=action)

    def divisions_where(self, action: str) -> models.QuerySet[Division]:
        """The divisions for which a membership allows the action; a department's right gives none."""
        row = policy.row_for(action)
        where = Q(pk__in=[])
        for membership in self.held_memberships:
            if not self.is_active or not membership.may_reach(row):
                continue
            relation = row.roles[membership.role.code]
            if relation in (Relation.ANYWHERE, Relation.CITY):
                return Division.objects.all()
            if relation is Relation.DEPARTMENT:
                continue
            where |= Q(path__startswith=membership.division.path)
            if relation is Relation.CITY_SHARED:
                where |= Q(code__in=membership.division.path.strip("/").split("/"))
        return Division.objects.filter(where)

    def departments_where(self, action: str) -> models.QuerySet[Department]:
        """The departments for which a membership allows the action."""
        row = policy.row_for(action)
        where = Q(pk__in=[])
        for membership in self.held_memberships:
            if not self.is_active or not membership.may_reach(row):
                continue
            relation = row.roles[membership.role.code]
            if relation in (Relation.ANYWHERE, Relation.CITY):
                return Department.objects.all()
            if relation is Relation.DEPARTMENT:
                where |= Q(pk=membership.department_id)
            else:
                where |= Q(division__path__startswith=membership.division.path)
        return Department.objects.filter(where)


class Role(Revisioned):
    """A role of domain.md §5 as data: what it is called and what it is for. Its rights are the policy table."""

    code = models.SlugField("代码", max_length=50, unique=True)
    name = models.CharField("名称", max_length=50)
    description = models.TextField("职责", blank=True)
    is_administration = models.BooleanField("属于三员", default=False)
    is_for_machines = models.BooleanField("供系统使用", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "角色"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def held(self) -> Self:
        """With all that is asked of a membership, in the order in which a user's are told."""
        return self.select_related("role", "division", "department__division").order_by("role__code", "division__code")


class Membership(models.Model):
    """A role a user holds, in a division and, where it is a department's role, in that department."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, verbose_name="角色", on_delete=models.PROTECT, related_name="memberships")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department, verbose_name="部门", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    granted_at = models.DateTimeField("授予时间", db_default=Now(), editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "角色授予"
        ordering = ["user__username", "role__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "division", "department"], name="membership_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        place = str(self.department or self.division)
        return f"{place} · {self.role}"

    def may_reach(self, row: policy.Policy) -> bool:
        """Whether this membership allows the row's action on anything at all."""
        relation = row.roles.get(self.role.code)
        return relation is not None and (relation is not Relation.CITY or self._is_of_the_city)

    @property
    def _is_of_the_city(self) -> bool:
        return self.division.parent_id is None

    def reaches(self, relation: Relation, within: Division | None, department: Department | None) -> bool:
        """Whether this membership stands in the relation to an object of that division and department."""
        if relation is Relation.ANYWHERE:
            return True
        if relation is Relation.CITY:
            return self._is_of_the_city
        if relation is Relation.DEPARTMENT:
            return department is not None and self.department_id == department.pk
        if within is None:
            return False
        if relation is Relation.CITY_SHARED and within.contains(self.division):
            return True
        return self.division.contains(within)


class MachineClient(models.Model):
    """What an OAuth client may ask for. The client acts as the machine account of its `application.user`."""

    application = models.OneToOneField(
        "oauth2_provider.Application",
        verbose_name="客户端",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="machine_client",
    )
    scopes = ArrayField(models.CharField(max_length=50), verbose_name="可申请的 scope")
    registered_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "系统客户端"
        constraints = [models.CheckConstraint(name="client_has_scopes", condition=Q(scopes__len__gt=0))]

    def __str__(self) -> str:
        return str(self.application)
