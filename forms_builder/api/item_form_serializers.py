"""What the API shows of item forms, and what it takes for enabling and disabling them."""

from typing import Any

from rest_framework import serializers

from forms_builder.exchange.losses import CONSEQUENCES
from forms_builder.models import ItemForm
from forms_builder.services.forms_in_force import document_in_force, live_release
from opsplatform.api.serializers import Body, Text, Whole
from opsplatform.kernel.documents import write
from opsplatform.release.api.serializers import CurrentVersionSerializer, LiveSerializer


class ItemFormSerializer(serializers.ModelSerializer[ItemForm]):
    """An item form: which version is in force and, for those who may see it, the state of its draft."""

    item = serializers.CharField(source="item.key", help_text="事项登记编号。")
    name = serializers.CharField(source="item.name")
    division = serializers.CharField(source="subject.division.code")
    state = serializers.CharField(
        source="subject.state",
        allow_null=True,
        read_only=True,
        help_text="draft 草稿，submitted 待审核，approved 已批准；无权查看草稿时为 null。",
    )
    draft_revision = serializers.IntegerField(source="subject.draft_revision", allow_null=True, read_only=True)
    current_version = CurrentVersionSerializer(source="subject.current_version", allow_null=True, read_only=True)
    live = serializers.SerializerMethodField(help_text="在用的版本；从未启用或已停用时为 null。")

    class Meta:
        model = ItemForm
        fields = ["item", "name", "division", "state", "draft_revision", "current_version", "live"]
        read_only_fields: Any = fields

    def get_live(self, row: ItemForm) -> LiveSerializer(allow_null=True):  # type: ignore[valid-type]
        """Since when which version is in force."""
        live = live_release(row)
        return LiveSerializer(live).data if live else None

    def to_representation(self, instance: ItemForm) -> dict[str, Any]:
        """The form; null in place of its draft for those who may not see that."""
        shown = super().to_representation(instance)
        if instance.pk not in self.context["drafts"]:
            shown |= dict.fromkeys(("state", "draft_revision", "current_version"))
        return shown


class ItemFormDetailSerializer(ItemFormSerializer):
    """An item form with the document in force."""

    document = serializers.SerializerMethodField(help_text="在用的表单文档；没有在用的版本时为 null。")

    class Meta(ItemFormSerializer.Meta):
        fields: Any = [*ItemFormSerializer.Meta.fields, "document"]
        read_only_fields = fields

    def get_document(self, row: ItemForm) -> serializers.DictField(allow_null=True):  # type: ignore[valid-type]
        """What is in force."""
        return write(document_in_force(row))


class ItemFormStateSerializer(serializers.Serializer[Any]):
    """Where the draft stands after it was saved."""

    item = serializers.CharField(source="item.key")
    state = serializers.CharField(source="subject.state")
    draft_revision = serializers.IntegerField(source="subject.draft_revision")


class EnableBody(Body):
    version = Whole(min_value=1, max_value=1_000_000, help_text="已批准的版本号。")
    note = Text(help_text="启用说明。")


class DisableBody(Body):
    note = Text(help_text="停用理由。")


class LossSerializer(serializers.Serializer[Any]):
    """One thing that a schema says and a form cannot."""

    pointer = serializers.CharField(help_text="在所给 JSON Schema 中的位置（JSON Pointer）。")
    keyword = serializers.CharField()
    consequence = serializers.ChoiceField(
        choices=sorted(CONSEQUENCES), help_text="wider 放宽，narrower 收紧，different 写法不同，none 不影响填写。"
    )
    sentence = serializers.CharField()
    field = serializers.CharField(allow_blank=True, help_text="所涉字段的编码；与整张表单有关时为空。")


class FormFromSchemaSerializer(serializers.Serializer[Any]):
    """The form that a JSON Schema describes."""

    document = serializers.DictField(help_text="可以原样 PUT 到草稿的表单文档。")
    losses = LossSerializer(many=True, help_text="没有带入的全部内容。")
