"""Tables of scene categories, themes, grants on single themes, collisions that a dossier brought in, localisations."""

from datetime import date
from typing import Any, Self

import msgspec
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from opsplatform.accounts.models import User
from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Subject, Version


class SceneCategoryQuerySet(models.QuerySet["SceneCategory"]):
    def in_force(self, on: date) -> Self:
        """Categories offered on that day, both ends included."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        )


class SceneCategory(Revisioned):
    """场景分类: a node of the tree of life-cycle stages. It is dated out or merged into another, never deleted."""

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    parent = models.ForeignKey(
        "self", verbose_name="上级分类", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    order = models.PositiveIntegerField("次序", default=0)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", verbose_name="并入", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip

    objects = SceneCategoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "场景分类"
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    def is_over(self, on: date) -> bool:
        """Whether it is offered no more on that day; one that was merged is not, from the very day."""
        return self.merged_into_id is not None or (self.valid_to is not None and self.valid_to < on)


class ThemeQuerySet(models.QuerySet["Theme"]):
    def visible_to(self, actor: User) -> Self:
        """Themes whose draft the actor sees, and themes live anywhere."""
        live = Release.objects.live().filter(subject=OuterRef("subject"))
        return self.filter(_draft_in_sight(actor) | Exists(live))

    def drafts_visible_to(self, actor: User) -> Self:
        """Themes of the actor's departments and city operation, and themes granted one by one."""
        return self.filter(_draft_in_sight(actor))

    def editable_by(self, actor: User) -> Self:
        """Themes whose draft the actor may edit: of their departments, and granted one by one."""
        departments = actor.departments_where("themes.edit")
        return self.filter(Q(lead_department__in=departments) | Q(pk__in=_granted(actor, "themes.change_theme")))


def _granted(actor: User, permission: str) -> models.QuerySet["Theme", Any]:
    """The keys of the themes on which the actor was granted this one by one."""
    if not actor.takes_grants:
        return Theme.objects.none().values("pk")
    return get_objects_for_user(actor, permission, klass=Theme, with_superuser=False).values("pk")


def _draft_in_sight(actor: User) -> Q:
    departments = actor.departments_where("themes.view_draft")
    return (
        Q(subject__division__in=actor.divisions_where("themes.view_draft"))
        | Q(lead_department__in=departments)
        | Q(pk__in=Theme.partner_departments.through.objects.filter(department__in=departments).values("theme"))
        | Q(pk__in=_granted(actor, "themes.view_theme"))
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


class NationalTheme(Revisioned):
    """全国清单事项: a theme of a national list, its stage here, and the theme by which it is offered here."""

    batch = models.CharField("批次", max_length=20)
    batch_name = models.CharField("清单", max_length=100)
    batch_total = models.PositiveSmallIntegerField("清单项数", null=True, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)
    name = models.CharField("名称", max_length=100)
    audience = models.CharField("面向", max_length=40, blank=True)
    lead_department = models.CharField("牵头部门", max_length=100, blank=True)
    partners = models.JSONField("配合部门", default=list)
    items = models.JSONField("事项", default=list)
    source = models.TextField("来源", blank=True)
    confidence = models.TextField("可信度", blank=True)
    category = models.ForeignKey(
        SceneCategory, verbose_name="场景分类", null=True, blank=True, on_delete=models.PROTECT,
        related_name="national_themes",
    )  # fmt: skip
    theme = models.ForeignKey(
        Theme, verbose_name="本市主题", null=True, blank=True, on_delete=models.PROTECT, related_name="national_themes"
    )

    class Meta:
        verbose_name = verbose_name_plural = "全国清单事项"
        ordering = ["batch", "order"]
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="national_theme_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_key(self) -> str:
        return f"{self.batch}/{self.name}"


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


class LocalisationQuerySet(models.QuerySet["Localisation"]):
    def visible_to(self, actor: User) -> Self:
        """Localisations of divisions whose localisations the actor may see."""
        return self.filter(subject__division__in=actor.divisions_where("localisations.view"))


class Localisation(models.Model):
    """区级本地化: a district's changes of a theme, a release subject whose draft is a LocalisationDocument."""

    subject = models.OneToOneField(
        Subject, verbose_name="发布对象", primary_key=True, on_delete=models.PROTECT, related_name="localisation"
    )
    theme = models.ForeignKey(Theme, verbose_name="主题", on_delete=models.PROTECT, related_name="localisations")

    objects = LocalisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区级本地化"
        ordering = ["subject__code"]

    def __str__(self) -> str:
        return self.subject.title

    @property
    def audit_key(self) -> str:
        return self.subject.code


class LocalisationException(Revisioned):
    """例外: what a district may do beyond the city's limits with one element, because the city said so, until a day.

    `asked_value`: the value of the element in the draft when it was asked for; what is granted is that and no more.
    `city_value`: the city's then. Both are null where it was asked for before they were recorded. `withdrawn_…` tells
    of the city that withdrew what it had granted, or of the district that took back what it had asked for.
    """

    class Kind(models.TextChoices):
        SLOWER = "slower", "比全市承诺的慢"
        MATERIAL = "material", "多要材料"
        REQUIRED_FIELD = "required_field", "多要必填"
        CONDITION = "condition", "多设条件"

    class State(models.TextChoices):
        REQUESTED = "requested", "待市级决定"
        GRANTED = "granted", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"
        RETRACTED = "retracted", "本区已收回"

    theme = models.ForeignKey(Theme, verbose_name="主题", on_delete=models.PROTECT, related_name="exceptions")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    key = models.CharField("内容", max_length=400)
    kind = models.CharField("种类", max_length=14, choices=Kind.choices)
    reason = models.TextField("理由")
    expires_on = models.DateField("有效期至")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(User, verbose_name="申请人", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        User, verbose_name="决定人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decision_note = models.TextField("决定意见", blank=True)
    asked_value = models.JSONField("本区申请的内容", null=True)
    city_value = models.JSONField("当时市级的内容", null=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name="撤回人", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawal_note = models.TextField("撤回理由", blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "本地化例外"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["theme", "division", "key", "kind"],
                name="exception_requested_once",
                condition=Q(state="requested"),
            ),
            models.CheckConstraint(name="exception_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="exception_decided_by_another",
                condition=Q(state__in=["requested", "retracted"], decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(state__in=["requested", "retracted"])
                & ~Q(decided_by=F("requested_by"))
                & ~Q(decision_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.theme} · {self.division} · {self.get_kind_display()}"

    @property
    def audit_key(self) -> str:
        return str(self.pk)


class CityChange(models.Model):
    """市级变更: a version of the theme that met a localisation in its division, and what became of the two.

    `standings`: how each operation of the district stood to the version, by the key of its element.
    `note`, `public_note`, `effective_until`: what the city's release of the version said, and when it ends by itself.
    `gave_way_to`: the later version that met the localisation while this one was undecided.
    """

    class Outcome(models.TextChoices):
        COMBINED = "combined", "已合并上线"
        HELD = "held", "旧版保留，等区里决定"
        SUSPENDED = "suspended", "市级新版上线，冲突的改动暂停"

    localisation = models.ForeignKey(
        Localisation, verbose_name="本地化", on_delete=models.PROTECT, related_name="city_changes"
    )
    version = models.ForeignKey(Version, verbose_name="主题版本", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=9, choices=Outcome.choices)
    standings = models.JSONField("本区改动的情况", default=dict)
    findings = models.JSONField("检查结果", default=list)
    note = models.TextField("市级的发布说明", blank=True, db_default="", editable=False)
    public_note = models.TextField("市级的对外说明", blank=True, db_default="", editable=False)
    effective_until = models.DateTimeField("有效期至", null=True, editable=False)
    gave_way_to = models.ForeignKey(
        Version, verbose_name="让位于", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    met_at = models.DateTimeField("发生时间", db_default=Now(), editable=False)
    closed_at = models.DateTimeField("处理完时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "市级变更"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["localisation", "version"], name="city_change_once")]

    def __str__(self) -> str:
        return f"{self.localisation} · 市 v{self.version.number}"

    @property
    def conflicts(self) -> list[str]:
        """Keys of the elements that wait for the district's choice."""
        return [key for key, standing in self.standings.items() if standing == "conflict"]

    @property
    def found(self) -> list[Finding]:
        """What the gate found in the localisation on this version."""
        return msgspec.convert(self.findings, list[Finding])


class UploadedRules(models.Model):
    """上传的决策表: rules of a theme in an uploaded spreadsheet, waiting until they are taken or given up.

    `sheet`: the title of the sheet read. `revision`: that of the draft from which it was exported, where it says so.
    """

    theme = models.ForeignKey(Theme, verbose_name="主题", on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField("文件名", max_length=200)
    sheet = models.CharField("工作表", max_length=100)
    lines = models.JSONField("内容")
    revision = models.PositiveIntegerField("导出时的修订", null=True)
    digest = models.CharField("SHA-256", max_length=64)
    created_by = models.ForeignKey(User, verbose_name="上传人", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("上传时间", db_default=Now(), editable=False)
    expires_at = models.DateTimeField("有效至")

    class Meta:
        verbose_name = verbose_name_plural = "上传的决策表"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["theme", "created_by"], name="uploaded_rules_once")]

    def __str__(self) -> str:
        return self.file_name


class GuidanceProof(models.Model):
    """引导的证明: what background work proves of guidance that is too large to be proved while somebody waits.

    `asked`: the very input of the proof, whose SHA-256 is `digest`; empty once there is a `report`.
    """

    digest = models.CharField("SHA-256", max_length=64, unique=True)
    code = models.CharField("主题", max_length=60)
    asked = models.BinaryField("证明什么")
    report = models.JSONField("结果", null=True)
    asked_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "引导的证明"
        ordering = ["-id"]
        indexes = [models.Index(fields=["code"], name="guidance_proof_code")]

    def __str__(self) -> str:
        return self.digest


class VersionProof(models.Model):
    """证明记录: what had been proved of a theme's version when it was submitted (themes.guidance.proof.record)."""

    version = models.OneToOneField(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="+")
    record = models.JSONField("证明了什么")

    class Meta:
        verbose_name = verbose_name_plural = "证明记录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.version)
