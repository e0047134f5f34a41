from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from opsplatform.release.errors import NotApproved
from opsplatform.release.models import PlanStage
from themes import selectors
from themes.models import Theme
from themes.services.planning import ThemePlan, ThemeStage, plan_release
from themes.services.publishing import release_theme

EVERYWHERE = "all"


class Command(ActorCommand):
    help = "把已批准的版本发布到区划：现在，或定时、分批。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--divisions", help="区划代码，用逗号分隔；all 表示全部办理区划")
        parser.add_argument("--at", help="到这一时刻自动发布（ISO 8601，带时区）；不给时现在发布")
        parser.add_argument(
            "--stage",
            action="append",
            default=[],
            help="分批：区划[@时刻]，可以给多次；all 表示其余全部办理区划，不给时刻的由人在页面上点按发布",
        )
        parser.add_argument("--until", help="到这一时刻自行结束（ISO 8601，带时区）")
        parser.add_argument("--note", required=True, help="说明，只供内部查看")
        parser.add_argument("--public-note", default="", help="对外说明")

    def perform(self, *, actor: User, code: str, note: str, public_note: str, **options: Any) -> Report:
        stages = _stages(options["divisions"], options["at"], options["stage"])
        until = _moment(options["until"])
        theme = selectors.get_theme(actor, code)
        current = theme.subject.current_version
        if current is None:
            raise NotApproved
        if stages is not None:
            plan = ThemePlan(f"{theme}发布", [(code, current.number)], stages, note, public_note, until)
            return _planned(actor, theme, plan)
        releases = release_theme(
            actor=actor,
            code=code,
            version=current.number,
            division_codes=_codes(options["divisions"]),
            note=note,
            public_note=public_note,
            until=until,
        )
        report = [{"division": row.division.code, "digest": row.package_id} for row in releases]
        lines = [f"  {row.division.code} {row.division.name}  {row.package_id}" for row in releases]
        return report, "\n".join([f"{code} 版本 {current.number} 已发布到 {len(releases)} 个区划：", *lines])


def _planned(actor: User, theme: Theme, wanted: ThemePlan) -> Report:
    plan = plan_release(actor=actor, wanted=wanted)
    stages = [_told(stage) for stage in plan.stages.all()]
    lines = [
        f"  第 {one['position']} 批  {one['due_at'] or '由人点按'}  {','.join(one['divisions'])}" for one in stages
    ]
    return {"plan": plan.pk, "stages": stages}, "\n".join([f"{theme.code} 的发布计划 {plan.pk} 已制定：", *lines])


def _told(stage: PlanStage) -> dict[str, Any]:
    return {
        "position": stage.position,
        "due_at": stage.due_at and stage.due_at.isoformat(),
        "divisions": list(stage.elements.order_by("division__code").values_list("division__code", flat=True)),
    }


def _stages(divisions: str | None, at: str | None, stages: Sequence[str]) -> list[ThemeStage] | None:
    """The stages that are asked for; None for a release now."""
    if bool(divisions) == bool(stages) or (at and stages):
        raise CommandError("请给 --divisions（可加 --at），或给一个以上的 --stage。", returncode=2)
    if at:
        return [ThemeStage(_moment(at), _codes(divisions))]
    return [_stage(text) for text in stages] or None


def _stage(text: str) -> ThemeStage:
    places, _, at = text.partition("@")
    return ThemeStage(_moment(at), _codes(places))


def _codes(text: str | None) -> list[str] | None:
    return None if text == EVERYWHERE else [part.strip() for part in (text or "").split(",") if part.strip()]


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"{text} 不是带时区的 ISO 8601 时刻，例如 2026-12-01T09:00:00+08:00。", returncode=2)
    return moment
