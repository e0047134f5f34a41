"""What the API shows and takes of dictionaries, crosswalks and public fields."""

from typing import Any

from rest_framework import serializers

from forms_builder.models import (
    Crosswalk,
    CrosswalkMapping,
    Dictionary,
    DictionaryEntry,
    FormerName,
    FormerParent,
    PublicField,
)
from opsplatform.api.serializers import Body, Several, Text, Truth


class DictionarySerializer(serializers.ModelSerializer[Dictionary]):
    parent_dictionary = serializers.CharField(
        source="parent_dictionary.code", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Dictionary
        fields = [
            "code", "name", "standard", "source", "confidence", "note", "parent_dictionary", "is_below_divisions",
            "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class FormerNameSerializer(serializers.ModelSerializer[FormerName]):
    class Meta:
        model = FormerName
        fields = ["name", "until"]
        read_only_fields = fields


class FormerParentSerializer(serializers.ModelSerializer[FormerParent]):
    class Meta:
        model = FormerParent
        fields = ["parent_code", "until"]
        read_only_fields = fields


class DictionaryEntrySerializer(serializers.ModelSerializer[DictionaryEntry]):
    successors: Any = serializers.SlugRelatedField("code", many=True, read_only=True, help_text="停用之后改用的代码。")
    former_names = FormerNameSerializer(many=True, read_only=True)
    former_parents = FormerParentSerializer(
        many=True,
        read_only=True,
        help_text="到某日（含）为止的上级代码，可能是将来的某日；最后一个之后才是 parent_code。",
    )

    class Meta:
        model = DictionaryEntry
        fields = [
            "code", "name", "alias", "parent_code", "valid_from", "valid_to", "successors", "former_names",
            "former_parents",
        ]  # fmt: skip
        read_only_fields = fields


class DictionaryDetailSerializer(DictionarySerializer):
    """A dictionary with every entry it ever had, in order."""

    entries = DictionaryEntrySerializer(many=True, read_only=True)

    class Meta(DictionarySerializer.Meta):
        fields: Any = [*DictionarySerializer.Meta.fields, "entries"]
        read_only_fields = fields


class CodeUseSerializer(serializers.Serializer[Any]):
    """One place that names the code."""

    id = serializers.CharField(source="use.id", help_text="决定这一处如何处理时引用的编号。")
    kind = serializers.CharField(source="title", help_text="在哪一类内容里。")
    owner = serializers.CharField(source="owner.name")
    standing = serializers.CharField(source="owner.note")
    place = serializers.CharField(source="use.place", help_text="文档中的 JSON 指针，或登记的列。")
    label = serializers.CharField(source="use.label")  # type: ignore[assignment]
    takes_several = serializers.BooleanField(source="use.takes_several", help_text="可以改为几个代码。")
    may_end = serializers.BooleanField(source="use.may_end", help_text="可以随代码到期。")
    ends_on = serializers.DateField(source="use.ends_on", allow_null=True)


class CodeUsesSerializer(serializers.Serializer[Any]):
    """Where a code is used, as far as the caller sees it."""

    open = CodeUseSerializer(many=True, help_text="可以改动的：停用前须逐处决定，或在停用日期前到期。")
    on_show = CodeUseSerializer(many=True, help_text="在用的版本：不会改动，沿用当时的名称。")
    past = CodeUseSerializer(many=True, help_text="不在用的版本。")
    hidden = serializers.IntegerField(help_text="不在权限范围内的处数。")


class SuccessorBody(Body):
    code = Text(max_length=40)
    name = Text(max_length=200, default="", allow_blank=True, help_text="新代码的名称；已有的代码不填。")


class DecisionBody(Body):
    use = Text(max_length=800)
    codes = Several(child=Text(max_length=40), default=list, max_length=50)
    ends = Truth(default=False, help_text="随代码到期。")


class EndCodeBody(Body):
    """`successors`: none retires the code, one merges it, several split it."""

    last_day = serializers.DateField(help_text="最后一天，含当日。")
    successors = SuccessorBody(many=True, default=list, max_length=50)  # type: ignore[call-arg]
    decisions = DecisionBody(many=True, default=list, max_length=5000)  # type: ignore[call-arg]
    note = Text(max_length=1000)


class EndingAskedSerializer(serializers.Serializer[Any]):
    """The code ends when background work is done; until then nothing has changed."""

    work = serializers.IntegerField(help_text="后台任务的编号，在控制台“后台任务”中可见。")


class RenameBody(Body):
    name = Text(max_length=200)
    since = serializers.DateField(help_text="新名称的启用日期，不晚于今天。")
    note = Text(max_length=1000)


class CrosswalkSerializer(serializers.ModelSerializer[Crosswalk]):
    from_dictionary = serializers.CharField(source="from_dictionary.code", read_only=True)
    to_dictionary = serializers.CharField(source="to_dictionary.code", read_only=True)

    class Meta:
        model = Crosswalk
        fields = ["code", "name", "partner", "from_dictionary", "to_dictionary", "note", "revision", "updated_at"]
        read_only_fields: Any = fields


class CrosswalkMappingSerializer(serializers.ModelSerializer[CrosswalkMapping]):
    relation = serializers.CharField(help_text="same 相同，narrower 来源较窄，broader 来源较宽，close 近似。")

    class Meta:
        model = CrosswalkMapping
        fields = ["from_code", "to_code", "relation", "valid_from", "valid_to"]
        read_only_fields: Any = fields


class CrosswalkDetailSerializer(CrosswalkSerializer):
    """A crosswalk with every mapping it ever had, in order."""

    mappings = CrosswalkMappingSerializer(many=True, read_only=True)

    class Meta(CrosswalkSerializer.Meta):
        fields: Any = [*CrosswalkSerializer.Meta.fields, "mappings"]
        read_only_fields = fields


class PublicFieldSerializer(serializers.ModelSerializer[PublicField]):
    data_type = serializers.CharField()
    dictionary = serializers.CharField(source="dictionary.code", default=None, allow_null=True, read_only=True)
    synonyms = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="各部门的其他叫法。")
    sensitivity = serializers.CharField(
        source="effective_sensitivity",
        read_only=True,
        help_text="public 公开、internal 内部、sensitive 敏感、highly_sensitive 高度敏感；敏感的值展示时须遮掩。",
    )
    merged_into = serializers.CharField(
        source="merged_into.code", default=None, allow_null=True, read_only=True, help_text="已并入的公共字段。"
    )

    class Meta:
        model = PublicField
        fields = [
            "code", "label", "synonyms", "data_type", "max_length", "scale", "minimum", "maximum", "pattern",
            "dictionary", "format", "std_format", "sensitivity", "prefill_library", "prefill_element", "merged_into",
            "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields
