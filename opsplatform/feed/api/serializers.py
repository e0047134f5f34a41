"""Events as their readers get them."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Tree


class EventSerializer(serializers.Serializer[Any]):
    """One event."""

    id = serializers.UUIDField(source="event_id", help_text="事件编号，永不改变；用它识别重复。")
    position = serializers.IntegerField(help_text="位置：在一个纪元内从 1 起连续编号。")
    type = serializers.CharField(help_text="事件，例如 release.begun。请忽略不认识的事件。")
    kind = serializers.CharField(help_text="对象的种类，例如 theme。")
    code = serializers.CharField(help_text="对象的代码。")
    division = serializers.CharField(source="division_code", help_text="区划代码；不分区划时为空。")
    version = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField(help_text="发布包的摘要。")
    tombstone = serializers.BooleanField(source="is_tombstone", help_text="对象在该区划已不再提供。")
    facts = Tree(help_text="这种事件自己的说明。")
    at = serializers.DateTimeField(help_text="发生时间。先后以位置为准，不以时间为准。")


class FeedPageSerializer(serializers.Serializer[Any]):
    """Events after a place."""

    results = EventSerializer(many=True)
    next = serializers.CharField(help_text="读完这些之后的位置：保存它，下一次作为 after。")
    has_more = serializers.BooleanField(help_text="后面还有，请立即继续。")
    compacted_to = serializers.IntegerField(help_text="到这个位置为止，每个对象只保留最近一次事件，位置可能不连续。")
