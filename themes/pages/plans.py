"""Plans of releases: the list, and one plan with what came of each stage and what can be done with it now."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import Crumb
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.jobs.selectors import list_recent
from opsplatform.jobs.wording import told
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid
from opsplatform.release.models import PlanStage, Release, ReleasePlan
from opsplatform.release.selectors import stages_at_a_loss
from themes import selectors
from themes.pages.base import ActorPage
from themes.pages.plan_results import joined_of, results_of, waiting_of
from themes.services.planning import call_off_plan, roll_back_plan, run_plan_stage

LIST = "themes:plans"
ROWS_PER_PAGE = 30
TONES = {
    PlanStage.State.WAITING: "info",
    PlanStage.State.DONE: "good",
    PlanStage.State.REFUSED: "bad",
    PlanStage.State.CALLED_OFF: "neutral",
    PlanStage.State.ROLLED_BACK: "warn",
}


@dataclass(frozen=True)
class ToldStage:
    """A stage as the pages show it: its state, what it holds, whether it can run, whether it should have run."""

    stage: PlanStage
    tone: str
    versions: list[tuple[str, str, int]]
    places: list[tuple[str, str]]
    may_run: bool
    is_late: bool
    is_lost: bool  # it holds what is no longer approved


class PlanList(ActorPage):
    action = "registers.view"
    nav = LIST
    title = "发布计划"
    is_wide = True
    template_name = "themes/plans.html"

    def context(self) -> dict[str, Any]:
        """One page of the plans in sight, newest first, each with its stages."""
        page = list_page(selectors.list_plans(self.actor), self.request.GET.get(PARAMETER), ROWS_PER_PAGE)
        lost = _lost_in(page.rows)
        return {
            "page": page,
            "rows": [(plan, told_stages(plan, lost)) for plan in page.rows],
            "may_plan": self.actor.may_somewhere("themes.release"),
        }


class PlanPage(ActorPage):
    action = "registers.view"
    nav = LIST
    template_name = "themes/plan.html"

    @cached_property
    def plan(self) -> ReleasePlan:
        """The plan; raises NotFound out of the person's sight."""
        return selectors.get_plan(self.actor, self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.plan.title

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, plan."""
        return (Crumb("发布计划", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """The stages with their results, and the acts that are open to the person now."""
        stages = told_stages(self.plan, _lost_in([self.plan]))
        may = self.actor.may_somewhere("themes.release")
        return {
            "plan": self.plan,
            "stages": [(each, results_of(each.stage), joined_of(self.plan, each.stage)) for each in stages],
            "may_change": may and any(each.stage.may_still_run for each in stages),
            "may_roll_back": may and any(each.stage.state == PlanStage.State.DONE for each in stages),
            "may_run": may,
            "works": told(self.actor, list_recent(ReleasePlan._meta.label_lower, self.plan.pk)),
            "note": self.request.POST.get("note", ""),
            "public_note": self.request.POST.get("public_note", "恢复此前的版本。"),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A stage is on show, what was to come is called off, or all of it is rolled back."""
        note = request.POST.get("note", "")
        match request.POST.get("do"):
            case "run":
                position = self.number_sent("position", "发布")
                stage = run_plan_stage(actor=self.actor, plan_id=pk, position=position)
                begun, waiting = Release.objects.filter(planned__stage=stage).count(), waiting_of(stage)
                more = f"另有 {waiting} 处与区里的改动有冲突，等区里决定。" if waiting else ""
                return self.done(f"第 {position} 批已发布，{begun} 处上线了新的版本。{more}", "themes:plan", pk=pk)
            case "call_off":
                call_off_plan(actor=self.actor, plan_id=pk, note=note)
                return self.done("尚未发布的批次已取消。", "themes:plan", pk=pk)
            case "roll_back":
                public_note = request.POST.get("public_note", "")
                roll_back_plan(actor=self.actor, plan_id=pk, note=note, public_note=public_note)
                return self.done("已整批回退，各区恢复到计划之前的样子。", "themes:plan", pk=pk)
            case _:
                raise Invalid("没有这项操作。")

    def refused(self, refusal: Any) -> HttpResponse:
        """In place, with the plan as it stands now."""
        self.__dict__.pop("plan", None)
        return super().refused(refusal)


def _lost_in(plans: Sequence[ReleasePlan]) -> frozenset[int]:
    """The keys of the stages of the plans that cannot run as they are."""
    return frozenset(stages_at_a_loss().filter(plan__in=plans).values_list("pk", flat=True))


def told_stages(plan: ReleasePlan, lost: Container[int]) -> list[ToldStage]:
    """The stages in words. What ran says of each division whether something went on show there."""
    now, stages = clock.now(), []
    is_next = True
    for stage in plan.stages.all():
        elements = list(stage.elements.all())
        waits = stage.may_still_run
        stages.append(
            ToldStage(
                stage=stage,
                tone=TONES[PlanStage.State(stage.state)],
                versions=sorted({(e.subject.title, e.subject.code, e.version.number) for e in elements}),
                places=sorted({(e.division.code, e.division.name) for e in elements}),
                may_run=waits and is_next,
                is_late=stage.state == PlanStage.State.WAITING and stage.due_at is not None and stage.due_at < now,
                is_lost=stage.pk in lost,
            )
        )
        is_next = is_next and not waits
    return stages
