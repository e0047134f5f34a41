"""Scene categories and the work on themes: read the draft, save it whole, submit, decide, release, withdraw."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api import conditional
from opsplatform.api.operations import Operation, QueryParameter
from opsplatform.api.views import ApiView, Register, RegisterDetail, RegisterList
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.release import selectors as release_selectors
from opsplatform.release.api.serializers import (
    DecideBody,
    FindingsSerializer,
    ReleaseSerializer,
    ReleasesSerializer,
    SubmitBody,
    VersionHistorySerializer,
    VersionSerializer,
)
from opsplatform.release.models import Release, ReviewParty, ReviewStep, Subject, Version
from opsplatform.release.review_selectors import debts_of
from themes import localisation_selectors, selectors
from themes.api.serializers import (
    BegunReleasesSerializer,
    DraftStateSerializer,
    ReleaseBody,
    SceneCategorySerializer,
    ThemeSerializer,
    WithdrawBody,
)
from themes.filters import SceneCategoryFilter, ThemeFilter
from themes.models import SceneCategory, Theme
from themes.release_kind import ThemeKind
from themes.services.drafting import save_theme
from themes.services.hiding import masked_draft, sees_values
from themes.services.inspecting import check_theme
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import approve_theme, return_theme, submit_theme

SEE = ("registers.view", "themes.view_draft")
SEE_DRAFT = ("themes.view_draft",)
REVIEW = tuple(step.action for step in ThemeKind.steps)
READ = "themes:read"
WRITE = "themes:write"
DRAFT = "draft"

# --- registers --------------------------------------------------------------------------------------------------------


class _SceneCategories(Register):
    queryset = SceneCategory.objects.select_related("parent", "merged_into")
    serializer_class = SceneCategorySerializer

    def visible_rows(self) -> QuerySet[SceneCategory]:
        """All: scene categories are one register for the whole city."""
        return self.queryset.all()


class SceneCategoryList(_SceneCategories, RegisterList):
    operations = {"get": Operation("list_scene_categories", "场景分类列表", ("registers.view",), "registers:read")}
    filterset_class = SceneCategoryFilter
    order_key = "code"


class SceneCategoryDetail(_SceneCategories, RegisterDetail):
    operations = {
        "get": Operation("read_scene_category", "场景分类", ("registers.view",), "registers:read", has_etag=True)
    }


class _Themes(Register):
    queryset = (
        Theme.objects.select_related("subject__division", "subject__current_version", "category")
        .defer("subject__draft", "subject__current_version__content")
        .annotate(live=release_selectors.live_by_division("subject"))
        .prefetch_related(
            Prefetch("subject__current_version__steps", ReviewStep.objects.order_by("position", "pk")),
            Prefetch(
                "subject__current_version__steps__parties",
                ReviewParty.objects.order_by("pk").prefetch_related("division", "department", "assignee", "decided_by"),
            ),
        )
    )
    serializer_class = ThemeSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the themes whose drafts the caller may see, and what is owed after emergency releases."""
        debts = debts_of(Theme.objects.values("pk"))
        drafts = Theme.objects.drafts_visible_to(self.actor).values_list("pk", flat=True)
        return {**super().get_serializer_context(), "drafts": set(drafts), "debts": debts}


class ThemeList(_Themes, RegisterList):
    operations = {"get": Operation("list_themes", "主题列表", SEE, READ)}
    filterset_class = ThemeFilter
    order_key = "subject__code"


class ThemeDetail(_Themes, RegisterDetail):
    operations = {
        "get": Operation("read_theme", "主题：草稿状态、最近提交的版本、在用的区划", SEE, READ, has_etag=True)
    }
    lookup_field = "subject__code"
    lookup_url_kwarg = "code"

    def tag_of(self, row: Theme) -> str:
        """The digest of what is shown: several rows make it up, none of which has a revision for all."""
        shown = json.dumps(self.get_serializer(row).data, cls=DjangoJSONEncoder, sort_keys=True)
        return digest_of(shown.encode())[:32]


# --- work on one theme ------------------------------------------------------------------------------------------------


class ThemeDraft(ApiView):
    operations = {
        "get": Operation("read_theme_draft", "读取主题草稿", SEE_DRAFT, READ, has_etag=True),
        "put": Operation(
            "save_theme_draft",
            "整体保存主题草稿",
            ("themes.edit",),
            WRITE,
            is_change=True,
            needs_match=True,
            has_etag=True,
        ),
    }

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """The whole document. Masked, it has a tag of its own, with which nothing can be saved."""
        theme = selectors.get_draft(self.actor, code)
        if sees_values(self.actor, theme):
            return self.unchanged_or(_draft_tag(theme.subject), lambda: theme.subject.draft)
        tree = masked_draft(theme)
        return self.unchanged_or(f"masked-{digest_of(canonical_bytes(tree))[:32]}", lambda: tree)

    @extend_schema(
        request={"application/json": {"type": "object", "additionalProperties": True}}, responses=DraftStateSerializer
    )
    def put(self, request: Request, code: str) -> Response:
        """Where the draft stands now."""
        tree = request.data
        expected = conditional.expected_revision(request, DRAFT)
        theme = save_theme(actor=self.actor, code=code, tree=tree, expected_revision=expected)
        headers = {"ETag": conditional.strong(_draft_tag(theme.subject))}
        return Response(DraftStateSerializer(theme).data, headers=headers)


class ThemeSubmission(ApiView):
    operations = {
        "post": Operation(
            "submit_theme",
            "提交审核：通过检查后冻结为新版本",
            ("themes.submit",),
            WRITE,
            is_change=True,
            needs_match=True,
        )
    }

    @extend_schema(request=SubmitBody, responses=VersionSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The version whose review is now open at its first step."""
        body = self.body(SubmitBody)
        expected = conditional.expected_revision(request, DRAFT)
        version = submit_theme(actor=self.actor, code=code, expected_revision=expected, note=body["note"])
        return Response(VersionSerializer(version).data)


class ThemeApproval(ApiView):
    operations = {
        "post": Operation(
            "approve_theme",
            "通过所审阅的版本中由本人决定的步骤（不能是自己编写的）；最后一步通过后版本即获批准",
            REVIEW,
            WRITE,
            is_change=True,
        )
    }

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The version; the theme's `review` says what is still to be decided."""
        return Response(VersionSerializer(approve_theme(actor=self.actor, code=code, **self.body(DecideBody))).data)


class ThemeReturn(ApiView):
    operations = {"post": Operation("return_theme", "退回修改", REVIEW, WRITE, is_change=True)}

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The returned version."""
        return Response(VersionSerializer(return_theme(actor=self.actor, code=code, **self.body(DecideBody))).data)


class ThemeRelease(ApiView):
    operations = {
        "post": Operation("release_theme", "在所选区划发布已批准的版本", ("themes.release",), WRITE, is_change=True)
    }

    @extend_schema(request=ReleaseBody, responses=BegunReleasesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The releases that began, and where the district has to decide first; the version was live elsewhere."""
        body = self.body(ReleaseBody)
        releases = release_theme(
            actor=self.actor,
            code=code,
            version=body["version"],
            division_codes=body["divisions"],
            note=body["note"],
            public_note=body["public_note"],
            until=body["effective_until"],
        )
        theme = selectors.get_theme(self.actor, code)
        held = localisation_selectors.list_held(theme, body["version"], body["divisions"])
        return Response(BegunReleasesSerializer({"results": releases, "held": [one.code for one in held]}).data)


class ThemeWithdrawal(ApiView):
    operations = {"post": Operation("withdraw_theme", "在所选区划撤回", ("themes.withdraw",), WRITE, is_change=True)}

    @extend_schema(request=WithdrawBody, responses=ReleasesSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The releases that ended."""
        body = self.body(WithdrawBody)
        releases = withdraw_theme(
            actor=self.actor,
            code=code,
            division_codes=body["divisions"],
            note=body["note"],
            public_note=body["public_note"],
        )
        return released(releases)


class ThemeFindings(ApiView):
    operations = {
        "get": Operation(
            "list_theme_findings",
            "检查草稿，列出全部问题",
            SEE_DRAFT,
            READ,
            query=(QueryParameter("division", "区划代码：只看影响这个区划的问题。"),),
        )
    }

    @extend_schema(responses=FindingsSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Every finding, blocking ones first."""
        theme = selectors.get_draft(self.actor, code)
        named = request.query_params.get("division")
        division = None if named is None else selectors.get_division(named)
        return Response(FindingsSerializer({"results": check_theme(theme, division)}).data)


class ThemeVersions(RegisterList):
    operations = {"get": Operation("list_theme_versions", "主题的全部版本及审核决定，最新在前", SEE_DRAFT, READ)}
    queryset = Version.objects.all()
    serializer_class = VersionHistorySerializer
    order_key = "-number"

    def visible_rows(self) -> QuerySet[Version]:
        """The versions of a theme whose draft the actor may see."""
        return release_selectors.list_history(selectors.get_draft(self.actor, self.kwargs["code"]).subject)


class ThemeReleases(RegisterList):
    operations = {"get": Operation("list_theme_releases", "主题的全部发布记录，最新在前", SEE, READ)}
    queryset = Release.objects.all()
    serializer_class = ReleaseSerializer
    order_key = "-id"

    def visible_rows(self) -> QuerySet[Release]:
        """All releases for who sees the draft; for others those on show and those of their own divisions."""
        theme = selectors.get_theme(self.actor, self.kwargs["code"])
        return selectors.list_visible_releases(self.actor, theme).prefetch_related(None)


def _draft_tag(subject: Subject) -> str:
    return f"{DRAFT}-{subject.draft_revision}"


def released(releases: list[Release]) -> Response:
    """The releases that an act began or ended."""
    return Response(ReleasesSerializer({"results": releases}).data)
