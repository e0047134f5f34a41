"""Reviews of themes and localisations: what is said about single elements, and what cannot wait for its review."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from opsplatform.release.api.serializers import (
    CommentBody,
    CommentsSerializer,
    DecideBody,
    DelegateBody,
    EmergencySerializer,
    NoteBody,
    ReviewCommentSerializer,
    ReviewPartySerializer,
    VersionSerializer,
)
from opsplatform.release.review_selectors import emergency_of, list_comments
from themes import selectors
from themes.api.views import READ, REVIEW, SEE_DRAFT, WRITE
from themes.localisation_kind import LocalisationKind
from themes.services.localising import get_place
from themes.services.reviewing import (
    ask_theme_emergency,
    comment_on_theme,
    confirm_theme_emergency,
    delegate_theme_review,
    resolve_theme_comment,
)
from themes.services.reviewing_localisation import (
    comment_on_localisation,
    delegate_localisation_review,
    resolve_localisation_comment,
)

LOCALISED = ("localisations.view",)
REVIEW_LOCALISED = tuple(step.action for step in LocalisationKind.steps)


class ThemeComments(ApiView):
    operations = {
        "get": Operation("read_theme_comments", "主题各版本的审核意见及处理，最新在前", SEE_DRAFT, READ),
        "post": Operation("comment_on_theme", "对所审阅版本的一处提出意见", REVIEW, WRITE, is_change=True),
    }

    @extend_schema(responses=CommentsSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Everything that reviewers said."""
        subject = selectors.get_draft(self.actor, code).subject
        return Response(CommentsSerializer({"results": list_comments(subject)}).data)

    @extend_schema(request=CommentBody, responses=ReviewCommentSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The comment as it stands."""
        comment = comment_on_theme(actor=self.actor, code=code, **self.body(CommentBody))
        return Response(ReviewCommentSerializer(comment).data)


class ThemeCommentResolution(ApiView):
    operations = {
        "post": Operation("resolve_theme_comment", "说明一条审核意见怎样处理", ("themes.edit",), WRITE, is_change=True)
    }

    @extend_schema(request=NoteBody, responses=ReviewCommentSerializer)
    def post(self, request: Request, code: str, comment: int) -> Response:
        """The comment with what was done about it."""
        note = self.body(NoteBody)["note"]
        resolution = resolve_theme_comment(actor=self.actor, code=code, comment_id=comment, note=note)
        return Response(ReviewCommentSerializer(resolution.comment).data)


class ThemeDelegation(ApiView):
    operations = {
        "post": Operation("delegate_theme_review", "把轮到自己的审核转交给同事", REVIEW, WRITE, is_change=True)
    }

    @extend_schema(request=DelegateBody, responses=ReviewPartySerializer)
    def post(self, request: Request, code: str) -> Response:
        """The party with its new assignee."""
        body = self.body(DelegateBody)
        party = delegate_theme_review(actor=self.actor, code=code, party_id=body.pop("party"), **body)
        return Response(ReviewPartySerializer(party).data)


class LocalisationDelegation(ApiView):
    operations = {
        "post": Operation(
            "delegate_localisation_review", "把轮到自己的本地化审核转交给同事", REVIEW_LOCALISED, WRITE, is_change=True
        )
    }

    @extend_schema(request=DelegateBody, responses=ReviewPartySerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The party with its new assignee."""
        body = self.body(DelegateBody)
        party = delegate_localisation_review(
            actor=self.actor, code=code, division_code=division, party_id=body.pop("party"), **body
        )
        return Response(ReviewPartySerializer(party).data)


class LocalisationComments(ApiView):
    operations = {
        "get": Operation("read_localisation_comments", "本区本地化各版本的审核意见及处理，最新在前", LOCALISED, READ),
        "post": Operation(
            "comment_on_localisation", "对所审阅的本地化版本的一处提出意见", REVIEW_LOCALISED, WRITE, is_change=True
        ),
    }

    @extend_schema(responses=CommentsSerializer)
    def get(self, request: Request, code: str, division: str) -> Response:
        """Everything that reviewers said."""
        subject = get_place(self.actor, code, division).begun.subject
        return Response(CommentsSerializer({"results": list_comments(subject)}).data)

    @extend_schema(request=CommentBody, responses=ReviewCommentSerializer)
    def post(self, request: Request, code: str, division: str) -> Response:
        """The comment as it stands; its `pointer` is `/operations/` and the element's key as one step."""
        comment = comment_on_localisation(actor=self.actor, code=code, division_code=division, **self.body(CommentBody))
        return Response(ReviewCommentSerializer(comment).data)


class LocalisationCommentResolution(ApiView):
    operations = {
        "post": Operation(
            "resolve_localisation_comment",
            "说明对本地化的一条审核意见怎样处理",
            ("localisations.edit",),
            WRITE,
            is_change=True,
        )
    }

    @extend_schema(request=NoteBody, responses=ReviewCommentSerializer)
    def post(self, request: Request, code: str, division: str, comment: int) -> Response:
        """The comment with what was done about it."""
        resolution = resolve_localisation_comment(
            actor=self.actor, code=code, division_code=division, comment_id=comment, **self.body(NoteBody)
        )
        return Response(ReviewCommentSerializer(resolution.comment).data)


class ThemeEmergency(ApiView):
    operations = {
        "get": Operation("read_theme_emergency", "当前版本的应急发布理由及提出人", SEE_DRAFT, READ),
        "post": Operation(
            "ask_theme_emergency",
            "说明等待审核的版本为什么要应急发布，须由另一人确认",
            ("themes.ask_emergency",),
            WRITE,
            is_change=True,
        ),
    }

    @extend_schema(responses=EmergencySerializer)
    def get(self, request: Request, code: str) -> Response:
        """What was asked for the current version; 404 where nobody did."""
        return Response(EmergencySerializer(emergency_of(selectors.get_draft(self.actor, code).subject)).data)

    @extend_schema(request=DecideBody, responses=EmergencySerializer)
    def post(self, request: Request, code: str) -> Response:
        """What stands on record now."""
        asked = ask_theme_emergency(actor=self.actor, code=code, **self.body(DecideBody))
        return Response(EmergencySerializer(asked).data)


class ThemeEmergencyConfirmation(ApiView):
    operations = {
        "post": Operation(
            "confirm_theme_emergency",
            "确认应急发布（不能是提出人，也不能参与过编写）；版本随即可以发布，审核转为欠审",
            ("themes.confirm_emergency",),
            WRITE,
            is_change=True,
        )
    }

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The version that may now be released; the theme's `review_debt` says what is owed."""
        version = confirm_theme_emergency(actor=self.actor, code=code, **self.body(DecideBody))
        return Response(VersionSerializer(version).data)
