"""Tables of scene categories, themes, grants on single themes, and collisions that a dossier brought in."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from opsplatform.accounts.models import User
from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Department, Division
from opsplatform.release.models import Release, Subject


class SceneCategory(Revisioned):
    """场景分类: a node of the tree of life-cycle stages."""

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    parent = models.ForeignKey(
        "self", verbose_name="上级分类", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    order = models.PositiveIntegerField("次序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "场景分类"
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class ThemeQuerySet(models.QuerySet["Theme"]):
    def visible_to(self, actor: User) -> Self:
        """Themes whose draft the actor sees, and themes live anywhere."""
        live = Release.objects.live().filter(subject=OuterRef("subject"))
        return self.filter(_draft_in_sight(actor) | Exists(live))

    def drafts_visible_to(self, actor: User) -> Self:
        """Themes of the actor's departments and city operation, and themes granted one by one."""
        return self.filter(_draft_in_sight(actor))


def _draft_in_sight(actor: User) -> Q:
    departments = actor.departments_where("themes.view_draft")
    granted = (
        get_objects_for_user(actor, "themes.view_theme", klass=Theme, with_superuser=False)
        if actor.takes_grants
        else Theme.objects.none()
    )
    return (
        Q(subject__division__in=actor.divisions_where("themes.view_draft"))
        | Q(lead_department__in=departments)
        | Q(pk__in=Theme.partner_departments.through.objects.filter(department__in=departments).values("theme"))
        | Q(pk__in=granted.values("pk"))
    )


class Theme(models.Model):
    """主题 (一件事): its registers' view of a release subject whose draft is a themes.documents.ThemeDocument."""

    subject = models.OneToOneField(
        Subject, verbose_name="发布对象", primary_key=True, on_delete=models.PROTECT, related_name="theme"
    )
    category = models.ForeignKey(
        SceneCategory, verbose_name="场景分类", null=True, on_delete=models.PROTECT, related_name="themes"
    )
    lead_department = models.ForeignKey(
        Department, verbose_name="牵头部门", on_delete=models.PROTECT, related_name="led_themes"
    )
    partner_departments = models.ManyToManyField(
        Department, verbose_name="配合部门", blank=True, related_name="partnered_themes"
    )
    summary = models.TextField("简介", blank=True)
    dossier_digest = models.CharField("最近导入的资料摘要", max_length=64, blank=True, editable=False)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "主题"
        ordering = ["subject__code"]

    def __str__(self) -> str:
        return self.subject.title

    @property
    def code(self) -> str:
        return self.subject.code

    @property
    def audit_key(self) -> str:
        return self.subject.code


class ThemeUserObjectPermission(UserObjectPermissionBase):
    """An exceptional grant on one theme (django-guardian, direct foreign key)."""

    content_object = models.ForeignKey(Theme, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = verbose_name_plural = "主题单独授权"


class Collision(models.Model):
    """A dossier's code that already meant something else: it became an entry of its own, staff may merge later."""

    class Kind(models.TextChoices):
        PUBLIC_FIELD = "public_field", "公共字段"
        MATERIAL = "material", "材料"
        BODY_KIND = "body_kind", "机构类别"
        DEPARTMENT = "department", "部门"
        ITEM = "item", "事项"
        DICTIONARY = "dictionary", "字典"
        SERVICE_POINT = "service_point", "办理地址"

    theme = models.ForeignKey(Theme, verbose_name="主题", on_delete=models.PROTECT, related_name="collisions")
    kind = models.CharField("种类", max_length=14, choices=Kind.choices)
    local_code = models.CharField("资料中的代码", max_length=80)
    existing_code = models.CharField("已登记的代码", max_length=160)
    qualified_code = models.CharField("另行登记为", max_length=160, blank=True)
    differences = models.JSONField("差异")
    is_settled = models.BooleanField("已处理", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "代码冲突"
        ordering = ["theme_id", "kind", "local_code"]
        constraints = [
            models.UniqueConstraint(fields=["theme", "kind", "local_code"], name="collision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.local_code}"


class LiveFinding(models.Model):
    """What today's registers say against a version that is on show; written anew each time a theme is watched."""

    theme = models.ForeignKey(Theme, verbose_name="主题", on_delete=models.CASCADE, related_name="live_findings")
    version = models.PositiveIntegerField("版本号")
    division = models.ForeignKey(
        Division, verbose_name="区划", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField("种类", max_length=40)
    is_blocking = models.BooleanField("须尽快处理")
    finding = models.JSONField("发现")
    checked_at = models.DateTimeField("巡查时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "在用主题的新情况"
        ordering = ["theme_id", "-is_blocking", "id"]

    def __str__(self) -> str:
        return str(self.finding.get("sentence", self.code))
