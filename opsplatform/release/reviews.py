"""Tables of a version's review: its steps, who takes part in them, what they found, a release before its end."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Department, Division

_USER = settings.AUTH_USER_MODEL


class ReviewPlan(Revisioned):
    """Which steps a review has: for a kind of subject, or for one subject of it. Where none is kept the kind's own."""

    kind = models.CharField("种类", max_length=40)
    subject = models.ForeignKey(
        "release.Subject", verbose_name="只用于", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    steps = models.JSONField("步骤")  # of opsplatform.release.documents.PlannedStep

    class Meta:
        verbose_name = verbose_name_plural = "审核步骤设置"
        ordering = ["kind", "subject_id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="review_plan_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject or ''}".strip()

    @property
    def audit_key(self) -> str:
        return self.kind if self.subject is None else f"{self.kind}:{self.subject.code}"


class ReviewStepQuerySet(models.QuerySet["ReviewStep"]):
    def short(self) -> Self:
        """Steps that fewer parties have approved than they need."""
        agreed = Count("parties", filter=Q(parties__state=ReviewParty.State.APPROVED))
        return self.annotate(agreed=agreed).filter(agreed__lt=F("needed"))


class ReviewStep(models.Model):
    """One step of the review of one version, as it was planned at the submission. Never changes.

    Steps of one position run side by side; the next position opens when each of them has been approved by as many
    parties as it needs.
    """

    version = models.ForeignKey("release.Version", verbose_name="版本", on_delete=models.PROTECT, related_name="steps")
    code = models.CharField("代码", max_length=20)
    name = models.CharField("名称", max_length=40)
    position = models.PositiveSmallIntegerField("次序")
    action = models.CharField("须有的权限", max_length=60)  # of the policy table, judged on each party
    needed = models.PositiveSmallIntegerField("须通过的方数")
    days = models.PositiveSmallIntegerField("期限（天）")
    created_at = models.DateTimeField("设立时间", db_default=Now(), editable=False)

    objects = ReviewStepQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审核步骤"
        ordering = ["version_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="review_step_once"),
            models.CheckConstraint(name="review_step_needs_somebody", condition=Q(needed__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_met(self) -> bool:
        """Whether as many parties as it needs have approved."""
        return sum(party.state == ReviewParty.State.APPROVED for party in self.parties.all()) >= self.needed

    @property
    def is_by_all(self) -> bool:
        """Whether every one of its parties has to approve."""
        return self.needed == len(self.parties.all())


class ReviewParty(models.Model):
    """Who takes part in a step: a department, or who answers for a division. It decides once, on one digest."""

    class State(models.TextChoices):
        WAITING = "waiting", "尚未轮到"
        OPEN = "open", "待审核"
        APPROVED = "approved", "已通过"
        RETURNED = "returned", "已退回"
        SPARED = "spared", "无须再审"

    step = models.ForeignKey(ReviewStep, verbose_name="步骤", on_delete=models.PROTECT, related_name="parties")
    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department, verbose_name="部门", null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    assignee = models.ForeignKey(_USER, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("期限", null=True)
    reminded_on = models.DateField("最近提醒", null=True)
    decided_by = models.ForeignKey(_USER, verbose_name="决定人", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)
    digest = models.CharField("所审内容的摘要", max_length=64, blank=True)
    note = models.TextField("意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核方"
        ordering = ["step_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "division", "department"], name="review_party_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="review_party_decides_whole",
                condition=Q(state__in=["approved", "returned"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(digest="")
                & ~Q(note="")
                | Q(state__in=["waiting", "open", "spared"], decided_by__isnull=True, decided_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="review_party_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return str(self.department or self.division)


class ReviewComment(models.Model):
    """What a reviewer has to say about one element of a version; `pointer` as in kernel.comparison, empty for all.

    It is resolved in the draft that follows. Only ever added, as is its resolution.
    """

    version = models.ForeignKey(
        "release.Version", verbose_name="版本", on_delete=models.PROTECT, related_name="comments"
    )
    pointer = models.CharField("所指", max_length=300, blank=True)
    text = models.TextField("意见")
    written_by = models.ForeignKey(_USER, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class CommentResolution(models.Model):
    """What was done about a comment."""

    comment = models.OneToOneField(
        ReviewComment, verbose_name="意见", primary_key=True, on_delete=models.PROTECT, related_name="resolution"
    )
    note = models.TextField("处理说明")
    resolved_by = models.ForeignKey(_USER, verbose_name="处理人", on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField("处理时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "意见的处理"

    def __str__(self) -> str:
        return self.note[:60]


class Emergency(models.Model):
    """应急发布: why a version shall be released before its review ends. The approval by another confirms it."""

    version = models.OneToOneField(
        "release.Version", verbose_name="版本", primary_key=True, on_delete=models.PROTECT, related_name="emergency"
    )
    digest = models.CharField("所请内容的摘要", max_length=64)
    reason = models.TextField("理由")
    asked_by = models.ForeignKey(_USER, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "应急发布"
        constraints = [models.CheckConstraint(name="emergency_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.version} 应急发布"
