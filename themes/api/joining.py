"""The city's plans in a district, and its localisation that goes on show and is rolled back with one of them."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from themes.api.localisation_serializers import PlannedHereSerializer
from themes.api.localisations import READ, SEE, WRITE
from themes.api.serializers import RunBody
from themes.services.joining import join_release_plan, leave_release_plan, list_planned
from themes.services.localising import get_place


class _Planned(ApiView):
    def planned(self, code: str, division: str) -> Response:
        """What waits for its stage in the district."""
        place = get_place(self.actor, code, division)
        return Response(PlannedHereSerializer({"results": list_planned(place)}).data)


class LocalisationPlans(_Planned):
    operations = {"get": Operation("read_plans_of_division", "将在本区发布这个主题的计划", SEE, READ)}

    @extend_schema(responses=PlannedHereSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """The plans that wait."""
        return self.planned(code, division)


class LocalisationJoined(_Planned):
    operations = {
        "post": Operation(
            "join_release_plan", "本区最近批准的本地化随计划同批上线、同批回退", ("localisations.release",), WRITE,
            is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=RunBody, responses=PlannedHereSerializer)
    def post(self, request: Request, code: str, division: str, plan: int) -> Response:
        """The plans that wait, this one with the localisation."""
        self.body(RunBody)
        join_release_plan(actor=self.actor, code=code, division_code=division, plan_id=plan)
        return self.planned(code, division)


class LocalisationLeft(_Planned):
    operations = {
        "post": Operation(
            "leave_release_plan", "本区的本地化不随计划上线", ("localisations.release", "themes.release"), WRITE,
            is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=RunBody, responses=PlannedHereSerializer)
    def post(self, request: Request, code: str, division: str, plan: int) -> Response:
        """The plans that wait, this one without the localisation."""
        self.body(RunBody)
        leave_release_plan(actor=self.actor, code=code, division_code=division, plan_id=plan)
        return self.planned(code, division)
