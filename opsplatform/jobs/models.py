"""The table of work rows."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from opsplatform.accounts.models import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, actor: User) -> Self:
        """The actor's own work, and all work for those who watch over it."""
        if actor.may("jobs.view_all"):
            return self
        return self.filter(created_by=actor)

    def open(self) -> Self:
        """Work that will still go on by itself."""
        return self.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))


class Job(models.Model):
    """One piece of work: a list of elements, each done in a transaction of its own.

    `elements` is null until the first worker counts them; `pending` are still to be done in this attempt; an element
    that failed waits in `failures` for the next attempt.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        PARKED = "parked", "失败待处理"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("任务", max_length=80)
    payload = models.JSONField("参数", default=dict)
    dedupe_key = models.CharField("去重键", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField("应在何时进行", db_default=Now())
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    max_attempts = models.PositiveSmallIntegerField("最多次数", default=5)
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    lease_token = models.CharField("占用标记", max_length=36, blank=True)
    elements = models.JSONField("各项", null=True, blank=True)
    pending = models.JSONField("未完成项", default=list, blank=True)
    failures = models.JSONField("失败项及原因", default=dict, blank=True)
    last_error = models.TextField("最近错误", blank=True)
    object_type = models.CharField("对象类型", max_length=60, blank=True)
    object_key = models.CharField("对象", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("创建时间", db_default=Now(), editable=False)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                name="job_once_while_waiting",
                condition=Q(state="waiting") & ~Q(dedupe_key=""),
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="job_due", condition=Q(state__in=["waiting", "running"])),
            models.Index(fields=["kind"], name="job_parked", condition=Q(state="parked")),
            models.Index(fields=["object_type", "object_key", "-id"], name="job_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something will still happen by itself."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    def find_successor(self) -> "Job | None":
        """The waiting row in which the same work has been asked for anew."""
        same = Job.objects.filter(dedupe_key=self.dedupe_key, state=self.State.WAITING).exclude(pk=self.pk)
        return same.first() if self.dedupe_key else None

    @property
    def element_count(self) -> int:
        """How many elements the work has; 0 while nobody has counted them."""
        return len(self.elements or ())

    @property
    def done_count(self) -> int:
        """How many elements are done."""
        return self.element_count - len(set(self.pending) | set(self.failures))

    @property
    def inside(self) -> "ElementProgress | None":
        """How far the element being done is, where it tells."""
        told: ElementProgress | None = getattr(self, "progress", None)
        if told is None or not told.total or self.state != self.State.RUNNING:
            return None
        return told if self.pending[:1] == [told.element] else None

    @property
    def is_stopping(self) -> bool:
        """Whether it was called off while an element was being done."""
        told: ElementProgress | None = getattr(self, "progress", None)
        return told is not None and told.is_called_off and self.state == self.State.RUNNING


class ElementProgress(models.Model):
    """How far the element being done is, and whether it shall stop.

    While an element is done its work row is locked and its effects are invisible, so this stands beside the row: the
    worker writes it over a second connection, and the row need not be lockable, nor even committed, for that.
    """

    job = models.OneToOneField(
        Job, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="progress"
    )
    element = models.CharField("正在进行的一项", max_length=200)
    done = models.PositiveIntegerField("已做", default=0)
    total = models.PositiveIntegerField("共有", default=0)
    is_called_off = models.BooleanField("应停止", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "进行中的进度"

    def __str__(self) -> str:
        return f"{self.done} / {self.total}"
