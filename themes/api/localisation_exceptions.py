"""Exceptions of a district: asked for, read, decided and withdrawn by the city, taken back."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.accounts.models import User
from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from themes import localisation_selectors
from themes.api.localisation_serializers import (
    DecideExceptionBody,
    ExceptionSerializer,
    ExceptionsSerializer,
    RequestExceptionBody,
    WithdrawExceptionBody,
)
from themes.api.localisations import READ, SEE, WRITE
from themes.services.excepting import decide_exception, request_exception, take_exception_back, withdraw_exception
from themes.services.localising import get_place


class LocalisationExceptions(ApiView):
    operations = {
        "get": Operation("read_localisation_exceptions", "本区申请的例外，等待决定的在前", SEE, READ),
        "post": Operation(
            "request_localisation_exception", "为草稿里超出市级限度的一项申请例外",
            ("localisations.request_exception",), WRITE, is_change=True,
        ),
    }  # fmt: skip

    @extend_schema(responses=ExceptionsSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """Every exception that the division asked for with this theme."""
        place = get_place(self.actor, code, division)
        rows = localisation_selectors.list_exceptions(self.actor, place.theme).filter(division=place.division)
        return Response(ExceptionsSerializer({"results": rows}).data)

    @extend_schema(request=RequestExceptionBody, responses=ExceptionSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """What the city is asked."""
        body = self.body(RequestExceptionBody)
        return Response(
            ExceptionSerializer(
                request_exception(actor=self.actor, code=code, division_code=division, **body)
            ).data
        )  # fmt: skip


def _require_seen(actor: User, code: str, division: str, exception: int) -> None:
    """Passes where the exception is one of that district and theme, which the actor sees; raises NotFound otherwise."""
    place = get_place(actor, code, division)
    localisation_selectors.get_exception(actor, place.theme, place.division, exception)


class LocalisationExceptionDecision(ApiView):
    operations = {
        "post": Operation(
            "decide_localisation_exception", "批准或不批准例外（不能是申请人）", ("localisations.decide_exception",),
            WRITE, is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=DecideExceptionBody, responses=ExceptionSerializer)
    def post(self, request: Request, code: str, division: str, exception: int) -> Response:
        """The exception as it was decided."""
        body = self.body(DecideExceptionBody)
        _require_seen(self.actor, code, division, exception)
        decided = decide_exception(
            actor=self.actor, exception_id=exception, is_granted=body["is_granted"], note=body["note"]
        )
        return Response(ExceptionSerializer(decided).data)


class LocalisationExceptionWithdrawal(ApiView):
    operations = {
        "post": Operation(
            "withdraw_localisation_exception", "撤回已批准的例外", ("localisations.decide_exception",),
            WRITE, is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=WithdrawExceptionBody, responses=ExceptionSerializer)
    def post(self, request: Request, code: str, division: str, exception: int) -> Response:
        """The exception, which no longer counts."""
        body = self.body(WithdrawExceptionBody)
        _require_seen(self.actor, code, division, exception)
        withdrawn = withdraw_exception(actor=self.actor, exception_id=exception, note=body["note"])
        return Response(ExceptionSerializer(withdrawn).data)


class LocalisationExceptionTakenBack(ApiView):
    operations = {
        "post": Operation(
            "take_back_localisation_exception", "收回本区还没有决定的例外申请", ("localisations.request_exception",),
            WRITE, is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=WithdrawExceptionBody, responses=ExceptionSerializer)
    def post(self, request: Request, code: str, division: str, exception: int) -> Response:
        """The exception, which nobody asks for any more."""
        body = self.body(WithdrawExceptionBody)
        _require_seen(self.actor, code, division, exception)
        taken_back = take_exception_back(actor=self.actor, exception_id=exception, note=body["note"])
        return Response(ExceptionSerializer(taken_back).data)
