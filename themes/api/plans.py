"""Plans to release themes: made, looked at, changed, run, called off, rolled back."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView, Register, RegisterDetail, RegisterList
from opsplatform.release.api.serializers import NoteBody, PlanSerializer, PublicNoteBody
from opsplatform.release.models import ReleasePlan
from themes import selectors
from themes.api.serializers import PlanBody, RunBody
from themes.api.views import READ, SEE_DRAFT, WRITE
from themes.services.planning import (
    ThemePlan,
    ThemeStage,
    call_off_plan,
    change_release_plan,
    plan_release,
    roll_back_plan,
    run_plan_stage,
)

RELEASE = ("themes.release",)
PLAN = "plan"


class _Plans(Register):
    queryset = ReleasePlan.objects.all()
    serializer_class = PlanSerializer

    def visible_rows(self) -> QuerySet[ReleasePlan]:
        """The plans of themes whose drafts the actor may see."""
        return selectors.list_plans(self.actor)

    def shown(self, plan_id: int) -> Response:
        """The plan as it stands after an act."""
        plan = selectors.get_plan(self.actor, plan_id)
        return Response(PlanSerializer(plan).data, headers={"ETag": conditional.strong(_tag(plan))})


class ReleasePlans(_Plans, RegisterList):
    operations = {
        "get": Operation("list_release_plans", "发布计划，最新在前", SEE_DRAFT, READ),
        "post": Operation("plan_release", "制定发布计划", RELEASE, WRITE, is_change=True, has_etag=True),
    }
    order_key = "-id"

    @extend_schema(request=PlanBody, responses=PlanSerializer)
    def post(self, request: Request) -> Response:
        """The plan that stands now."""
        return self.shown(plan_release(actor=self.actor, wanted=_wanted(self.body(PlanBody))).pk)


class ReleasePlanDetail(_Plans, RegisterDetail):
    operations = {
        "get": Operation("read_release_plan", "发布计划及各批结果", SEE_DRAFT, READ, has_etag=True),
        "put": Operation(
            "change_release_plan",
            "改动尚未发布的批次",
            RELEASE,
            WRITE,
            is_change=True,
            needs_match=True,
            has_etag=True,
        ),
    }
    lookup_field = "pk"
    lookup_url_kwarg = "plan"

    @extend_schema(request=PlanBody, responses=PlanSerializer)
    def put(self, request: Request, plan: int) -> Response:
        """The plan as it stands now."""
        wanted = _wanted(self.body(PlanBody))
        expected = conditional.expected_revision(request, PLAN)
        change_release_plan(actor=self.actor, plan_id=plan, wanted=wanted, expected_revision=expected)
        return self.shown(plan)

    def tag_of(self, row: ReleasePlan) -> str:
        """The plan's revision."""
        return _tag(row)


class _OnPlan(_Plans, ApiView):
    """An act on one plan."""


class PlanStageRun(_OnPlan):
    operations = {"post": Operation("run_plan_stage", "立即发布一批", RELEASE, WRITE, is_change=True)}

    @extend_schema(request=RunBody, responses=PlanSerializer)
    def post(self, request: Request, plan: int, position: int) -> Response:
        """The plan after its stage went on show."""
        self.body(RunBody)
        run_plan_stage(actor=self.actor, plan_id=plan, position=position)
        return self.shown(plan)


class PlanCalledOff(_OnPlan):
    operations = {"post": Operation("call_off_plan", "取消尚未发布的批次", RELEASE, WRITE, is_change=True)}

    @extend_schema(request=NoteBody, responses=PlanSerializer)
    def post(self, request: Request, plan: int) -> Response:
        """The plan without what was still to come."""
        call_off_plan(actor=self.actor, plan_id=plan, note=self.body(NoteBody)["note"])
        return self.shown(plan)


class PlanRolledBack(_OnPlan):
    operations = {"post": Operation("roll_back_plan", "整批回退", RELEASE, WRITE, is_change=True)}

    @extend_schema(request=PublicNoteBody, responses=PlanSerializer)
    def post(self, request: Request, plan: int) -> Response:
        """The plan after all it put on show was undone."""
        body = self.body(PublicNoteBody)
        roll_back_plan(actor=self.actor, plan_id=plan, note=body["note"], public_note=body["public_note"])
        return self.shown(plan)


def _tag(plan: ReleasePlan) -> str:
    return f"{PLAN}-{plan.revision}"


def _wanted(body: dict[str, Any]) -> ThemePlan:
    return ThemePlan(
        title=body["title"],
        versions=[(each["code"], each["version"]) for each in body["versions"]],
        stages=[ThemeStage(stage["due_at"], stage["divisions"]) for stage in body["stages"]],
        note=body["note"],
        public_note=body["public_note"],
        effective_until=body["effective_until"],
    )
