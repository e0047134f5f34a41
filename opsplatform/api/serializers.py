"""Strict building blocks of request bodies, and the problem as OpenAPI shows it."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from opsplatform.kernel.errors import MOST_PROBLEMS

MOST_ASSIGNED = 1_000  # a form has fewer fields


class Body(serializers.Serializer[Any]):
    """A JSON object whose unknown keys are refused together with everything else that is wrong."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated fields; raises ValidationError with every wrong key, and the unknown ones as far as told."""
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            unknown = (key for key in data if key not in self.fields)
            errors = {
                key: [serializers.ErrorDetail("不认识的键。", code="unknown_key")]
                for key in islice(unknown, MOST_PROBLEMS + 1)
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


class Several(serializers.ListField):
    """A JSON list of at most `max_length` elements; a longer one is refused before its elements are looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(
                self.error_messages["max_length"].format(max_length=self.max_length), code="max_length"
            )
        return super().to_internal_value(data)


class Assigned(serializers.DictField):
    """A JSON object of free keys; one of more than MOST_ASSIGNED is refused before its values are looked at."""

    default_error_messages = {"too_many": f"最多 {MOST_ASSIGNED} 项。"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and len(data) > MOST_ASSIGNED:
            self.fail("too_many")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """A JSON boolean; numbers and words are not turned into one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Moment(serializers.DateTimeField):
    """A moment with its offset, in years that can be said in every zone."""

    default_error_messages = {"no_moment": "应为带时区的 ISO 8601 时刻，例如 2026-03-01T09:00:00+08:00。"}

    def to_internal_value(self, value: Any) -> datetime:
        """The moment; refuses one without offset, which would be another moment in another place."""
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 3000:
            self.fail("no_moment")
        return moment


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
