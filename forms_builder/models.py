"""Tables of dictionaries, public fields and item forms."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Self, get_args

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from forms_builder.documents import TYPE_LABELS, DataType
from forms_builder.sensitivity import CLASSES, class_of
from opsplatform.accounts.models import User
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.kernel.models import Revisioned
from opsplatform.release.models import Release, ReviewParty, Subject

DATA_TYPES = [(code, TYPE_LABELS[code]) for code in get_args(DataType)]


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

    warnings: Sequence[str] = ()  # what whoever saved it last should look at; not stored

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

    def with_parents(self, on: date) -> Self:
        """Each with `above`: the code of what it lies below on that day, empty where that is nothing."""
        former = FormerParent.objects.filter(entry=OuterRef("pk"), until__gte=on).order_by("until")
        return self.annotate(above=Coalesce(Subquery(former.values("parent_code")[:1]), "parent_code"))


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

    @property
    def taken_over_on(self) -> date | None:
        """The day after the last, on which what takes over is in force; None without a last day."""
        return None if self.valid_to is None else min(self.valid_to, date.max - timedelta(days=1)) + timedelta(days=1)


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


class FormerParent(models.Model):
    """原上级: what an entry lies below until a day, that day included; it may be a day to come.

    From the day after it lies below the next of these, after the last below its `parent_code`.
    """

    entry = models.ForeignKey(
        DictionaryEntry, verbose_name="字典项", on_delete=models.PROTECT, related_name="former_parents"
    )
    parent_code = models.CharField("上级代码", max_length=40)
    until = models.DateField("用到")

    class Meta:
        verbose_name = verbose_name_plural = "字典项原上级"
        ordering = ["entry_id", "until"]
        constraints = [models.UniqueConstraint(fields=["entry", "until"], name="former_parent_once")]

    def __str__(self) -> str:
        return f"{self.parent_code}（至 {self.until}）"


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
    """公共字段: one meaning across all departments. One that was merged into another stays, and says into which."""

    code = models.CharField("代码", max_length=100, unique=True)
    label = models.CharField("名称", max_length=200)
    synonyms = ArrayField(
        models.CharField(max_length=60), verbose_name="同义词", default=list, db_default=[], blank=True,
        help_text="各部门对它的其他叫法，每行一个",
    )  # fmt: skip
    data_type = models.CharField("类型", max_length=12, choices=DATA_TYPES)
    max_length = models.PositiveIntegerField("最大长度", null=True, blank=True)
    scale = models.PositiveSmallIntegerField("小数位数", null=True, blank=True)
    minimum = models.DecimalField("最小值", max_digits=20, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField("最大值", max_digits=20, decimal_places=6, null=True, blank=True)
    pattern = models.CharField("校验规则", max_length=300, blank=True, default="", db_default="")
    dictionary = models.ForeignKey(
        Dictionary, verbose_name="字典", null=True, blank=True, on_delete=models.PROTECT, related_name="public_fields"
    )
    format = models.CharField("格式", max_length=40, blank=True)
    std_format = models.CharField("标准格式", max_length=60, blank=True, help_text="按 GB/T 39046 书写")
    sensitivity = models.CharField(
        "敏感程度", max_length=20, choices=CLASSES, blank=True, default="", db_default="",
        help_text="留空时按类型判定：证件号码、电话、地址为敏感，其余为内部",
    )  # fmt: skip
    prefill_library = models.CharField("预填来源库", max_length=60, blank=True)
    prefill_element = models.CharField("预填数据项", max_length=100, blank=True)
    merged_into = models.ForeignKey(
        "self", verbose_name="已并入", null=True, blank=True, editable=False, on_delete=models.PROTECT,
        related_name="merged", db_index=False,
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "公共字段"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def effective_sensitivity(self) -> str:
        """The class by which its values are shown."""
        return class_of(self.sensitivity, self.data_type, self.format)


class Move(models.Model):
    """Uses of one entry of a register that became uses of another, as a merge or a split does; whether it was undone.

    `documents` names every draft that changed: [{"kind", "code", "before", "after"}], the last two draft revisions.
    `register` is what the entries are called in the index and in the trail.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", "合并"
        SPLIT = "split", "拆分"

    register = ""

    kind = models.CharField("种类", max_length=5, choices=Kind.choices)
    documents = models.JSONField("改动的草稿")
    note = models.TextField("理由")
    made_by = models.ForeignKey(User, verbose_name="操作人", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("时间", db_default=Now(), editable=False)
    undone_by = models.ForeignKey(User, verbose_name="撤销人", null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField("撤销时间", null=True)
    undo_note = models.TextField("撤销理由", blank=True)

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source.code} → {self.target.code}"  # type: ignore[attr-defined]


_BETWEEN_TWO = ~Q(source=models.F("target"))
_UNDONE_WHOLE = (
    Q(undone_by__isnull=True, undone_at__isnull=True, undo_note="")
    | Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undo_note="")
)  # fmt: skip


class FieldMove(Move):
    """A public field merged into another, or split. `synonyms`: names of the source that the target had not.

    `raised_from`, `raised_to`: the class that was set for the field that keeps both, and the one that it has while
    something merged into it is more sensitive (services/classes_of_merged.py).
    """

    register = "public_field"

    source = models.ForeignKey(PublicField, verbose_name="原字段", on_delete=models.PROTECT, related_name="moves_from")
    target = models.ForeignKey(PublicField, verbose_name="新字段", on_delete=models.PROTECT, related_name="moves_to")
    synonyms = ArrayField(models.CharField(max_length=200), verbose_name="带去的叫法", default=list, db_default=[])
    raised_from = models.CharField("原敏感程度", max_length=20, choices=CLASSES, blank=True, default="", db_default="")
    raised_to = models.CharField("改为敏感程度", max_length=20, choices=CLASSES, blank=True, default="", db_default="")

    class Meta(Move.Meta):
        verbose_name = verbose_name_plural = "公共字段的合并与拆分"
        constraints = [
            models.CheckConstraint(name="field_move_between_two", condition=_BETWEEN_TWO),
            models.CheckConstraint(name="field_move_undone_whole", condition=_UNDONE_WHOLE),
        ]


class MaterialMove(Move):
    """A material merged into another."""

    register = "material"

    source = models.ForeignKey(Material, verbose_name="原材料", on_delete=models.PROTECT, related_name="moves_from")
    target = models.ForeignKey(Material, verbose_name="新材料", on_delete=models.PROTECT, related_name="moves_to")

    class Meta(Move.Meta):
        verbose_name = verbose_name_plural = "材料的合并"
        constraints = [
            models.CheckConstraint(name="material_move_between_two", condition=_BETWEEN_TWO),
            models.CheckConstraint(name="material_move_undone_whole", condition=_UNDONE_WHOLE),
        ]


class RefusedCandidate(models.Model):
    """A field of an item form and a public field that somebody said are not the same; it is not offered again."""

    item = models.ForeignKey(ServiceItem, verbose_name="事项", on_delete=models.CASCADE, related_name="+")
    field = models.CharField("字段代码", max_length=200)
    public_field = models.ForeignKey(PublicField, verbose_name="公共字段", on_delete=models.CASCADE, related_name="+")
    refused_by = models.ForeignKey(User, verbose_name="操作人", on_delete=models.PROTECT, related_name="+")
    refused_at = models.DateTimeField("时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "不采用的字段对照"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["item", "field", "public_field"], name="candidate_refused_once")]

    def __str__(self) -> str:
        return f"{self.field} ≠ {self.public_field}"


class ItemFormQuerySet(models.QuerySet["ItemForm"]):
    def visible_to(self, actor: User) -> Self:
        """Forms of the items the actor sees: those in force, and those whose draft the actor sees."""
        in_force = Release.objects.live().filter(subject=OuterRef("subject"))
        return self.filter(Q(_draft_in_sight(actor)) | Exists(in_force), item__in=ServiceItem.objects.visible_to(actor))

    def drafts_visible_to(self, actor: User) -> Self:
        """Forms of items for which the actor's department answers, or of bodies in the divisions the actor operates.

        And forms whose pending version the actor's department is to decide on, whoever answers for the item since.
        """
        return self.filter(_draft_in_sight(actor))


def _draft_in_sight(actor: User) -> Q:
    own = ServiceItem.objects.answered_for_by(actor.departments_where("item_forms.view_draft"))
    asked = ReviewParty.objects.filter(
        step__version=OuterRef("subject__current_version"),
        state__in=(ReviewParty.State.WAITING, ReviewParty.State.OPEN),
        department__in=actor.departments_where("item_forms.approve"),
    )
    is_asked = Q(Exists(asked), subject__state=Subject.State.SUBMITTED)
    return Q(subject__division__in=actor.divisions_where("item_forms.view_draft")) | Q(item__in=own) | is_asked


class ItemForm(models.Model):
    """事项表单: one item's own form, a release subject whose draft is a forms_builder.documents.ItemFormDocument.

    A row that a process of the release before this one wrote has no subject yet; nobody sees it until a migration gives
    it one.
    """

    item = models.OneToOneField(ServiceItem, verbose_name="事项", on_delete=models.PROTECT, related_name="form")
    subject = models.OneToOneField(Subject, verbose_name="发布对象", on_delete=models.PROTECT, related_name="item_form")

    objects = ItemFormQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事项表单"
        ordering = ["item__name"]

    def __str__(self) -> str:
        return f"{self.item.name}申请表"

    @property
    def audit_key(self) -> str:
        return self.item.key


class UploadedForm(models.Model):
    """上传的表单文件: what a person uploaded for an item's form; it waits until it is taken or given up.

    `content` of a sheet is its lines, each with its number and cells; of a schema the text of the file.
    """

    class Kind(models.TextChoices):
        SCHEMA = "schema", "JSON Schema"
        SHEET = "sheet", "表格文件"

    item = models.ForeignKey(ServiceItem, verbose_name="事项", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("种类", max_length=6, choices=Kind.choices)
    file_name = models.CharField("文件名", max_length=200)
    content = models.JSONField("内容")
    unread = models.JSONField("没有读的工作表", default=list, blank=True, db_default=[])
    digest = models.CharField("SHA-256", max_length=64)
    created_by = models.ForeignKey(User, verbose_name="上传人", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("上传时间", db_default=Now(), editable=False)
    expires_at = models.DateTimeField("有效至")

    class Meta:
        verbose_name = verbose_name_plural = "上传的表单文件"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["item", "created_by"], name="uploaded_form_once")]

    def __str__(self) -> str:
        return self.file_name


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
            GinIndex(fields=["codes"], name="code_use_codes", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.label
