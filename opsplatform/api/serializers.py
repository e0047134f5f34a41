"""Strict building blocks of request bodies, and the problem as OpenAPI shows it."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    """A JSON object whose unknown keys are refused together with everything else that is wrong."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated fields; raises ValidationError with every wrong or unknown key."""
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            errors = {
                key: [serializers.ErrorDetail(f"不认识的键 {key}。", code="unknown_key")]
                for key in data
                if key not in self.fields
            }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from error  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        return value


class Text(serializers.CharField):
    """A JSON string; numbers and booleans are not turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON integer; strings, fractions and booleans are not turned into one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": True})
class Tree(serializers.Field[Any, Any, Any, Any]):
    """A JSON object, taken as it is."""

    default_error_messages = {"not_an_object": "应为一个 JSON 对象。"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"description": "任意 JSON。"})
class Anything(serializers.JSONField):
    """Any JSON, null included; the framework would say so in a way that null itself does not fit."""


class ErrorEntry(serializers.Serializer[Any]):
    """One thing wrong: a place in the body, or a query parameter."""

    pointer = serializers.CharField(required=False, help_text="正文中的 JSON 指针。")
    parameter = serializers.CharField(required=False, help_text="查询参数名。")
    code = serializers.CharField(help_text="稳定的错误代码。")
    detail = serializers.CharField(help_text="给人看的一句话。")


class Problem(serializers.Serializer[Any]):
    """application/problem+json."""

    type = serializers.CharField(help_text="urn:opsplatform:problem:<code>")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="稳定的错误代码。")
    detail = serializers.CharField(help_text="给人看的一句话。")
    request_id = serializers.CharField(help_text="请求编号，报障时请提供。")
    errors = ErrorEntry(many=True, help_text="全部错误，一次给出。")  # type: ignore[assignment]
    facts = serializers.DictField(required=False, help_text="与该错误有关的事实，例如他人改动了什么。")
