"""What the API shows of categories, themes, versions and releases, and what it takes for each act on a theme."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from opsplatform.api.serializers import Body, Moment, Text, Whole
from opsplatform.release.api.serializers import (
    CurrentVersionSerializer,
    LiveSerializer,
    NoteBody,
    PublicNoteBody,
    ReleasesSerializer,
    ReviewDebtSerializer,
    ReviewStepSerializer,
)
from opsplatform.release.services.release_plans import MOST_STAGES
from themes.models import SceneCategory, Theme

EVERYWHERE = "all"
MOST_THEMES, MOST_DIVISIONS = 200, 1_000  # in one body: several times those of a city


class SceneCategorySerializer(serializers.ModelSerializer[SceneCategory]):
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", default=None, allow_null=True, read_only=True
    )
    merged_into = serializers.CharField(
        source="merged_into.code", default=None, allow_null=True, read_only=True, help_text="已并入的分类的代码。"
    )

    class Meta:
        model = SceneCategory
        fields = ["code", "name", "parent", "order", "valid_from", "valid_to", "merged_into", "revision", "updated_at"]
        read_only_fields = fields


class BegunReleasesSerializer(ReleasesSerializer):
    held = serializers.ListField(
        child=serializers.CharField(),
        help_text="等本区决定的区划：本区的改动与这一版有冲突，旧版保留，没有新的发布。",
    )


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
    review = ReviewStepSerializer(
        source="subject.current_version.steps",
        many=True,
        default=None,
        allow_null=True,
        read_only=True,
        help_text="最近提交的版本的审核步骤；无权查看草稿时为 null。",
    )
    review_debt = serializers.SerializerMethodField()
    live = serializers.SerializerMethodField()

    class Meta:
        model = Theme
        fields = [
            "code", "name", "state", "draft_revision", "division", "category", "lead_department", "summary",
            "current_version", "review", "review_debt", "live",
        ]  # fmt: skip
        read_only_fields: Any = fields

    @extend_schema_field(ReviewDebtSerializer(allow_null=True))
    def get_review_debt(self, instance: Theme) -> Any:
        """What is owed after an emergency release; everybody who sees the theme sees it."""
        debt = self.context["debts"].get(instance.pk)
        return ReviewDebtSerializer(debt).data if debt else None

    @extend_schema_field(LiveSerializer(many=True))
    def get_live(self, instance: Any) -> Any:
        """What is on show, by division."""
        zone = timezone.get_current_timezone()
        return [
            {**one, "released_at": datetime.fromisoformat(one["released_at"]).astimezone(zone).isoformat()}
            for one in instance.live
        ]

    def to_representation(self, instance: Theme) -> dict[str, Any]:
        """The theme; null in place of its draft for those who may not see that."""
        shown = super().to_representation(instance)
        if instance.pk not in self.context["drafts"]:
            shown |= dict.fromkeys(("state", "draft_revision", "current_version", "review"))
        return shown


class DraftStateSerializer(serializers.Serializer[Any]):
    """Where the draft stands after it was saved."""

    code = serializers.CharField()
    state = serializers.CharField(source="subject.state")
    draft_revision = serializers.IntegerField(source="subject.draft_revision")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "const": EVERYWHERE},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_DIVISIONS},
        ],
        "description": "区划代码的列表，或 all：主题办理的全部区划。",
    }
)
class Divisions(serializers.Field[Any, Any, Any, Any]):
    """Division codes, or None where the caller says "all"."""

    default_error_messages = {
        "not_divisions": "应为区划代码的列表，或 all。",
        "too_many": f"最多 {MOST_DIVISIONS} 个区划。",
    }

    def to_internal_value(self, data: Any) -> list[str] | None:
        if data == EVERYWHERE:
            return None
        if not isinstance(data, list) or not data or not all(isinstance(code, str) for code in data):
            self.fail("not_divisions")
        if len(data) > MOST_DIVISIONS:
            self.fail("too_many")
        return list(dict.fromkeys(data))

    def to_representation(self, value: Any) -> Any:
        return value


class ReleaseBody(PublicNoteBody):
    version = Whole(min_value=1, max_value=1_000_000, help_text="已批准的版本号。")
    divisions = Divisions()
    effective_until = Moment(required=False, allow_null=True, default=None, help_text="到这一时刻自行结束。")


class WithdrawBody(PublicNoteBody):
    divisions = Divisions()


class PauseBody(NoteBody):
    divisions = Divisions()
    message = Text(help_text="给申请人的话。")


class ResumeBody(NoteBody):
    divisions = Divisions()


class RedirectBody(PublicNoteBody):
    divisions = Divisions()
    successor = Text(max_length=160, help_text="改办的主题的代码，须已在这些区上线。")


class ReplaceBody(RedirectBody):
    successor = Text(max_length=160, help_text="取而代之的主题的代码。")
    version = Whole(min_value=1, max_value=1_000_000, help_text="它的已批准的版本号。")


class PlannedVersionBody(Body):
    code = Text(max_length=160, help_text="主题代码。")
    version = Whole(min_value=1, max_value=1_000_000, help_text="已批准的版本号。")


class PlannedStageBody(Body):
    due_at = Moment(required=False, allow_null=True, default=None, help_text="到时自动发布；不给时由人点按发布。")
    divisions = Divisions()


class RunBody(Body):
    """An empty object: what is run stands in the address."""


class PlanBody(PublicNoteBody):
    title = Text(max_length=200, help_text="计划的名称。")
    versions = PlannedVersionBody(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=MOST_THEMES, help_text="一起发布的各主题版本。"
    )
    stages = PlannedStageBody(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=MOST_STAGES, help_text="各批；已经开始的计划只给尚未发布的批次。"
    )
    effective_until = Moment(required=False, allow_null=True, default=None, help_text="到这一时刻自行结束。")
