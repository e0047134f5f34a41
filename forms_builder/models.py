"""Tables of dictionaries, public fields and item forms."""

from datetime import date
from typing import Self, get_args

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
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
    parent_dictionary = models.ForeignKey(
        "self", verbose_name="上级字典", null=True, blank=True, on_delete=models.PROTECT, related_name="dependants",
        help_text="上级代码取自另一字典时选择；留空则取自本字典",
    )  # fmt: skip
    is_below_divisions = models.BooleanField(
        "上级为区划", default=False, db_default=False, help_text="上级代码是区划代码，如街道属于区"
    )

    class Meta:
        verbose_name = verbose_name_plural = "字典"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="dictionary_one_parent",
                condition=Q(parent_dictionary__isnull=True) | Q(is_below_divisions=False),
                violation_error_message="上级要么是另一字典，要么是区划。",
            ),
        ]

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
    successors = models.ManyToManyField(
        "self", verbose_name="改用", symmetrical=False, blank=True, related_name="predecessors"
    )

    objects = DictionaryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "字典项"
        ordering = ["dictionary_id", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["dictionary", "code"], name="dictionary_entry_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def audit_key(self) -> str:
        return f"{self.dictionary.code}/{self.code}"

    def is_in_force(self, on: date) -> bool:
        """Whether the entry is valid on that day, both ends included."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or self.valid_to >= on)


class FormerName(models.Model):
    """曾用名: what an entry was called until a day, that day included. Records of that time keep it."""

    entry = models.ForeignKey(
        DictionaryEntry, verbose_name="字典项", on_delete=models.PROTECT, related_name="former_names"
    )
    name = models.CharField("名称", max_length=200)
    until = models.DateField("用到")

    class Meta:
        verbose_name = verbose_name_plural = "字典项曾用名"
        ordering = ["entry_id", "until"]
        constraints = [models.UniqueConstraint(fields=["entry", "until"], name="former_name_once")]

    def __str__(self) -> str:
        return f"{self.name}（至 {self.until}）"


class Crosswalk(Revisioned):
    """代码对照: how the codes of one dictionary are spelled in another, for one partner or for all."""

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=100)
    partner = models.CharField("对接方", max_length=100, blank=True, help_text="留空表示适用于所有对接方")
    from_dictionary = models.ForeignKey(
        Dictionary, verbose_name="来源字典", on_delete=models.PROTECT, related_name="crosswalks_from"
    )
    to_dictionary = models.ForeignKey(
        Dictionary, verbose_name="目标字典", on_delete=models.PROTECT, related_name="crosswalks_to"
    )
    note = models.TextField("备注", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码对照"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CrosswalkMapping(models.Model):
    """对照关系: one code and its counterpart. A code may have several counterparts, and several codes may share one."""

    class Relation(models.TextChoices):
        SAME = "same", "相同"
        NARROWER = "narrower", "来源较窄"
        BROADER = "broader", "来源较宽"
        CLOSE = "close", "近似"

    crosswalk = models.ForeignKey(Crosswalk, verbose_name="代码对照", on_delete=models.CASCADE, related_name="mappings")
    order = models.PositiveIntegerField("次序", default=0)
    from_code = models.CharField("来源代码", max_length=40)
    to_code = models.CharField("目标代码", max_length=40)
    relation = models.CharField("关系", max_length=8, choices=Relation.choices, default=Relation.SAME)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "对照关系"
        ordering = ["crosswalk_id", "order", "id"]

    def __str__(self) -> str:
        return f"{self.from_code} → {self.to_code}"


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


class IndexedDocument(models.Model):
    """A document whose uses of codes are known as of one of its states. A stamp that differs asks for a new reading."""

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    stamp = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "已索引的文档"
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="indexed_document_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


class CodeUse(models.Model):
    """A place in a document that names codes, or offers a whole dictionary where `codes` is empty.

    `carrier` tells of which dictionary: "dictionary:CODE", or the field whose dictionary it is, "public_field:CODE" or
    "item_field:ITEM/FIELD". `carries` is set where the place itself is such a field.
    """

    document = models.ForeignKey(IndexedDocument, on_delete=models.CASCADE, related_name="uses")
    place = models.CharField(max_length=300)
    label = models.CharField(max_length=500)
    carrier = models.CharField(max_length=240)
    carries = models.CharField(max_length=240, blank=True)
    codes = ArrayField(models.CharField(max_length=200), default=list)
    takes_several = models.BooleanField(default=False)
    may_end = models.BooleanField(default=False)
    ends_on = models.DateField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码使用处"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["carrier"], name="code_use_carrier"),
            GinIndex(fields=["codes"], name="code_use_codes"),
        ]

    def __str__(self) -> str:
        return self.label
