"""What the API shows of dictionaries, public fields and item forms."""

from typing import Any

from rest_framework import serializers

from forms_builder.models import Dictionary, DictionaryEntry, ItemForm, PublicField


class DictionarySerializer(serializers.ModelSerializer[Dictionary]):
    class Meta:
        model = Dictionary
        fields = ["code", "name", "standard", "source", "confidence", "note", "revision", "updated_at"]
        read_only_fields = fields


class DictionaryEntrySerializer(serializers.ModelSerializer[DictionaryEntry]):
    class Meta:
        model = DictionaryEntry
        fields = ["code", "name", "alias", "parent_code", "valid_from", "valid_to"]
        read_only_fields = fields


class DictionaryDetailSerializer(DictionarySerializer):
    """A dictionary with every entry it ever had, in order."""

    entries = DictionaryEntrySerializer(many=True, read_only=True)

    class Meta(DictionarySerializer.Meta):
        fields: Any = [*DictionarySerializer.Meta.fields, "entries"]
        read_only_fields = fields


class PublicFieldSerializer(serializers.ModelSerializer[PublicField]):
    data_type = serializers.CharField()
    dictionary = serializers.CharField(source="dictionary.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = PublicField
        fields = [
            "code", "label", "data_type", "max_length", "scale", "dictionary", "format", "std_format",
            "prefill_library", "prefill_element", "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class ItemFormSerializer(serializers.ModelSerializer[ItemForm]):
    item = serializers.CharField(source="item.key", help_text="事项登记编号。")
    document = serializers.DictField(help_text="事项表单文档。")

    class Meta:
        model = ItemForm
        fields = ["item", "document", "revision", "updated_at"]
        read_only_fields = fields
