"""Tables of webhooks: endpoints with their secrets, deliveries with every attempt at them."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import Division

MOST_TYPES = 50


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def visible_to(self, actor: User) -> Self:
        """The endpoints of the divisions the actor looks after, and a system's own."""
        return self.filter(Q(division__in=actor.divisions_where("webhooks.view")) | Q(peer=actor))


class Endpoint(Revisioned):
    """Where another system wants to be told what: an address, the events it wants, and how far it has been told.

    The feed has been looked through up to `position` of `epoch`; a lease says that somebody is delivering to it at this
    moment. None of this is content: it changes without a new revision.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "启用"
        PAUSED = "paused", "已暂停"
        PARKED = "parked", "停投待处理"
        ENDED = "ended", "已注销"

    peer = models.ForeignKey(User, verbose_name="对方系统", on_delete=models.PROTECT, related_name="webhook_endpoints")
    name = models.CharField("名称", max_length=100)
    url = models.CharField("地址", max_length=2000)
    division = models.ForeignKey(Division, verbose_name="区划范围", on_delete=models.PROTECT, related_name="+")
    event_types = ArrayField(
        models.CharField(max_length=40), verbose_name="事件", default=list, blank=True, size=MOST_TYPES
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ACTIVE, editable=False)
    state_reason = models.TextField("原因", blank=True, editable=False)
    epoch = models.UUIDField("变更流纪元", editable=False)
    position = models.PositiveBigIntegerField("已读到的位置", editable=False)
    failures = models.PositiveIntegerField("连续失败次数", default=0, editable=False)
    failing_since = models.DateTimeField("开始失败的时间", null=True, editable=False)
    rests_until = models.DateTimeField("下次尝试不早于", null=True, editable=False)
    succeeded_at = models.DateTimeField("最近成功", null=True, editable=False)
    lease_until = models.DateTimeField("占用至", null=True, editable=False)
    lease_token = models.CharField("占用标记", max_length=36, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知回调"
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["state"], name="endpoint_open", condition=~Q(state="ended"))]

    def __str__(self) -> str:
        return self.name


class SigningSecret(models.Model):
    """A secret that signs, sealed; the latest has no end, the one it replaced has one."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="secrets")
    sealed = models.BinaryField("密文")
    created_at = models.DateTimeField("生成时间", db_default=Now(), editable=False)
    valid_until = models.DateTimeField("有效至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "签名密钥"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], name="signing_secret_one_current", condition=Q(valid_until__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} #{self.pk}"


class Delivery(models.Model):
    """One message for one endpoint, byte for byte as it is sent every time, with what came of it so far."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待投递"
        DELIVERED = "delivered", "已送达"
        FAILED = "failed", "未送达"

    endpoint = models.ForeignKey(Endpoint, verbose_name="通知回调", on_delete=models.PROTECT, related_name="deliveries")
    message_id = models.CharField("消息编号", max_length=64)
    position = models.PositiveBigIntegerField("变更流位置", null=True)
    type = models.CharField("事件", max_length=40)
    about = models.CharField("对象", max_length=200, blank=True)
    body = models.TextField("内容")
    is_ping = models.BooleanField("测试", default=False)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField("应在何时投递", db_default=Now())
    attempts = models.PositiveSmallIntegerField("本轮已试次数", default=0)
    created_at = models.DateTimeField("生成时间", db_default=Now(), editable=False)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "message_id"], name="delivery_once")]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], name="delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
            models.Index(fields=["endpoint", "-id"], name="delivery_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return self.message_id


class Attempt(models.Model):
    """One time that a message was sent, or could not be, and what came back."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField("时间", db_default=Now(), editable=False)
    outcome = models.CharField("结果", max_length=40)
    status = models.PositiveSmallIntegerField("状态码", null=True)
    duration_ms = models.PositiveIntegerField("用时（毫秒）")
    excerpt = models.CharField("答复摘录", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递尝试"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.outcome
