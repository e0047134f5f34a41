"""What is done to a theme that is on show: paused and resumed, redirected to another, replaced by another."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from opsplatform.release.api.serializers import PausesSerializer, ReleasesSerializer
from themes.api.serializers import PauseBody, RedirectBody, ReplaceBody, ResumeBody
from themes.api.views import WRITE, released
from themes.services.handing_over import redirect_theme, replace_theme
from themes.services.pausing import pause_theme, resume_theme


class ThemePause(ApiView):
    operations = {
        "post": Operation(
            "pause_theme", "在所选区划暂停受理：仍在线，暂不能申报", ("themes.pause",), WRITE, is_change=True
        )
    }

    @extend_schema(request=PauseBody, responses=PausesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The pauses that began."""
        body = self.body(PauseBody)
        pauses = pause_theme(
            actor=self.actor,
            code=code,
            division_codes=body["divisions"],
            message=body["message"],
            note=body["note"],
        )
        return Response(PausesSerializer({"results": pauses}).data)


class ThemeResumption(ApiView):
    operations = {"post": Operation("resume_theme", "在所选区划恢复受理", ("themes.pause",), WRITE, is_change=True)}

    @extend_schema(request=ResumeBody, responses=PausesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The pauses that ended."""
        body = self.body(ResumeBody)
        pauses = resume_theme(actor=self.actor, code=code, division_codes=body["divisions"], note=body["note"])
        return Response(PausesSerializer({"results": pauses}).data)


class ThemeRedirection(ApiView):
    operations = {
        "post": Operation(
            "redirect_theme", "在所选区划停办，跳转到另一主题", ("themes.withdraw",), WRITE, is_change=True
        )
    }

    @extend_schema(request=RedirectBody, responses=ReleasesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The releases that ended."""
        body = self.body(RedirectBody)
        releases = redirect_theme(
            actor=self.actor,
            code=code,
            successor=body["successor"],
            division_codes=body["divisions"],
            note=body["note"],
            public_note=body["public_note"],
        )
        return released(releases)


class ThemeReplacement(ApiView):
    operations = {
        "post": Operation(
            "replace_theme", "在所选区划由另一主题的版本替换", ("themes.withdraw",), WRITE, is_change=True
        )
    }

    @extend_schema(request=ReplaceBody, responses=ReleasesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The releases that ended."""
        body = self.body(ReplaceBody)
        releases = replace_theme(
            actor=self.actor,
            code=code,
            successor=body["successor"],
            version=body["version"],
            division_codes=body["divisions"],
            note=body["note"],
            public_note=body["public_note"],
        )
        return released(releases)
