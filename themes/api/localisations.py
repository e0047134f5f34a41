"""A district's localisation of a theme: read with its sources, saved whole, checked, settled, reviewed, published."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.shape import read_document
from opsplatform.release.api.serializers import (
    DecideBody,
    FindingsSerializer,
    ReleaseSerializer,
    SubmitBody,
    VersionSerializer,
)
from themes import localisation_selectors
from themes.api.localisation_serializers import (
    CityChangesSerializer,
    LocalisationStateSerializer,
    PublishBody,
    RollBackBody,
    SettleBody,
    SourcedElementsSerializer,
)
from themes.localisation.documents import LocalisationDocument
from themes.localisation.sources import source_told
from themes.localisation.wording import name_of
from themes.services.localising import (
    get_place,
    publish_localisation,
    roll_back_localisation,
    save_localisation,
    settle_conflict,
)
from themes.services.reviewing_localisation import approve_localisation, return_localisation, submit_localisation
from themes.services.showing_localisation import show_localisation

SEE = ("localisations.view",)
READ = "themes:read"
WRITE = "themes:write"
DRAFT = "draft"
TREE = {"type": "object", "additionalProperties": True}


def _tag(revision: int) -> str:
    return f"{DRAFT}-{revision}"


def _require_same(document: LocalisationDocument, code: str, division: str) -> None:
    """The document speaks of the theme and the division of its address; raises Invalid."""
    problems = [
        Problem(f"/{name}", "not_this", f"地址是 {here} 的草稿，正文却写着 {said}。")
        for name, said, here in (("theme", document.theme, code), ("division", document.division, division))
        if said != here
    ]
    if problems:
        raise Invalid(problems=tuple(problems))


def _values(document: LocalisationDocument) -> dict[str, Any]:
    """What each element becomes; raises Invalid at every operation on an element that an earlier one names."""
    values: dict[str, Any] = {}
    problems = []
    for number, one in enumerate(document.operations):
        if one.code in values:
            sentence = f"“{name_of(one.code)}”（{one.code}）有不止一项操作，没有保存。每个键只写一项，请去掉多余的。"
            problems.append(Problem(f"/operations/{number}/code", "duplicate_code", sentence))
        values[one.code] = None if one.act == "remove" else one.value
    if problems:
        raise Invalid(problems[0].sentence, problems=tuple(problems))
    return values


class LocalisationElements(ApiView):
    operations = {
        "get": Operation("read_localised_elements", "主题在本区的每一项：市级的值、本区的值、来源", SEE, READ),
    }

    @extend_schema(responses=SourcedElementsSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """The elements with their sources, as the draft of the localisation has them on the city's version."""
        shown = show_localisation(get_place(self.actor, code, division))
        rows = [
            {
                "key": one.code,
                "city": one.city,
                "here": one.here,
                "mode": one.mode,
                "origin": one.origin,
                "told_source": source_told(one, version=shown.city.version, district=shown.place.division.name),
            }
            for one in shown.elements
        ]
        conflicts = [one.key for one in shown.conflicts]
        return Response(SourcedElementsSerializer({"results": rows, "conflicts": conflicts}).data)


class LocalisationDraft(ApiView):
    operations = {
        "get": Operation("read_localisation_draft", "读取本区的本地化草稿", SEE, READ, has_etag=True),
        "put": Operation(
            "save_localisation_draft",
            "整体保存本区的本地化草稿",
            ("localisations.edit",),
            WRITE,
            is_change=True,
            needs_match=True,
            has_etag=True,
            description="只取各项操作的 code、act、value；base、经手人、日期和决定由系统记录。",
        ),
    }

    @extend_schema(responses={200: TREE})
    def get(self, request: Request, code: str, division: str) -> HttpResponseBase:
        """The whole document; an empty one at draft-0 where the district has not begun."""
        place = get_place(self.actor, code, division)
        return self.unchanged_or(_tag(place.revision), lambda: place.tree)

    @extend_schema(request={"application/json": TREE}, responses=LocalisationStateSerializer)
    def put(self, request: Request, code: str, division: str) -> Response:
        """Where the draft stands now."""
        document = read_document(LocalisationDocument, request.data)
        _require_same(document, code, division)
        expected = conditional.expected_revision(request, DRAFT)
        localisation = save_localisation(
            actor=self.actor,
            code=code,
            division_code=division,
            values=_values(document),
            expected_revision=expected,
        )
        headers = {"ETag": conditional.strong(_tag(localisation.subject.draft_revision))}
        return Response(LocalisationStateSerializer(localisation).data, headers=headers)


class LocalisationFindings(ApiView):
    operations = {"get": Operation("read_localisation_findings", "检查本区的本地化草稿", SEE, READ)}

    @extend_schema(responses=FindingsSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """Every finding, blocking ones first."""
        shown = show_localisation(get_place(self.actor, code, division))
        return Response(FindingsSerializer({"results": shown.findings}).data)


class LocalisationSettlement(ApiView):
    operations = {
        "post": Operation(
            "settle_localisation_conflict",
            "市级与本区改了同一处：以哪一个为准",
            ("localisations.edit",),
            WRITE,
            is_change=True,
            needs_match=True,
        )
    }

    @extend_schema(request=SettleBody, responses=LocalisationStateSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """Where the draft stands now."""
        body = self.body(SettleBody)
        expected = conditional.expected_revision(request, DRAFT)
        localisation = settle_conflict(
            actor=self.actor, code=code, division_code=division, expected_revision=expected, **body
        )
        return Response(LocalisationStateSerializer(localisation).data)


class LocalisationSubmission(ApiView):
    operations = {
        "post": Operation(
            "submit_localisation",
            "提交本区的本地化审核",
            ("localisations.submit",),
            WRITE,
            is_change=True,
            needs_match=True,
        )
    }

    @extend_schema(request=SubmitBody, responses=VersionSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The version that now waits for a second person."""
        body = self.body(SubmitBody)
        expected = conditional.expected_revision(request, DRAFT)
        version = submit_localisation(
            actor=self.actor, code=code, division_code=division, expected_revision=expected, note=body["note"]
        )
        return Response(VersionSerializer(version).data)


class LocalisationApproval(ApiView):
    operations = {
        "post": Operation(
            "approve_localisation",
            "批准所审阅的本地化版本（不能是自己编写的）",
            ("localisations.approve", "localisations.sign_off"),
            WRITE,
            is_change=True,
        )
    }

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The approved version."""
        return Response(
            VersionSerializer(
                approve_localisation(actor=self.actor, code=code, division_code=division, **self.body(DecideBody))
            ).data
        )


class LocalisationReturn(ApiView):
    operations = {
        "post": Operation(
            "return_localisation",
            "退回本地化修改",
            ("localisations.approve", "localisations.sign_off"),
            WRITE,
            is_change=True,
        )
    }

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The returned version."""
        return Response(
            VersionSerializer(
                return_localisation(actor=self.actor, code=code, division_code=division, **self.body(DecideBody))
            ).data
        )


class LocalisationRelease(ApiView):
    operations = {
        "post": Operation(
            "publish_localisation", "在本区发布已批准的本地化", ("localisations.release",), WRITE, is_change=True
        )
    }

    @extend_schema(request=PublishBody, responses=ReleaseSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The release that began."""
        body = self.body(PublishBody)
        told = body.get("seen")
        seen = (told["localisation"], told["package"]) if told else None
        release = publish_localisation(
            actor=self.actor, code=code, division_code=division, note=body["note"], seen=seen
        )
        return Response(ReleaseSerializer(release).data)


class LocalisationRollback(ApiView):
    operations = {
        "post": Operation(
            "roll_back_localisation", "回退本区自己的发布，恢复此前在用的", ("localisations.release",), WRITE,
            is_change=True,
        )
    }  # fmt: skip

    @extend_schema(request=RollBackBody, responses=ReleaseSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The release with which it is on show again."""
        release = roll_back_localisation(actor=self.actor, code=code, division_code=division, **self.body(RollBackBody))
        return Response(ReleaseSerializer(release).data)


class CityChanges(ApiView):
    operations = {
        "get": Operation("read_city_changes", "市级各版本遇到本区改动的结果和检查，最新在前", SEE, READ),
    }

    @extend_schema(responses=CityChangesSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """What became of each version of the city and the localisation."""
        place = get_place(self.actor, code, division)
        rows = localisation_selectors.list_city_changes(place.theme, place.division)
        return Response(CityChangesSerializer({"results": rows}).data)
