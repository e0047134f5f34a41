"""The form of a plan: which versions, in which stages, where and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict

from opsplatform.console.pages import Crumb, whole_number
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.models import PlanStage, ReleasePlan, Version
from opsplatform.release.services.release_plans import MOST_STAGES
from themes import selectors
from themes.models import Theme
from themes.pages.base import ActorPage
from themes.pages.moments import moment_given, typed
from themes.pages.plans import LIST
from themes.services.planning import ThemePlan, ThemeStage, change_release_plan, plan_release

FEWEST_SHOWN, SPARE = 4, 2  # stages: the form never shows fewer, and always so many empty ones while more are allowed
REST = "rest"


@dataclass(frozen=True)
class StageFields:
    """What the form shows of one stage: its time as typed, the codes ticked, whether it takes all the rest."""

    number: int
    due: str
    chosen: Sequence[str]
    has_rest: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said of this stage."""
        return not self.chosen and not self.due


class PlanForm(ActorPage):
    action = "themes.release"
    nav = LIST
    template_name = "themes/plan_form.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return "改动发布计划" if "pk" in self.kwargs else "制定发布计划"

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, form."""
        return (Crumb("发布计划", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """What was typed; else the plan as it stands, or one stage for the theme that the person comes from."""
        plan = selectors.get_plan(self.actor, self.kwargs["pk"]) if "pk" in self.kwargs else None
        allowed = self.actor.divisions_where("themes.release")
        fields = self._typed() if self.request.method == "POST" else self._standing(plan)
        return {
            **fields,
            "plan": plan,
            "divisions": allowed.filter(level=Division.Level.DISTRICT).order_by("code"),
            "versions": self._versions(plan),
            "rest": REST,
        }

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The plan stands as it was filled in."""
        wanted = self._wanted()
        if pk is None:
            plan = plan_release(actor=self.actor, wanted=wanted)
            return self.done("发布计划已制定。", "themes:plan", pk=plan.pk)
        revision = self.number_sent(then="保存")
        change_release_plan(actor=self.actor, plan_id=pk, wanted=wanted, expected_revision=revision)
        return self.done("发布计划已改动。", "themes:plan", pk=pk)

    def _wanted(self) -> ThemePlan:
        given = self.request.POST
        stages = []
        for number in _numbers_in(given):
            due_at = moment_given(given.get(f"due-{number}", ""), f"/stages/{number - 1}/due_at")
            chosen = given.getlist(f"division-{number}")
            if due_at is not None and not chosen:
                sentence = f"第 {number} 批填了时间，没有选区，计划没有保存。请为它选区；不要这一批，就清空时间。"
                raise Invalid(
                    sentence, problems=(Problem(f"/stages/{number - 1}/divisions", "no_divisions", sentence),)
                )
            if chosen:
                stages.append(ThemeStage(due_at, None if REST in chosen else chosen))
        return ThemePlan(
            title=given.get("title", ""),
            versions=[_version_named(text) for text in given.getlist("version")],
            stages=stages,
            note=given.get("note", ""),
            public_note=given.get("public_note", ""),
            effective_until=moment_given(given.get("until", ""), "/effective_until"),
        )

    def _typed(self) -> dict[str, Any]:
        given = self.request.POST
        return {
            "stages": [
                _fields(number, given.get(f"due-{number}", ""), given.getlist(f"division-{number}"))
                for number in _numbers_in(given)
            ],
            "chosen": given.getlist("version"),
            "revision": given.get("revision", ""),
            **{name: given.get(name, "") for name in ("title", "note", "public_note", "until")},
        }

    def _standing(self, plan: ReleasePlan | None) -> dict[str, Any]:
        if plan is None:
            asked = self.request.GET.get("theme", "")
            theme = selectors.find_theme(self.actor, asked)
            version = selectors.find_approved(theme) if theme else None
            return {
                "stages": [_fields(number, "", [REST] if number == 1 else []) for number in _numbers_for(0)],
                "chosen": [f"{asked}:{version.number}"] if version else [],
                "title": f"{theme}发布" if theme else "",
                "public_note": f"发布版本 {version.number}。" if version else "",
            }
        waiting = [stage for stage in plan.stages.all() if stage.may_still_run]
        return {
            "stages": [
                _standing_fields(number, waiting[number - 1] if number <= len(waiting) else None)
                for number in _numbers_for(len(waiting))
            ],
            "chosen": sorted({f"{e.subject.code}:{e.version.number}" for s in waiting for e in s.elements.all()}),
            "title": plan.title,
            "note": plan.note,
            "public_note": plan.public_note,
            "until": typed(plan.effective_until),
            "revision": plan.revision,
        }

    def _versions(self, plan: ReleasePlan | None) -> list[dict[str, Any]]:
        """What can be planned: the newest approved version of each theme in sight; of a plan also what it holds."""
        themes = Theme.objects.drafts_visible_to(self.actor).select_related("subject")
        newest: dict[int, Version] = {}
        for version in selectors.list_approved_versions(themes):
            newest.setdefault(version.subject_id, version)
        offered = {f"{version.subject.code}:{version.number}": version for version in newest.values()}
        for stage in plan.stages.all() if plan else ():
            for element in stage.elements.all():
                offered.setdefault(f"{element.subject.code}:{element.version.number}", element.version)
        return [
            {"key": key, "title": version.subject.title, "number": version.number, "note": version.note}
            for key, version in sorted(offered.items(), key=lambda pair: pair[1].subject.title)
        ]


def _numbers_for(filled: int) -> range:
    """The numbers of the stages that the form shows when so many are filled in."""
    return range(1, min(MOST_STAGES, max(FEWEST_SHOWN, filled + SPARE)) + 1)


def _numbers_in(given: QueryDict) -> list[int]:
    """The numbers of the stages that were sent."""
    return [number for number in range(1, MOST_STAGES + 1) if {f"due-{number}", f"division-{number}"} & set(given)]


def _fields(number: int, due: str, chosen: Sequence[str]) -> StageFields:
    return StageFields(number, due, chosen, has_rest=REST in chosen)


def _standing_fields(number: int, stage: PlanStage | None) -> StageFields:
    if stage is None:
        return _fields(number, "", [])
    return _fields(number, typed(stage.due_at), sorted({each.division.code for each in stage.elements.all()}))


def _version_named(text: str) -> tuple[str, int]:
    code, _, number = text.rpartition(":")
    chosen = whole_number(number)
    if not code or chosen is None:
        raise Invalid("请重新选择要发布的主题版本。")
    return code, chosen
