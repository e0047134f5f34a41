"""Tables of events and of the head of the feed, and how both stand. Migration 0002 adds the triggers that hold them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class EventQuerySet(models.QuerySet["Event"]):
    def waiting(self) -> "EventQuerySet":
        """Committed events that have no position yet."""
        return self.filter(position__isnull=True)


class Event(models.Model):
    """One thing that became of one object, in public facts only. It gets its position once and otherwise never changes.

    Only the latest event of an object is kept for ever. An object is named as outsiders name it: kind, code and, where
    it differs between divisions, division.
    """

    event_id = models.UUIDField("事件编号", unique=True, default=uuid4, editable=False)
    position = models.PositiveBigIntegerField("位置", null=True, unique=True, editable=False)
    type = models.CharField("事件", max_length=40)
    kind = models.CharField("种类", max_length=40)
    code = models.CharField("代码", max_length=160)
    division_code = models.CharField("区划", max_length=12, blank=True)
    version = models.PositiveIntegerField("版本", null=True)
    digest = models.CharField("摘要", max_length=64, blank=True)
    is_tombstone = models.BooleanField("不再提供", default=False)
    facts = models.JSONField("说明", default=dict)
    at = models.DateTimeField("发生时间")
    announced_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    stamped_at = models.DateTimeField("编号时间", null=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变更事件"
        ordering = ["-position"]
        constraints = [
            models.CheckConstraint(
                name="event_stamped_whole",
                condition=Q(position__isnull=True, stamped_at__isnull=True)
                | Q(position__gte=1, stamped_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="event_waiting", condition=Q(position__isnull=True)),
            models.Index(fields=["kind", "code", "division_code", "position"], name="event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.code}"


class Head(models.Model):
    """The one row that says how far the feed has come, in which epoch, and which sequencer is in charge until when."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField("纪元", db_default=RandomUUID())
    epoch_began_at = models.DateTimeField("纪元始于", db_default=Now())
    position = models.PositiveBigIntegerField("位置", default=0)
    compacted_to = models.PositiveBigIntegerField("已压缩至", default=0)
    holder = models.CharField("编号进程", max_length=100, blank=True)
    beaten_at = models.DateTimeField("最近一次心跳", null=True)
    lease_until = models.DateTimeField("占用至", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "变更流的现状"
        constraints = [models.CheckConstraint(name="feed_head_once", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}"


@dataclass(frozen=True)
class Standing:
    """How far the feed has come, what waits for a position since when, and whether a sequencer is at it."""

    head: Head
    waiting: int
    oldest_waiting: timedelta
    is_attended: bool
