"""The table of audit entries."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now

from opsplatform.accounts.models import User


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, actor: User) -> Self:
        """Entries of the divisions whose trail the actor may read; those of no division are read in the city."""
        divisions = actor.divisions_where("audit.view")
        of_no_division = Q(Exists(divisions.filter(parent=None)), division_code="")
        return self.filter(Q(division_code__in=divisions.values("code")) | of_no_division)


class AuditEntry(models.Model):
    """One act. Rows are only ever added."""

    at = models.DateTimeField("时间", db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="操作人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_name = models.CharField("操作人姓名", max_length=150)
    action = models.CharField("动作", max_length=100)
    object_type = models.CharField("对象类型", max_length=60)
    object_key = models.CharField("对象", max_length=200)
    object_label = models.CharField("对象名称", max_length=300, blank=True)
    division_code = models.CharField("区划", max_length=12, blank=True)
    reason = models.TextField("理由", blank=True)
    before = models.JSONField("改动前", null=True)
    after = models.JSONField("改动后", null=True)
    facts = models.JSONField("说明", default=dict)
    channel = models.CharField("渠道", max_length=20, blank=True)
    request_id = models.CharField("请求编号", max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["object_type", "object_key", "-id"], name="audit_object"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["request_id"], name="audit_request"),
            models.Index(fields=["division_code", "-id"], name="audit_division"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_label}"
