"""Tables of dictionaries, public fields and item forms."""

from datetime import date
from typing import Self, get_args

from django.db import models
from django.db.models import Q

from forms_builder.documents import DataType
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel.models import Revisioned

_TYPE_LABELS = {
    "string": "文本", "text": "多行文本", "integer": "整数", "decimal": "小数", "boolean": "是/否", "date": "日期",
    "dict": "单选字典", "multi_dict": "多选字典", "division": "区划", "uscc": "统一社会信用代码",
    "id_card": "公民身份号码", "phone": "电话", "postcode": "邮政编码", "address": "地址", "table": "表格",
    "file": "附件",
}  # fmt: skip
DATA_TYPES = [(code, _TYPE_LABELS[code]) for code in get_args(DataType)]


class Dictionary(Revisioned):
    """字典: a code list."""

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=100)
    standard = models.CharField("标准", max_length=200, blank=True)
    source = models.TextField("来源", blank=True)
    confidence = models.TextField("可信度", blank=True)
    note = models.TextField("备注", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "字典"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class DictionaryEntryQuerySet(models.QuerySet["DictionaryEntry"]):
    def in_force(self, on: date) -> Self:
        """Entries valid on that day, both ends included."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        )


class DictionaryEntry(models.Model):
    """字典项: one code. It is dated out, never deleted."""

    dictionary = models.ForeignKey(Dictionary, verbose_name="字典", on_delete=models.PROTECT, related_name="entries")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=200)
    alias = models.CharField("别名", max_length=40, blank=True)
    parent_code = models.CharField("上级代码", max_length=40, blank=True)
    order = models.PositiveIntegerField("次序", default=0)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    objects = DictionaryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "字典项"
        ordering = ["dictionary_id", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["dictionary", "code"], name="dictionary_entry_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PublicField(Revisioned):
    """公共字段: one meaning across all departments."""

    code = models.CharField("代码", max_length=100, unique=True)
    label = models.CharField("名称", max_length=200)
    data_type = models.CharField("类型", max_length=12, choices=DATA_TYPES)
    max_length = models.PositiveIntegerField("最大长度", null=True, blank=True)
    scale = models.PositiveSmallIntegerField("小数位数", null=True, blank=True)
    dictionary = models.ForeignKey(
        Dictionary, verbose_name="字典", null=True, blank=True, on_delete=models.PROTECT, related_name="public_fields"
    )
    format = models.CharField("格式", max_length=40, blank=True)
    std_format = models.CharField("标准格式", max_length=60, blank=True, help_text="按 GB/T 39046 书写")
    prefill_library = models.CharField("预填来源库", max_length=60, blank=True)
    prefill_element = models.CharField("预填数据项", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公共字段"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label


class ItemFormQuerySet(models.QuerySet["ItemForm"]):
    def visible_to(self, actor: User) -> Self:
        """Forms of the items the actor sees."""
        return self.filter(item__in=ServiceItem.objects.visible_to(actor))


class ItemForm(Revisioned):
    """事项表单: one item's own form, one typed document (forms_builder.documents.ItemFormDocument)."""

    item = models.OneToOneField(ServiceItem, verbose_name="事项", on_delete=models.PROTECT, related_name="form")
    document = models.JSONField("表单文档", default=dict)

    objects = ItemFormQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事项表单"
        ordering = ["item__name"]

    def __str__(self) -> str:
        return f"{self.item.name}申请表"
