"""Plans of releases with their stages, pauses, and what a release says in public, until when it lasts, what follows it."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

LEADS_SOMEWHERE_ELSE = models.CheckConstraint(
    condition=models.Q(
        models.Q(
            ("successor__isnull", True),
            models.Q(("ending__in", ["replaced", "redirected"]), _negated=True),
        ),
        models.Q(
            ("ending__in", ["replaced", "redirected"]),
            ("successor__isnull", False),
            models.Q(("successor", models.F("subject")), _negated=True),
        ),
        _connector="OR",
    ),
    name="release_leads_somewhere_else",
)
SAME_SUBJECT_AND_DIVISION = [
    (models.Func(models.F(key), models.F(key), models.Value("[]"), function="int8range"), "&&")
    for key in ("subject", "division")
]


def _key() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _moment(name: str, **options: object) -> models.DateTimeField:
    return models.DateTimeField(
        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name=name, **options
    )


def _to(model: str, name: str, related_name: str = "+", on_delete: object = PROTECT, **options: object) -> object:
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=model, verbose_name=name, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0001_initial"),
        ("release", "0006_review_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleasePlan",
            fields=[
                ("id", _key()),
                ("created_at", _moment("创建时间")),
                ("updated_at", _moment("更新时间")),
                ("revision", models.PositiveIntegerField(default=1, editable=False, verbose_name="修订号")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("note", models.TextField(verbose_name="发布说明")),
                ("public_note", models.TextField(verbose_name="对外说明")),
                ("effective_until", models.DateTimeField(null=True, verbose_name="有效期至")),
                ("planned_by", _to(settings.AUTH_USER_MODEL, "计划人")),
            ],
            options={
                "verbose_name": "发布计划",
                "verbose_name_plural": "发布计划",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("note", ""), _negated=True), models.Q(("public_note", ""), _negated=True)
                        ),
                        name="plan_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanStage",
            fields=[
                ("id", _key()),
                ("plan", _to("release.releaseplan", "发布计划", "stages", CASCADE)),
                ("position", models.PositiveSmallIntegerField(verbose_name="批次")),
                ("due_at", models.DateTimeField(null=True, verbose_name="发布时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发布"),
                            ("done", "已发布"),
                            ("refused", "未能发布"),
                            ("called_off", "已取消"),
                            ("rolled_back", "已回退"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("reasons", models.JSONField(default=list, verbose_name="未能发布的原因")),
                ("settled_by", _to(settings.AUTH_USER_MODEL, "经办人", null=True)),
                ("settled_at", models.DateTimeField(null=True, verbose_name="结果时间")),
            ],
            options={
                "verbose_name": "发布批次",
                "verbose_name_plural": "发布批次",
                "ordering": ["plan_id", "position"],
                "constraints": [models.UniqueConstraint(fields=("plan", "position"), name="stage_position_once")],
            },
        ),
        migrations.CreateModel(
            name="PlanElement",
            fields=[
                ("id", _key()),
                ("stage", _to("release.planstage", "批次", "elements", CASCADE)),
                ("subject", _to("release.subject", "发布对象")),
                ("version", _to("release.version", "版本")),
                ("division", _to("organizations.division", "区划")),
                (
                    "release",
                    models.OneToOneField(
                        null=True,
                        on_delete=PROTECT,
                        related_name="planned",
                        to="release.release",
                        verbose_name="发布记录",
                    ),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True, verbose_name="计划有效期"),
                ),
            ],
            options={
                "verbose_name": "计划内容",
                "verbose_name_plural": "计划内容",
                "ordering": ["stage_id", "subject__code", "division__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("stage", "subject", "division"), name="planned_once"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[*SAME_SUBJECT_AND_DIVISION, ("period", "&&")], name="planned_periods_apart"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", _key()),
                ("subject", _to("release.subject", "发布对象", "pauses")),
                ("division", _to("organizations.division", "区划")),
                ("message", models.TextField(verbose_name="给申请人的话")),
                ("note", models.TextField(verbose_name="暂停理由")),
                ("paused_by", _to(settings.AUTH_USER_MODEL, "暂停人")),
                ("paused_at", _moment("暂停时间")),
                ("resumed_by", _to(settings.AUTH_USER_MODEL, "恢复人", null=True)),
                ("resumed_at", models.DateTimeField(editable=False, null=True, verbose_name="恢复时间")),
                ("resume_note", models.TextField(blank=True, verbose_name="恢复说明")),
            ],
            options={
                "verbose_name": "暂停受理",
                "verbose_name_plural": "暂停受理",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)),
                        fields=("subject", "division"),
                        name="pause_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("message", ""), _negated=True), models.Q(("note", ""), _negated=True)
                        ),
                        name="pause_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resume_note", ""), ("resumed_at__isnull", True), ("resumed_by__isnull", True)),
                            models.Q(
                                ("resumed_at__gte", models.F("paused_at")),
                                ("resumed_by__isnull", False),
                                models.Q(("resume_note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="pause_ends_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "release",
            "effective_until",
            models.DateTimeField(editable=False, null=True, verbose_name="有效期至"),
        ),
        migrations.AddField(
            "release", "public_note", models.TextField(blank=True, db_default="", verbose_name="对外说明")
        ),
        migrations.AddField(
            "release", "end_public_note", models.TextField(blank=True, db_default="", verbose_name="对外的结束说明")
        ),
        migrations.AddField("release", "successor", _to("release.subject", "改办", null=True, db_index=False)),
        migrations.AlterField(
            "release",
            "ending",
            models.CharField(
                blank=True,
                choices=[
                    ("superseded", "被新版本取代"),
                    ("withdrawn", "撤回"),
                    ("replaced", "由另一主题替换"),
                    ("redirected", "跳转到另一主题"),
                    ("rolled_back", "回退"),
                    ("expired", "到期结束"),
                ],
                max_length=12,
                verbose_name="结束方式",
            ),
        ),
        AddConstraintNotValid("release", LEADS_SOMEWHERE_ELSE),
    ]
