"""OpenAPI 3.1 from what the routes state: names, rights, statuses, problems. Only the schema generator calls this."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django_filters import filters
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiFilterExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from opsplatform.api.operations import Operation
from opsplatform.api.problems import CONTENT_TYPE
from opsplatform.api.queries import is_text
from opsplatform.api.serializers import Problem

OAUTH = "oauth2"
SESSION = "session"
STRONG_TAG = '^"[!#-~]*"$'

_SENTENCES = {
    304: "没有变化：If-None-Match 中的标签仍是当前版本。",
    400: "请求无法理解：查询参数、请求头或 JSON 本身有误。",
    401: "没有登录，或令牌无效、过期、被停用。",
    403: "没有权限，或令牌缺少所需的 scope。",
    404: "不存在，或不在权限范围内。",
    406: "只能以 JSON 回答。",
    409: "当前状态下不能进行这项操作。",
    410: "原来的位置或对象作废，facts 说明从何处、改读什么。",
    412: "内容已被他人修改，facts.changes 列出改动。",
    413: "请求正文过大。",
    415: "请求正文不是未压缩的 UTF-8 JSON。",
    422: "内容有误，errors 一次列出全部问题。",
    428: "缺少 If-Match。",
    429: "请求过于频繁，Retry-After 给出等待秒数。",
    503: "系统繁忙，Retry-After 给出等待秒数。",
}


class SessionScheme(OpenApiAuthenticationExtension):
    """People: the console's session cookie, with X-CSRFToken on writes."""

    target_class = "opsplatform.accounts.api.authentication.PeopleAuthentication"
    name = SESSION

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "人员：登录中台后的会话。"}


class MachineScheme(OpenApiAuthenticationExtension):
    """Machines: OAuth 2 client credentials."""

    target_class = "opsplatform.accounts.api.authentication.MachineAuthentication"
    name = OAUTH

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The one flow and its scopes."""
        flow = {
            "tokenUrl": spectacular_settings.OAUTH2_TOKEN_URL,
            "scopes": dict(spectacular_settings.OAUTH2_SCOPES),
        }
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


class FilterParameters(OpenApiFilterExtension):
    """Query parameters from what the FilterSet declares, without asking the database."""

    target_class = "opsplatform.api.queries.StatedFilters"
    priority = 1
    _types: ClassVar[Sequence[tuple[type, dict[str, Any]]]] = (
        (filters.BooleanFilter, {"type": "boolean"}),
        (filters.NumberFilter, {"type": "integer"}),
        (filters.IsoDateTimeFilter, {"type": "string", "format": "date-time"}),
        (filters.DateFilter, {"type": "string", "format": "date"}),
    )

    def get_schema_operation_parameters(self, auto_schema: AutoSchema, *args: Any, **kwargs: Any) -> list[Any]:
        """One parameter per filter, with its Chinese label."""
        filterset = getattr(auto_schema.view, "filterset_class", None)
        declared = filterset.base_filters if filterset else {}
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": str(declared[name].label or ""),
                "schema": self._schema(declared[name]),
            }
            for name in declared
        ]

    def _schema(self, declared: filters.Filter) -> dict[str, Any]:
        if isinstance(declared, filters.ChoiceFilter) and not isinstance(declared, filters.ModelChoiceFilter):
            return {"type": "string", "enum": [str(code) for code, _ in declared.extra["choices"]]}
        for kind, schema in self._types:
            if isinstance(declared, kind):
                return schema
        return {"type": "string"} if is_text(declared) else {"type": "string", "minLength": 1}


class StrictBodies(OpenApiSerializerExtension):
    """Bodies of which unknown keys are refused say so."""

    target_class = "opsplatform.api.serializers.Body"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Any:
        """The object as it is stated, closed."""
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**mapped, "additionalProperties": False}


class StatedSchema(AutoSchema):
    """Reads each operation's name, rights and refusals from the Operation the view states."""

    @property
    def operation(self) -> Operation:
        """What the view states about this method."""
        view: Any = self.view
        stated: Operation = view.operations[self.method.lower()]
        return stated

    def get_operation_id(self) -> str:
        """The stated name."""
        return self.operation.id

    def get_summary(self) -> str:
        """The stated Chinese sentence."""
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        """The stated Chinese paragraph; docstrings are for those who read the code."""
        return self.operation.description

    def get_tags(self) -> list[str]:
        """The first word of the path after the version."""
        return [re.sub(r"^/?api/v[0-9]+/", "", self.path).split("/")[0]]

    def get_auth(self) -> list[dict[str, Any]]:
        """The ways in that the operation accepts."""
        super().get_auth()  # registers the schemes in the components
        if self.operation.is_public:
            return [{}]
        ways: list[dict[str, Any]] = []
        if self.operation.scope:
            ways.append({OAUTH: [self.operation.scope]})
        if self.operation.for_people:
            ways.append({SESSION: []})
        return ways

    def get_override_parameters(self) -> list[Any]:
        """Stated query parameters and the conditional headers."""
        stated = [
            OpenApiParameter(
                parameter.name, parameter.schema, OpenApiParameter.QUERY, description=parameter.description
            )
            for parameter in self.operation.query
        ]
        if self.operation.needs_match:
            stated.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": STRONG_TAG},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="读取时得到的 ETag，原样带回。",
                )
            )
        if self.operation.has_etag:
            if self.method == "GET":
                stated.append(
                    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="已持有版本的 ETag。")
                )
            stated.append(
                OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description="强实体标签。", response=[200])
            )
        return stated

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self.method == "GET" and getattr(self.view, "pagination_class", None) is not None

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._refusals():
            answer = OpenApiResponse(None if status == 304 else Problem, description=_SENTENCES[status])
            media_types = None if status == 304 else [CONTENT_TYPE]
            responses[str(status)] = self._get_response_for_code(answer, str(status), media_types, direction)
        return dict(sorted(responses.items()))

    def _refusals(self) -> list[int]:
        statuses = [400, 406, 429, 503]
        if not self.operation.is_public:
            statuses += [401, 403]
        if "{" in self.path:
            statuses.append(404)
        if self.operation.has_etag and self.method == "GET":
            statuses.append(304)
        if self.operation.may_be_gone:
            statuses.append(410)
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += [413, 415, 422]
        if self.operation.may_refuse_query:
            statuses.append(422)
        if self.operation.is_change:
            statuses.append(409)
        if self.operation.needs_match:
            statuses += [412, 428]
        return sorted(statuses)
