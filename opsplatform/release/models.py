"""Tables of subjects, versions, decisions, packages and releases. Migration 0002 adds the triggers that hold them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from opsplatform.organizations.models import Division

_USER = settings.AUTH_USER_MODEL


class Subject(models.Model):
    """Something that is published. Its draft lives beside whatever is live."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审核"
        APPROVED = "approved", "已批准"

    kind = models.CharField("种类", max_length=40)
    code = models.CharField("代码", max_length=80)
    title = models.CharField("名称", max_length=200)
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    draft = models.JSONField("草稿")
    draft_revision = models.PositiveIntegerField("草稿修订号", default=1)
    current_version = models.ForeignKey(
        "Version", verbose_name="最近提交的版本", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("创建时间", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("更新时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "发布对象"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="subject_once"),
            models.CheckConstraint(
                name="subject_submitted_has_version",
                condition=Q(state="draft") | Q(current_version__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def audit_key(self) -> str:
        return self.code


class DraftRevision(models.Model):
    """One saved state of a draft and who saved it. Only ever added: it tells the authors of what is submitted later."""

    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField("修订号")
    document = models.JSONField("草稿")
    saved_by = models.ForeignKey(_USER, verbose_name="保存人", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField("保存时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "草稿修订"
        ordering = ["subject_id", "-revision"]
        constraints = [models.UniqueConstraint(fields=["subject", "revision"], name="draft_revision_once")]

    def __str__(self) -> str:
        return f"{self.subject} 修订 {self.revision}"


class Version(models.Model):
    """Immutable numbered content: canonical bytes with every reference frozen, and who wrote it."""

    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本号")
    content = models.BinaryField("内容")
    digest = models.CharField("摘要", max_length=64)
    draft_revision = models.PositiveIntegerField("提交时的草稿修订号")
    author_ids = ArrayField(models.BigIntegerField(), verbose_name="作者")
    submitted_by = models.ForeignKey(_USER, verbose_name="提交人", on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField("提交时间", db_default=Now(), editable=False)
    note = models.TextField("说明")

    class Meta:
        verbose_name = verbose_name_plural = "版本"
        ordering = ["subject_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="version_number_once"),
            models.CheckConstraint(name="version_has_note", condition=~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} v{self.number}"


class Decision(models.Model):
    """What became of a submitted version. Only ever added; an approval by an author is refused by the database."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "批准"
        RETURNED = "returned", "退回"
        VOIDED = "voided", "因修改而失效"

    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField("决定", max_length=10, choices=Kind.choices)
    digest = models.CharField("所批准内容的摘要", max_length=64)
    decided_by = models.ForeignKey(_USER, verbose_name="决定人", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("决定时间", db_default=Now(), editable=False)
    note = models.TextField("意见")

    class Meta:
        verbose_name = verbose_name_plural = "审核决定"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="decision_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()}"


class Package(models.Model):
    """The bytes that the acceptance platform reads, with their detached Ed25519 signature. Never changes."""

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="packages")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField("内容")
    signature = models.CharField("签名", max_length=100)
    key_id = models.CharField("密钥编号", max_length=64)
    created_at = models.DateTimeField("生成时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "发布包"
        constraints = [models.UniqueConstraint(fields=["version", "division"], name="package_once")]

    def __str__(self) -> str:
        return self.digest[:12]


class ReleaseQuerySet(models.QuerySet["Release"]):
    def live(self) -> Self:
        """Releases on show now."""
        return self.filter(ended_at__isnull=True)

    def live_at(self, moment: datetime) -> Self:
        """Releases that were on show at the moment."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=moment), released_at__lte=moment)


class Release(models.Model):
    """A version on show in a division, since and until when, by whom and why."""

    class Ending(models.TextChoices):
        SUPERSEDED = "superseded", "被新版本取代"
        WITHDRAWN = "withdrawn", "撤回"

    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="releases")
    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="releases")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    package = models.ForeignKey(Package, verbose_name="发布包", on_delete=models.PROTECT, related_name="releases")
    released_by = models.ForeignKey(_USER, verbose_name="发布人", on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField("发布时间", db_default=Now(), editable=False)
    note = models.TextField("发布说明")
    ended_at = models.DateTimeField("结束时间", null=True, editable=False)
    ended_by = models.ForeignKey(_USER, verbose_name="结束人", null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField("结束方式", max_length=12, choices=Ending.choices, blank=True)
    end_note = models.TextField("结束说明", blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发布记录"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "division"], name="release_one_live", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="release_has_note", condition=~Q(note="")),
            models.CheckConstraint(
                name="release_ends_whole",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending="")
                | Q(ended_at__gte=F("released_at"), ended_by__isnull=False) & ~Q(ending="") & ~Q(end_note=""),
            ),
        ]
        indexes = [models.Index(fields=["subject", "division", "-released_at"], name="release_history")]

    def __str__(self) -> str:
        return f"{self.version} · {self.division}"
