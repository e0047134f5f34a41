"""What the API shows of categories, themes, versions and releases, and what it takes for each act on a theme."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from opsplatform.api.serializers import Anything, Body, Text, Whole
from opsplatform.release.models import Release, Version
from themes.models import SceneCategory, Theme

EVERYWHERE = "all"


class SceneCategorySerializer(serializers.ModelSerializer[SceneCategory]):
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = SceneCategory
        fields = ["code", "name", "parent", "order", "revision", "updated_at"]
        read_only_fields = fields


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
    digest = serializers.CharField(source="package_id")
    released_by = serializers.CharField(source="released_by.username")
    ended_by = serializers.CharField(source="ended_by.username", default=None, allow_null=True, read_only=True)
    ending = serializers.CharField(help_text="superseded 被新版本取代，withdrawn 撤回，空为在用。")

    class Meta:
        model = Release
        fields = [
            "id", "division", "version", "digest", "released_at", "released_by", "note", "ended_at", "ended_by",
            "ending", "end_note",
        ]  # fmt: skip
        read_only_fields: Any = fields


class LiveSerializer(serializers.Serializer[Any]):
    division = serializers.CharField(source="division.code")
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField(source="package_id")
    released_at = serializers.DateTimeField()


class CurrentVersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    digest = serializers.CharField()
    submitted_at = serializers.DateTimeField()


class ThemeSerializer(serializers.ModelSerializer[Theme]):
    """A theme: where which version is on show and, for those who may see it, the state of its draft."""

    code = serializers.CharField()
    name = serializers.CharField(source="subject.title")
    state = serializers.CharField(
        source="subject.state",
        allow_null=True,
        read_only=True,
        help_text="draft 草稿，submitted 待审核，approved 已批准；无权查看草稿时为 null。",
    )
    draft_revision = serializers.IntegerField(source="subject.draft_revision", allow_null=True, read_only=True)
    division = serializers.CharField(source="subject.division.code")
    category = serializers.CharField(source="category.code", default=None, allow_null=True, read_only=True)
    lead_department = serializers.IntegerField(source="lead_department_id")
    current_version = CurrentVersionSerializer(source="subject.current_version", allow_null=True, read_only=True)
    live = LiveSerializer(source="subject.live_releases", many=True, read_only=True)

    class Meta:
        model = Theme
        fields = [
            "code", "name", "state", "draft_revision", "division", "category", "lead_department", "summary",
            "current_version", "live",
        ]  # fmt: skip
        read_only_fields: Any = fields

    def to_representation(self, instance: Theme) -> dict[str, Any]:
        """The theme; null in place of its draft for those who may not see that."""
        shown = super().to_representation(instance)
        if instance.pk not in self.context["drafts"]:
            shown |= dict.fromkeys(("state", "draft_revision", "current_version"))
        return shown


class DraftStateSerializer(serializers.Serializer[Any]):
    """Where the draft stands after it was saved."""

    code = serializers.CharField()
    state = serializers.CharField(source="subject.state")
    draft_revision = serializers.IntegerField(source="subject.draft_revision")


class FindingSerializer(serializers.Serializer[Any]):
    """What the gate found."""

    code = serializers.CharField()
    severity = serializers.CharField(help_text="blocking 必须先解决，advisory 提示。")
    place = serializers.CharField(help_text="主题文档中的 JSON 指针。")
    sentence = serializers.CharField()
    witness = Anything()
    division = serializers.CharField(allow_null=True, help_text="只影响这个区划的发布。")


class FindingsSerializer(serializers.Serializer[Any]):
    results = FindingSerializer(many=True)


class ReleasesSerializer(serializers.Serializer[Any]):
    results = ReleaseSerializer(many=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "const": EVERYWHERE},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ],
        "description": "区划代码的列表，或 all：主题办理的全部区划。",
    }
)
class Divisions(serializers.Field[Any, Any, Any, Any]):
    """Division codes, or None where the caller says "all"."""

    default_error_messages = {"not_divisions": "应为区划代码的列表，或 all。"}

    def to_internal_value(self, data: Any) -> list[str] | None:
        if data == EVERYWHERE:
            return None
        if not isinstance(data, list) or not data or not all(isinstance(code, str) for code in data):
            self.fail("not_divisions")
        return list(dict.fromkeys(data))

    def to_representation(self, value: Any) -> Any:
        return value


class SubmitBody(Body):
    note = Text(help_text="提交说明。")


class DecideBody(Body):
    digest = Text(max_length=64, help_text="所审阅版本的摘要，批准只对它有效。")
    note = Text(help_text="意见。")


class ReleaseBody(Body):
    version = Whole(min_value=1, max_value=1_000_000, help_text="已批准的版本号。")
    divisions = Divisions()
    note = Text(help_text="发布说明。")


class WithdrawBody(Body):
    divisions = Divisions()
    note = Text(help_text="撤回理由。")
