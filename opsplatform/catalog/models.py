"""Tables of service items, materials, review points, legal basis and service points."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from opsplatform.accounts.models import User
from opsplatform.kernel.models import Revisioned
from opsplatform.organizations.models import BodyKind, Department, Division


def _codes(label: str, length: int = 8) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=length), verbose_name=label, default=list, blank=True)


class ServiceItemQuerySet(models.QuerySet["ServiceItem"]):
    def visible_to(self, actor: User) -> Self:
        """Items of the kinds of bodies every division has, and of bodies in the actor's line of divisions."""
        return self.filter(
            Q(department__isnull=True) | Q(department__division__in=actor.divisions_where("registers.view"))
        )

    def answered_for_by(self, departments: models.QuerySet[Department]) -> Self:
        """Items for which one of the departments is responsible."""
        return self.filter(Q(department__in=departments) | Q(body_kind__responsible__in=departments))


class ServiceItem(Revisioned):
    """事项: one thing one department, or every department of one kind, does. Days are working days."""

    key = models.CharField("登记编号", max_length=160, unique=True, editable=False)
    name = models.CharField("名称", max_length=200)
    daily_name = models.CharField("通俗名称", max_length=100, blank=True)
    department = models.ForeignKey(
        Department, verbose_name="实施机构", null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    body_kind = models.ForeignKey(
        BodyKind, verbose_name="实施机构类别", null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    basic_code = models.CharField("基本编码", max_length=24)
    sequence = models.CharField("业务办理项序号", max_length=4, default="01")
    level_code = models.CharField("行使层级", max_length=4)
    item_type_code = models.CharField("事项类型", max_length=4, blank=True)
    project_type_code = models.CharField("办件类型", max_length=4, blank=True)
    statutory_days = models.PositiveSmallIntegerField("法定时限(工作日)", default=0)
    promised_days = models.PositiveSmallIntegerField("承诺时限(工作日)", default=0)
    day_unit = models.CharField("时限单位", max_length=2, default="W")
    division_days = models.JSONField("分区承诺时限", default=list, blank=True)
    onsite_times = models.PositiveSmallIntegerField("到现场次数", default=0)
    baseline_visits = models.PositiveSmallIntegerField("改革前跑动次数", default=0)
    is_fee = models.BooleanField("收费", default=False)
    fee_note = models.CharField("收费说明", max_length=300, blank=True)
    service_object_codes = _codes("服务对象")
    handle_form_codes = _codes("办理形式")
    conditions = ArrayField(models.TextField(), verbose_name="受理条件", default=list, blank=True)
    results = models.JSONField("办理结果", default=list, blank=True)
    confidence = models.TextField("资料来源", blank=True)

    objects = ServiceItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering = ["name", "key"]
        constraints = [
            models.CheckConstraint(
                name="item_body_or_kind",
                condition=Q(department__isnull=False, body_kind__isnull=True)
                | Q(department__isnull=True, body_kind__isnull=False),
                violation_error_message="实施机构与实施机构类别必须且只能填一个。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LegalBasis(models.Model):
    """设定依据: a law or rule an item stands on, with the period in which it holds."""

    item = models.ForeignKey(ServiceItem, verbose_name="事项", on_delete=models.CASCADE, related_name="legal_bases")
    order = models.PositiveSmallIntegerField("次序", default=0)
    text = models.TextField("依据")
    valid_from = models.DateField("施行日期", null=True, blank=True)
    valid_to = models.DateField("失效日期", null=True, blank=True)
    is_repealed = models.BooleanField("已废止", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "设定依据"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Material(Revisioned):
    """材料: a document an item asks for. One that was merged into another stays, and says into which."""

    class Exempt(models.TextChoices):
        E_LICENSE = "e_license", "调用电子证照"
        DATA_SHARE = "data_share", "数据共享核验"
        GENERATED = "generated", "由表单生成"

    code = models.CharField("材料代码", max_length=80, unique=True)
    name = models.CharField("名称", max_length=200)
    material_type_code = models.CharField("材料类型", max_length=4, blank=True)
    form_code = models.CharField("材料形式", max_length=4, blank=True)
    necessity_code = models.CharField("必要性", max_length=4, blank=True)
    original_count = models.PositiveSmallIntegerField("原件份数", default=0)
    copy_count = models.PositiveSmallIntegerField("复印件份数", default=0)
    source_code = models.CharField("来源渠道", max_length=4, blank=True)
    issuer = models.CharField("出具单位", max_length=200, blank=True)
    exempt = models.CharField("免提交方式", max_length=12, choices=Exempt.choices, blank=True)
    e_license = models.CharField("电子证照", max_length=100, blank=True)
    confidence = models.TextField("资料来源", blank=True)
    merged_into = models.ForeignKey(
        "self", verbose_name="已并入", null=True, blank=True, editable=False, on_delete=models.PROTECT,
        related_name="merged", db_index=False,
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ReviewPoint(models.Model):
    """材料审查要点: what the examiner checks on a material."""

    material = models.ForeignKey(Material, verbose_name="材料", on_delete=models.CASCADE, related_name="review_points")
    order = models.PositiveSmallIntegerField("次序", default=0)
    text = models.CharField("要点", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "审查要点"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class ServicePointQuerySet(models.QuerySet["ServicePoint"]):
    def visible_to(self, actor: User) -> Self:
        """Windows in the actor's line of divisions."""
        return self.filter(division__in=actor.divisions_where("registers.view"))


class ServicePoint(Revisioned):
    """办理地址: a window that serves one theme, or every theme, in a division while it is valid."""

    division = models.ForeignKey(Division, verbose_name="区划", on_delete=models.PROTECT, related_name="service_points")
    theme_code = models.CharField("服务的主题", max_length=60, blank=True, help_text="留空表示服务于所有主题")
    name = models.CharField("名称", max_length=200)
    address = models.CharField("地址", max_length=300)
    window = models.CharField("窗口", max_length=200, blank=True)
    hours = models.CharField("办公时间", max_length=200, blank=True)
    holidays = models.JSONField("节假日安排", default=dict, blank=True, db_default={})  # ISO date → hours, or 休息
    phone = models.CharField("电话", max_length=50, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    is_illustrative = models.BooleanField("示例数据", default=False)

    objects = ServicePointQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理地址"
        ordering = ["division__code", "name"]
        constraints = [
            models.UniqueConstraint(fields=["division", "theme_code", "name"], name="service_point_once"),
        ]

    def __str__(self) -> str:
        return self.name
