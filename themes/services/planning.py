"""Plans to release themes: one or several together, in stages, each at its time or when somebody says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.models import PlanElement, PlanStage, ReleasePlan, Version
from opsplatform.release.selectors import get_version
from opsplatform.release.services import release_plans, rolling_back, running_stages
from opsplatform.release.services.release_plans import WantedPlan, WantedRelease, WantedStage
from themes import selectors
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.services.publishing import named_divisions


@dataclass(frozen=True)
class ThemeStage:
    """One stage in codes; without `division_codes` every division on offer that no stage before it names."""

    due_at: datetime | None
    division_codes: Sequence[str] | None


@dataclass(frozen=True)
class ThemePlan:
    """A plan in codes: `versions` as theme and number; of a plan that has begun, the stages still to run."""

    title: str
    versions: Sequence[tuple[str, int]]
    stages: Sequence[ThemeStage]
    note: str
    public_note: str = ""
    effective_until: datetime | None = None


def plan_release(*, actor: User, wanted: ThemePlan) -> ReleasePlan:
    """The plan stands and its stages wait."""
    return release_plans.make_plan(actor=actor, wanted=_resolved(actor, wanted, set()))


def change_release_plan(*, actor: User, plan_id: int, wanted: ThemePlan, expected_revision: int) -> ReleasePlan:
    """What of the plan has not run is as wanted now."""
    plan = selectors.get_plan(actor, plan_id)
    ran = PlanStage.objects.filter(plan=plan, state__in=(PlanStage.State.DONE, PlanStage.State.ROLLED_BACK))
    placed = PlanElement.objects.filter(stage__in=ran).values_list("subject__code", "division__code")
    resolved = _resolved(actor, wanted, set(placed))
    return release_plans.change_plan(actor=actor, plan_id=plan.pk, wanted=resolved, expected_revision=expected_revision)


def run_plan_stage(*, actor: User, plan_id: int, position: int) -> PlanStage:
    """The stage is on show now."""
    plan = selectors.get_plan(actor, plan_id)
    return running_stages.run_stage(actor=actor, plan_id=plan.pk, position=position)


def call_off_plan(*, actor: User, plan_id: int, note: str) -> ReleasePlan:
    """What of the plan has not run will not."""
    return release_plans.call_off(actor=actor, plan_id=selectors.get_plan(actor, plan_id).pk, note=note)


def roll_back_plan(*, actor: User, plan_id: int, note: str, public_note: str = "") -> ReleasePlan:
    """Everything the plan put on show is undone together."""
    plan = selectors.get_plan(actor, plan_id)
    return rolling_back.roll_back(actor=actor, plan_id=plan.pk, note=note, public_note=public_note)


def _resolved(actor: User, wanted: ThemePlan, placed: set[tuple[str, str]]) -> WantedPlan:
    """The plan in rows; each theme only where its version is offered, and nowhere it has a place already."""
    if not wanted.versions:
        raise Invalid(problems=(Problem("/versions", "no_versions", "请至少选择一个主题的版本。"),))
    if len(dict(wanted.versions)) != len(wanted.versions):
        raise Invalid(problems=(Problem("/versions", "two_versions", "一个计划里，每个主题只能有一个版本。"),))
    subjects: dict[str, int] = {}
    offered: dict[str, dict[str, Division]] = {}
    for theme, version in _named_versions(actor, wanted):
        frozen = read_frozen(bytes(version.content))
        subjects[theme.code] = theme.subject_id
        offered[theme.code] = {
            division.code: division for division in selectors.list_offered_divisions(frozen.document.handling_divisions)
        }
    taken = set(placed)
    stages = []
    for stage in wanted.stages:
        places = _places(stage.division_codes, offered)
        releases = [
            WantedRelease(subjects[code], number, offered[code][place])
            for code, number in wanted.versions
            for place in places
            if place in offered[code] and (stage.division_codes is not None or (code, place) not in taken)
        ]
        taken |= {(code, place) for code, _ in wanted.versions for place in places}
        stages.append(WantedStage(stage.due_at, releases))
    return WantedPlan(
        title=wanted.title,
        stages=stages,
        note=wanted.note,
        public_note=wanted.public_note,
        effective_until=wanted.effective_until,
    )


def _named_versions(actor: User, wanted: ThemePlan) -> list[tuple[Theme, Version]]:
    """The themes and versions of the plan; raises Invalid naming every one that there is not, or not for the actor."""
    found, problems = [], []
    for place, (code, number) in enumerate(wanted.versions):
        try:
            theme = selectors.get_theme(actor, code)
            found.append((theme, get_version(theme.subject, number)))
        except NotFound:
            sentence = f"没有主题“{code}”的版本 {number}。"
            problems.append(Problem(f"/versions/{place}", "unknown_version", sentence))
    if problems:
        raise Invalid(problems=tuple(problems))
    return found


def _places(codes: Sequence[str] | None, offered: Mapping[str, Mapping[str, Division]]) -> list[str]:
    """The codes of the divisions meant; raises Invalid where none of the themes is offered in one of them."""
    everywhere = sorted({place for places in offered.values() for place in places})
    if codes is None:
        return everywhere
    if not codes:
        return []
    named = named_divisions(codes)
    strange = [division for division in named if division.code not in everywhere]
    if strange:
        names = "、".join(division.name for division in strange)
        sentence = f"所选主题都不在{names}办理。"
        raise Invalid(sentence, problems=(Problem("/stages", "division_not_offered", sentence),))
    return [division.code for division in named]
