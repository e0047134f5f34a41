"""Planning the steps of reviews: for a kind of subjects, or for one of them."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from opsplatform.console.pages import ConsolePage, Crumb, whole_number
from opsplatform.kernel.errors import Invalid, NotFound
from opsplatform.release.documents import MOST_DAYS
from opsplatform.release.models import ReviewPlan
from opsplatform.release.review_selectors import find_plan, steps_planned
from opsplatform.release.services.planning import PLAN, find_planned, plan_reviews, unplan_reviews
from opsplatform.release.subjects import Step, SubjectKind, kind_named, kinds

LIST = "review-plans"


class ReviewPlans(ConsolePage):
    action = PLAN
    title = "审核步骤"
    template_name = "release/review_plans.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list; with a kind and a code the page on which that subject gets steps of its own."""
        code = request.GET.get("code", "").strip()
        if not code:
            return self.page()
        try:
            kind, subject = find_planned(request.GET.get("kind", ""), code)
        except NotFound as refusal:
            return self.page(refusal=refusal)
        return redirect("review-plan-of", kind.kind, subject.code if subject else "")

    def context(self) -> dict[str, Any]:
        """The steps of each kind as they are now, and the subjects that have steps of their own."""
        own = ReviewPlan.objects.exclude(subject=None).select_related("subject").defer("subject__draft")
        return {
            "kinds": [{"kind": kind, "steps": steps_planned(kind), "plan": find_plan(kind, None)} for kind in kinds()],
            "own": [{"plan": plan, "kind": kind_named(plan.kind)} for plan in own.order_by("kind", "subject__code")],
            "code": self.request.GET.get("code", ""),
        }


class ReviewPlanPage(ConsolePage):
    """Of a kind, or with a code in the address of one subject."""

    action = PLAN
    nav = LIST
    template_name = "release/review_plan.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        kind, subject = find_planned(self.kwargs["subject_kind"], self.kwargs.get("code", ""))
        return f"{kind.title}的审核步骤" if subject is None else f"“{subject}”的审核步骤"

    def breadcrumbs(self) -> Sequence[Crumb]:
        """The list, then this."""
        return (Crumb("审核步骤", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """Every step that reviews of the kind can have, those planned with what is planned."""
        kind, subject = find_planned(self.kwargs["subject_kind"], self.kwargs.get("code", ""))
        plan = find_plan(kind, subject)
        planned = {step.code: step for step in steps_planned(kind, subject)}
        rows = [_row(step, planned.get(step.code)) for step in kind.steps]
        return {
            "kind": kind,
            "subject": subject,
            "plan": plan,
            "revision": plan.revision if plan else 0,
            "rows": [_typed(row, self.request) for row in rows] if self.request.method == "POST" else rows,
            "most_days": MOST_DAYS,
        }

    def post(self, request: HttpRequest, subject_kind: str, code: str = "") -> HttpResponse:
        """The steps are planned, or nothing is any more; refused in place otherwise."""
        what = {
            "actor": self.actor, "kind": subject_kind, "code": code,
            "expected_revision": whole_number(request.POST.get("revision", "")) or 0,
        }  # fmt: skip
        match request.POST.get("do"):
            case "plan":
                kind, _ = find_planned(subject_kind, code)
                plan_reviews(**what, tree={"steps": _planned(kind, request)})
                return self.done("审核步骤已保存，从下一次提交起采用。", reverse(LIST))
            case "unplan":
                unplan_reviews(**what)
                return self.done("已恢复为通常的审核步骤，从下一次提交起采用。", reverse(LIST))
            case _:
                raise Invalid("没有这项操作。")


def _row(step: Step, planned: Step | None) -> dict[str, Any]:
    shown = planned or step
    return {
        "code": step.code, "name": step.name, "is_planned": planned is not None,
        "position": shown.position, "needed": shown.needed or "", "days": shown.days,
    }  # fmt: skip


def _typed(row: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """The row as it was typed."""
    code = row["code"]
    typed = {name: request.POST.get(f"{name}-{code}", "") for name in ("position", "needed", "days")}
    return {**row, **typed, "is_planned": code in request.POST.getlist("step")}


def _planned(kind: SubjectKind, request: HttpRequest) -> list[dict[str, Any]]:
    """The steps ticked; what is no number stays a text, for the shape to refuse."""
    chosen = set(request.POST.getlist("step"))
    return [_step(step.code, request) for step in kind.steps if step.code in chosen]


def _step(code: str, request: HttpRequest) -> dict[str, Any]:
    given = {name: request.POST.get(f"{name}-{code}", "").strip() for name in ("position", "needed", "days")}
    numbers = {name: whole_number(text) if whole_number(text) is not None else text for name, text in given.items()}
    return {"code": code, **{name: number for name, number in numbers.items() if name != "needed" or number != ""}}
