"""Tables of subjects, versions, decisions, packages, releases and plans; those of a version's review are in `reviews`.

Migrations 0002 and later add the triggers that hold them.
"""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Now

from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Division
from opsplatform.release.reviews import (
    CommentResolution,
    Emergency,
    ReviewComment,
    ReviewParty,
    ReviewPlan,
    ReviewStep,
)

__all__ = [
    "CommentResolution", "Decision", "DraftRevision", "Emergency", "Package", "Release", "ReleaseQuerySet",
    "ReviewComment", "ReviewParty", "ReviewPlan", "ReviewStep", "Subject", "Version",
]  # fmt: skip

_USER = settings.AUTH_USER_MODEL


def _same(key: str) -> tuple[Func, str]:
    """Rows of one key, said so that a GiST index needs no extension."""
    return Func(F(key), F(key), Value("[]"), function="int8range"), RangeOperators.OVERLAPS


class Subject(models.Model):
    """Something that is published. Its draft lives beside whatever is live."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审核"
        APPROVED = "approved", "已批准"

    kind = models.CharField("种类", max_length=40)
    code = models.CharField("代码", max_length=160)
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
    """The bytes that the acceptance platform reads, with their detached Ed25519 signature. Never changes.

    `localisation`: the approved version of the division's own changes that is in them, of a subject of that kind.
    """

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="packages")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    localisation = models.ForeignKey(
        Version, verbose_name="本地化版本", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    content = models.BinaryField("内容")
    signature = models.CharField("签名", max_length=100)
    key_id = models.CharField("密钥编号", max_length=64)
    created_at = models.DateTimeField("生成时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "发布包"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "division", "localisation"], name="package_once_localised", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class ReleaseQuerySet(models.QuerySet["Release"]):
    def live(self) -> Self:
        """Releases on show now."""
        return self.filter(ended_at__isnull=True)

    def live_at(self, moment: datetime) -> Self:
        """Releases that were on show at the moment; past the end of its period nothing is."""
        return self.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=moment),
            Q(effective_until__isnull=True) | Q(effective_until__gt=moment),
            released_at__lte=moment,
        )

    def told_in_house(self, where: Q) -> Self:
        """With `is_in_house`: whether the reader is told why as the house is, here where the condition holds."""
        return self.annotate(is_in_house=ExpressionWrapper(where, output_field=models.BooleanField()))


class Release(models.Model):
    """A version on show in a division, since and until when, by whom and why.

    `note` stays in the house, `public_note` leaves in the export; `why` and `end_why` are what the reader may know.
    `effective_until` is when it ends by itself; `successor` is what people are led to since it ended.
    """

    class Ending(models.TextChoices):
        SUPERSEDED = "superseded", "被新版本取代"
        WITHDRAWN = "withdrawn", "撤回"
        REPLACED = "replaced", "由另一主题替换"
        REDIRECTED = "redirected", "跳转到另一主题"
        ROLLED_BACK = "rolled_back", "回退"
        EXPIRED = "expired", "到期结束"

    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="releases")
    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="releases")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    localisation = models.ForeignKey(
        Version, verbose_name="本地化版本", null=True, on_delete=models.PROTECT, related_name="localised_releases",
        db_index=False,
    )  # fmt: skip
    package = models.ForeignKey(Package, verbose_name="发布包", on_delete=models.PROTECT, related_name="releases")
    released_by = models.ForeignKey(_USER, verbose_name="发布人", on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField("发布时间", db_default=Now(), editable=False)
    effective_until = models.DateTimeField("有效期至", null=True, editable=False)
    note = models.TextField("发布说明")
    public_note = models.TextField("对外说明", blank=True, db_default="")
    ended_at = models.DateTimeField("结束时间", null=True, editable=False)
    ended_by = models.ForeignKey(_USER, verbose_name="结束人", null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField("结束方式", max_length=12, choices=Ending.choices, blank=True)
    end_note = models.TextField("结束说明", blank=True)
    end_public_note = models.TextField("对外的结束说明", blank=True, db_default="")
    successor = models.ForeignKey(
        Subject, verbose_name="改办", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    is_in_house = True  # unless the rows were read by somebody outside (`told_in_house`)

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
            models.CheckConstraint(
                name="release_leads_somewhere_else",
                condition=Q(successor__isnull=True) & ~Q(ending__in=["replaced", "redirected"])
                | Q(successor__isnull=False, ending__in=["replaced", "redirected"]) & ~Q(successor=F("subject")),
            ),
            ExclusionConstraint(
                name="release_periods_apart",
                expressions=[
                    _same("subject"),
                    _same("division"),
                    (Func(F("released_at"), F("ended_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "division", "-released_at"], name="release_history"),
            models.Index(fields=["localisation"], name="release_of_localisation"),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.division}"

    @property
    def told_note(self) -> str:
        """What may leave the house about why it is on show; rows older than the distinction have one note for both."""
        return self.public_note or self.note

    @property
    def why(self) -> str:
        """Why it was released, as far as the reader is told."""
        return self.note if self.is_in_house else self.told_note

    @property
    def end_why(self) -> str:
        """Why it ended, as far as the reader is told."""
        return self.end_note if self.is_in_house else self.end_public_note


class PauseQuerySet(models.QuerySet["Pause"]):
    def open(self) -> Self:
        """Pauses that stand now."""
        return self.filter(resumed_at__isnull=True)

    def at(self, moment: datetime) -> Self:
        """Pauses that stood at the moment."""
        return self.filter(Q(resumed_at__isnull=True) | Q(resumed_at__gt=moment), paused_at__lte=moment)


class Pause(models.Model):
    """Applications are paused in a division while the subject stays on show there, whichever version that is."""

    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="pauses")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    message = models.TextField("给申请人的话")
    note = models.TextField("暂停理由")
    paused_by = models.ForeignKey(_USER, verbose_name="暂停人", on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField("暂停时间", db_default=Now(), editable=False)
    resumed_by = models.ForeignKey(_USER, verbose_name="恢复人", null=True, on_delete=models.PROTECT, related_name="+")
    resumed_at = models.DateTimeField("恢复时间", null=True, editable=False)
    resume_note = models.TextField("恢复说明", blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "暂停受理"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "division"], name="pause_one_open", condition=Q(resumed_at__isnull=True)
            ),
            models.CheckConstraint(name="pause_says_why", condition=~Q(message="") & ~Q(note="")),
            models.CheckConstraint(
                name="pause_ends_whole",
                condition=Q(resumed_at__isnull=True, resumed_by__isnull=True, resume_note="")
                | Q(resumed_at__gte=F("paused_at"), resumed_by__isnull=False) & ~Q(resume_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.division} 暂停受理"


class ReleasePlan(Revisioned):
    """Versions of one or several subjects that go on show together, in one stage or several.

    Whoever planned it last is the one whose rights count when a stage runs at its time.
    """

    title = models.CharField("名称", max_length=200)
    note = models.TextField("发布说明")
    public_note = models.TextField("对外说明")
    effective_until = models.DateTimeField("有效期至", null=True)
    planned_by = models.ForeignKey(_USER, verbose_name="计划人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "发布计划"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="plan_says_why", condition=~Q(note="") & ~Q(public_note=""))]

    def __str__(self) -> str:
        return self.title

    @property
    def audit_key(self) -> str:
        return str(self.pk)


class PlanStage(models.Model):
    """One step of a plan: everything in it goes on show in one transaction, at its time or when somebody says so."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发布"
        DONE = "done", "已发布"
        REFUSED = "refused", "未能发布"
        CALLED_OFF = "called_off", "已取消"
        ROLLED_BACK = "rolled_back", "已回退"

    plan = models.ForeignKey(ReleasePlan, verbose_name="发布计划", on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField("批次")
    due_at = models.DateTimeField("发布时间", null=True)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.WAITING)
    reasons = models.JSONField("未能发布的原因", default=list)
    settled_by = models.ForeignKey(_USER, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField("结果时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "发布批次"
        ordering = ["plan_id", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="stage_position_once")]

    def __str__(self) -> str:
        return f"{self.plan} 第 {self.position} 批"

    @property
    def may_still_run(self) -> bool:
        """Whether it waits, or was refused and can be tried again."""
        return self.state in (self.State.WAITING, self.State.REFUSED)


class JoinedLocalisation(models.Model):
    """A division's localisation that goes on show with a plan's release there, in the same transaction.

    It stays when the plan is changed. Whoever joined it answers for that, and is the one whose right counts.
    """

    plan = models.ForeignKey(ReleasePlan, verbose_name="发布计划", on_delete=models.CASCADE, related_name="joined")
    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    localisation = models.ForeignKey(Version, verbose_name="本地化版本", on_delete=models.PROTECT, related_name="+")
    joined_by = models.ForeignKey(_USER, verbose_name="加入人", on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField("加入时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "随计划上线的本地化"
        ordering = ["plan_id", "subject__code", "division__code"]
        constraints = [models.UniqueConstraint(fields=["plan", "subject", "division"], name="joined_once")]

    def __str__(self) -> str:
        return f"{self.localisation} · {self.plan}"


class PlanElement(models.Model):
    """One version in one division of a stage, and what came of it.

    `release` is the row that it became; none where the division showed the version already. `period` stands while the
    stage waits for its time: from then until the release ends by itself, or that one moment where it does not: of two
    without end the later takes the earlier's place. That one without end reaches into no later one with an end is for
    `release_plans` to see.
    """

    stage = models.ForeignKey(PlanStage, verbose_name="批次", on_delete=models.CASCADE, related_name="elements")
    subject = models.ForeignKey(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, verbose_name="版本", on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    release = models.OneToOneField(
        Release, verbose_name="发布记录", null=True, on_delete=models.PROTECT, related_name="planned"
    )
    period = DateTimeRangeField("计划有效期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "计划内容"
        ordering = ["stage_id", "subject__code", "division__code"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "subject", "division"], name="planned_once"),
            ExclusionConstraint(
                name="planned_periods_apart",
                expressions=[_same("subject"), _same("division"), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.division}"
