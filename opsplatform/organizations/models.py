"""Tables of divisions, kinds of bodies and bodies."""

from typing import Self

from django.db import models
from django.db.models import Q

from opsplatform.kernel.models import Revisioned
from opsplatform.kernel.registers import Actor


class DivisionQuerySet(models.QuerySet["Division"]):
    def visible_to(self, actor: Actor) -> Self:
        """The divisions of the actor's line and below."""
        return self.filter(pk__in=actor.divisions_where("registers.view"))

    def subtree_of(self, division: "Division") -> Self:
        """The division and everything below it."""
        return self.filter(path__startswith=division.path)


class Division(Revisioned):
    """A node of the GB/T 2260 tree; `path` is "/310000/310101/", so a prefix is a subtree."""

    class Level(models.TextChoices):
        CITY = "city", "市"
        DISTRICT = "district", "区"
        STREET = "street", "街道(镇)"

    class Kind(models.TextChoices):
        CITY = "city", "直辖市"
        DISTRICT = "district", "市辖区"
        SUBDISTRICT = "subdistrict", "街道"
        TOWN = "town", "镇"
        TOWNSHIP = "township", "乡"
        STATISTICAL = "statistical_unit", "统计单元"

    code = models.CharField("区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=100)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", verbose_name="上级区划", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField("路径", max_length=60, unique=True, editable=False)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区划"
        ordering = ["code"]
        indexes = [models.Index(fields=["path"], name="division_path_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def is_statistical(self) -> bool:
        return self.kind == self.Kind.STATISTICAL

    def contains(self, other: "Division") -> bool:
        """Whether the other division is this one or lies below it."""
        return other.path.startswith(self.path)


class BodyKind(Revisioned):
    """机构类别: "the district's (street's) body of this kind", resolved to concrete bodies when a version is frozen.

    Its `responsible` department answers at the city for the items that all bodies of the kind do.
    """

    code = models.CharField("类别代码", max_length=80, unique=True)
    name = models.CharField("名称", max_length=200)
    short_name = models.CharField("简称", max_length=100, blank=True)
    level = models.CharField(
        "所在层级", max_length=10, choices=[(Division.Level.DISTRICT, "区"), (Division.Level.STREET, "街道(镇)")]
    )
    level_code = models.CharField("行使层级代码", max_length=4, blank=True)
    responsible = models.ForeignKey(
        "Department",
        verbose_name="负责部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="kinds_answered_for",
        db_index=False,
        limit_choices_to={"division__parent": None},
        error_messages={"invalid": "负责部门必须是市级部门。"},
        help_text="各区（街镇）的这类机构所办事项，在市里由哪个部门负责编制和审核；留空则由市级运营负责",
    )

    class Meta:
        verbose_name = verbose_name_plural = "机构类别"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def in_every_division(self) -> str:
        """The bodies of this kind in words: "各区市场监督管理局"."""
        place = "区" if self.level == Division.Level.DISTRICT else "街镇"
        return f"各{place}{self.name.removeprefix(place)}"


class DepartmentQuerySet(models.QuerySet["Department"]):
    def visible_to(self, actor: Actor) -> Self:
        """The bodies of the actor's line of divisions and below."""
        return self.filter(division__in=actor.divisions_where("registers.view"))


class Department(Revisioned):
    """A government body of one division, known by division and full name."""

    division = models.ForeignKey(
        Division, verbose_name="所属区划", on_delete=models.PROTECT, related_name="departments"
    )
    name = models.CharField("全称", max_length=200)
    short_name = models.CharField("简称", max_length=100, blank=True)
    kind = models.ForeignKey(
        BodyKind,
        verbose_name="机构类别",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bodies",
    )
    level_code = models.CharField("行使层级代码", max_length=4, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    uscc_is_illustrative = models.BooleanField("信用代码为示例", default=False)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "部门"
        ordering = ["division__code", "name"]
        constraints = [
            models.UniqueConstraint(fields=["division", "name"], name="department_division_name"),
            models.UniqueConstraint(
                fields=["division", "kind"],
                name="department_one_per_kind",
                condition=Q(kind__isnull=False),
                violation_error_message="该区划已有这一类别的机构。",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name
