"""What a system sees of its own endpoints, and what it may say about them."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Body, Moment, Several, Text, Truth, Whole
from opsplatform.kernel.notes import LONGEST
from opsplatform.webhooks.models import MOST_TYPES, Delivery, Endpoint


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    division = serializers.CharField(source="division.code")
    state = serializers.CharField(help_text="active 启用，paused 已暂停，parked 停投待处理，ended 已注销。")
    event_types = serializers.ListField(child=serializers.CharField(), help_text="空为全部事件。")

    class Meta:
        model = Endpoint
        fields = [
            "id", "name", "url", "division", "event_types", "state", "state_reason", "failures", "failing_since",
            "succeeded_at", "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class NewEndpointBody(Body):
    name = Text(max_length=100)
    url = Text(max_length=2000, help_text="主机须先由平台批准。")
    division = Text(max_length=12, help_text="区划代码：通知它及其下级的变更。")
    event_types = Several(
        child=Text(max_length=40), required=False, default=list, max_length=MOST_TYPES, help_text="缺省为全部事件。"
    )


class RotateBody(Body):
    note = Text(max_length=LONGEST)
    overlap_hours = Whole(
        min_value=0, max_value=168, required=False, default=24, help_text="新旧密钥同时签名的小时数。"
    )


class RedeliverPeriodBody(Body):
    since = Moment(help_text="生成时间从此刻起。")
    until = Moment(help_text="到此刻之前。")
    only_failed = Truth(required=False, default=True, help_text="只要没有送达的；false 为已送达的也再投递。")


class RedeliveredSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="等待重新投递的通知数。")


class SecretSerializer(serializers.Serializer[Any]):
    """The endpoint with its new secret, which is answered this once."""

    endpoint = EndpointSerializer()
    secret = serializers.CharField(help_text="whsec_ 开头，只在此时给出一次。")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    state = serializers.CharField(help_text="waiting 等待投递，delivered 已送达，failed 未送达。")
    last_status = serializers.IntegerField(allow_null=True, help_text="最近一次的状态码。")
    last_outcome = serializers.CharField(allow_null=True, help_text="最近一次的结果，delivered 为送达。")
    last_duration_ms = serializers.IntegerField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Delivery
        fields = [
            "message_id", "position", "type", "about", "state", "attempts", "created_at", "due_at", "finished_at",
            "last_status", "last_outcome", "last_duration_ms", "last_at",
        ]  # fmt: skip
        read_only_fields: Any = fields
