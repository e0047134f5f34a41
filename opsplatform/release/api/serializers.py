"""What the API shows of versions, decisions, releases and findings, and what it takes for submitting and deciding."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Anything, Body, Text, Whole
from opsplatform.release.models import (
    JoinedLocalisation,
    Pause,
    PlanElement,
    PlanStage,
    Release,
    ReleasePlan,
    ReviewComment,
    Version,
)


class VersionSerializer(serializers.ModelSerializer[Version]):
    """A submitted version; `digest` is what an approval is bound to."""

    submitted_by = serializers.CharField(source="submitted_by.username")

    class Meta:
        model = Version
        fields = ["number", "digest", "draft_revision", "submitted_by", "submitted_at", "note"]
        read_only_fields = fields


class DecisionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="approved 批准，returned 退回，voided 因修改而失效。")
    digest = serializers.CharField()
    decided_by = serializers.CharField(source="decided_by.username")
    decided_at = serializers.DateTimeField()
    note = serializers.CharField()


class VersionHistorySerializer(VersionSerializer):
    """A version with everything that was decided about it."""

    decisions = DecisionSerializer(many=True, read_only=True)

    class Meta(VersionSerializer.Meta):
        fields: Any = [*VersionSerializer.Meta.fields, "decisions"]
        read_only_fields = fields


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """Which version was on show in a division, since and until when, by whom and why."""

    division = serializers.CharField(source="division.code")
    version = serializers.IntegerField(source="version.number")
    localisation = serializers.IntegerField(
        source="localisation.number", default=None, allow_null=True, read_only=True,
        help_text="随之上线的区级本地化的版本号，没有本地化的为 null。",
    )  # fmt: skip
    digest = serializers.CharField(source="package_id")
    released_by = serializers.CharField(source="released_by.username")
    note = serializers.CharField(source="why", help_text="发布说明；别的区的只有对外说明。")
    ended_by = serializers.CharField(source="ended_by.username", default=None, allow_null=True, read_only=True)
    end_note = serializers.CharField(source="end_why", help_text="结束说明；别的区的只有对外说明。")
    ending = serializers.CharField(
        help_text="superseded 被新版本取代，withdrawn 撤回，replaced 由另一主题替换，redirected 跳转到另一主题，"
        "rolled_back 回退，expired 到期结束；空为在用。"
    )
    successor = serializers.CharField(
        source="successor.code", default=None, allow_null=True, read_only=True, help_text="改办的主题的代码。"
    )

    class Meta:
        model = Release
        fields = [
            "id", "division", "version", "localisation", "digest", "released_at", "released_by", "note",
            "public_note", "effective_until", "ended_at", "ended_by", "ending", "end_note", "end_public_note",
            "successor",
        ]  # fmt: skip
        read_only_fields: Any = fields


class PauseSerializer(serializers.ModelSerializer[Pause]):
    """Applications paused in a division, since and until when, by whom, why, and what applicants are told."""

    division = serializers.CharField(source="division.code")
    paused_by = serializers.CharField(source="paused_by.username")
    resumed_by = serializers.CharField(source="resumed_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Pause
        fields = [
            "division", "message", "note", "paused_at", "paused_by", "resumed_at", "resumed_by", "resume_note",
        ]  # fmt: skip
        read_only_fields: Any = fields


class PausesSerializer(serializers.Serializer[Any]):
    results = PauseSerializer(many=True)


class LiveSerializer(serializers.Serializer[Any]):
    division = serializers.CharField(source="division.code")
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField(source="package_id")
    released_at = serializers.DateTimeField()

    def to_representation(self, instance: Release) -> dict[str, Any]:
        """The fields above, read straight: a page of themes has hundreds of these."""
        return {
            "division": instance.division.code,
            "version": instance.version.number,
            "digest": instance.package_id,
            "released_at": self.fields["released_at"].to_representation(instance.released_at),
        }


class CurrentVersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    digest = serializers.CharField()
    submitted_at = serializers.DateTimeField()


class ReviewPartySerializer(serializers.Serializer[Any]):
    """Who takes part in a step, and what they decided."""

    id = serializers.IntegerField(source="pk", help_text="转交审核时以它写明是哪一方。")
    division = serializers.CharField(source="division.code")
    department = serializers.CharField(
        source="department.name", default=None, allow_null=True, read_only=True, help_text="空为该区划的运营人员。"
    )
    state = serializers.CharField(
        help_text="waiting 尚未轮到，open 待审核，approved 已通过，returned 已退回，spared 无须再审。"
    )
    assignee = serializers.CharField(source="assignee.username", default=None, allow_null=True, read_only=True)
    due_on = serializers.DateField(allow_null=True)
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True, read_only=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class ReviewStepSerializer(serializers.Serializer[Any]):
    """A step of the review of a version; steps of one position run side by side."""

    code = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    needed = serializers.IntegerField(help_text="须通过的方数。")
    is_met = serializers.BooleanField()
    parties = ReviewPartySerializer(many=True)


class ReviewDebtSerializer(serializers.Serializer[Any]):
    """A version that an emergency let through and whose review is owed."""

    version = serializers.IntegerField(source="version.number")
    reason = serializers.CharField()
    since = serializers.DateTimeField()
    due_on = serializers.DateField()
    is_refused = serializers.BooleanField(help_text="补审时被退回，而仍在上线。")


class EmergencySerializer(serializers.Serializer[Any]):
    """Why a version shall be released before its review ends, and who said so."""

    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField()
    reason = serializers.CharField()
    asked_by = serializers.CharField(source="asked_by.username")
    asked_at = serializers.DateTimeField()


class FindingSerializer(serializers.Serializer[Any]):
    """What the gate found."""

    code = serializers.CharField()
    severity = serializers.CharField(help_text="blocking 必须先解决，advisory 提示。")
    place = serializers.CharField(help_text="文档中的 JSON 指针。")
    sentence = serializers.CharField()
    witness = Anything()
    division = serializers.CharField(allow_null=True, help_text="只影响这个区划的发布。")


class FindingsSerializer(serializers.Serializer[Any]):
    results = FindingSerializer(many=True)


class ReleasesSerializer(serializers.Serializer[Any]):
    results = ReleaseSerializer(many=True)


class SubmitBody(Body):
    note = Text(help_text="提交说明。")


class DecideBody(Body):
    digest = Text(max_length=64, help_text="所审阅版本的摘要，批准只对它有效。")
    note = Text(help_text="意见。")


class DelegateBody(Body):
    digest = Text(max_length=64, help_text="所审阅版本的摘要。")
    party = Whole(required=False, allow_null=True, default=None, help_text="转交哪一方；不给时为轮到您的那一方。")
    to = Text(max_length=150, help_text="同事的用户名：持有同样权限，没有参与编写。")
    note = Text(help_text="为什么转交。")


class CommentBody(Body):
    digest = Text(max_length=64, help_text="所审阅版本的摘要。")
    pointer = Text(max_length=300, required=False, default="", allow_blank=True, help_text="JSON 指针；空为整体。")
    note = Text(help_text="意见。")


class ReviewCommentSerializer(serializers.ModelSerializer[ReviewComment]):
    """What a reviewer said about one element of a version, and what was done about it."""

    version = serializers.IntegerField(source="version.number")
    written_by = serializers.CharField(source="written_by.username")
    resolved_by = serializers.CharField(
        source="resolution.resolved_by.username", default=None, allow_null=True, read_only=True
    )
    resolved_at = serializers.DateTimeField(
        source="resolution.resolved_at", default=None, allow_null=True, read_only=True
    )
    resolution = serializers.CharField(
        source="resolution.note", default=None, allow_null=True, read_only=True, help_text="怎样处理；未处理的为 null。"
    )

    class Meta:
        model = ReviewComment
        fields = [
            "id", "version", "pointer", "text", "written_by", "written_at", "resolution", "resolved_by", "resolved_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class CommentsSerializer(serializers.Serializer[Any]):
    results = ReviewCommentSerializer(many=True)


class JoinedSerializer(serializers.ModelSerializer[JoinedLocalisation]):
    """A district's localisation that goes on show, and is rolled back, with the plan."""

    code = serializers.CharField(source="subject.code")
    division = serializers.CharField(source="division.code")
    localisation = serializers.IntegerField(source="localisation.number")
    joined_by = serializers.CharField(source="joined_by.username")

    class Meta:
        model = JoinedLocalisation
        fields = ["code", "division", "localisation", "joined_by", "joined_at"]
        read_only_fields: Any = fields


class PlanElementSerializer(serializers.ModelSerializer[PlanElement]):
    """One version in one division, and the release that it became."""

    code = serializers.CharField(source="subject.code")
    version = serializers.IntegerField(source="version.number")
    division = serializers.CharField(source="division.code")
    release = serializers.IntegerField(
        source="release_id", allow_null=True, read_only=True, help_text="成为哪条发布记录；这一版此前已在用的为 null。"
    )

    class Meta:
        model = PlanElement
        fields = ["code", "version", "division", "release"]
        read_only_fields: Any = fields


class PlanStageSerializer(serializers.ModelSerializer[PlanStage]):
    state = serializers.CharField(
        help_text="waiting 待发布，done 已发布，refused 未能发布，called_off 已取消，rolled_back 已回退。"
    )
    reasons = serializers.ListField(child=serializers.CharField(), help_text="未能发布的全部原因。")
    settled_by = serializers.CharField(source="settled_by.username", default=None, allow_null=True, read_only=True)
    elements = PlanElementSerializer(many=True, read_only=True)

    class Meta:
        model = PlanStage
        fields = ["position", "due_at", "state", "reasons", "settled_by", "settled_at", "elements"]
        read_only_fields: Any = fields


class PlanSerializer(serializers.ModelSerializer[ReleasePlan]):
    """What goes on show together, in which stages, and what came of them."""

    planned_by = serializers.CharField(source="planned_by.username")
    stages = PlanStageSerializer(many=True, read_only=True)
    localisations = JoinedSerializer(source="joined", many=True, read_only=True)

    class Meta:
        model = ReleasePlan
        fields = [
            "id", "title", "note", "public_note", "effective_until", "planned_by", "revision", "created_at",
            "updated_at", "stages", "localisations",
        ]  # fmt: skip
        read_only_fields: Any = fields


class NoteBody(Body):
    note = Text(help_text="理由，只供内部查看。")


class PublicNoteBody(NoteBody):
    public_note = Text(required=False, default="", allow_blank=True, help_text="对外说明；不给时用一句通常的话。")
