"""Tables of the files that left and of those that wait to be confirmed."""

from datetime import datetime

import msgspec
from django.db import models
from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.register_files.documents import Report


class ExportedFile(models.Model):
    """导出文件: what left, for whom, under which filters, and the digest by which a found file is recognised."""

    register = models.CharField("登记", max_length=60)
    format = models.CharField("格式", max_length=4)
    filters = models.JSONField("筛选条件", default=dict)
    line_count = models.PositiveIntegerField("行数")
    digest = models.CharField("SHA-256", max_length=64)
    created_by = models.ForeignKey(User, verbose_name="导出人", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("导出时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "导出文件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.register}.{self.format}"


class UploadedSheet(models.Model):
    """导入文件: its lines, the revisions its rows had when it was compared, and what that found.

    Whose word is given, is given to the comparison of that moment.
    """

    register = models.CharField("登记", max_length=60)
    file_name = models.CharField("文件名", max_length=200)
    lines = models.JSONField("内容")
    unread = models.JSONField("没有读的工作表", default=list, blank=True, db_default=[])
    seen = models.JSONField("比较时的修订")
    digest = models.CharField("SHA-256", max_length=64)
    comparison = models.JSONField("比较结果", null=True)
    compared_at = models.DateTimeField("比较时间", null=True)
    created_by = models.ForeignKey(User, verbose_name="上传人", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("上传时间", db_default=Now(), editable=False)
    expires_at = models.DateTimeField("有效至")
    applied_at = models.DateTimeField("写入时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入文件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be confirmed."""
        return self.applied_at is None and now < self.expires_at

    @property
    def comparison_mark(self) -> str:
        """By which a person says which comparison they looked at; empty before there is one."""
        return self.compared_at.isoformat() if self.compared_at else ""

    @property
    def report(self) -> Report | None:
        """What comparing it found, or what writing it did; None before."""
        return None if self.comparison is None else msgspec.convert(self.comparison, Report)
