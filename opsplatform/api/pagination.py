"""Lists by cursor: a walk sees every row that stood throughout exactly once, whatever is added or removed meanwhile."""

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opsplatform.api.errors import BadQuery
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.keyset import Keyset, seal, unseal

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
PARAMETERS = ("limit", "cursor")
LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_PARAMETER_SCHEMAS = (
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": f"每页行数，1 至 {MAX_LIMIT}，默认 {DEFAULT_LIMIT}。",
        "schema": LIMIT_SCHEMA,
    },
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "上一页回答中的 next_cursor，原样带回。",
        "schema": {"type": "string", "minLength": 1},
    },
)


class CursorPages(BasePagination):
    """Pages along the view's `order`. A cursor is the sealed key of the last row shown of this operation and order."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of this page; raises BadQuery for a limit or cursor that was not ours."""
        if view is None:
            raise TypeError("the page's order is the view's")
        keyset = Keyset(queryset.model, view.order())  # type: ignore[attr-defined]
        purpose = ("cursor", view.operation.id, *keyset.names)  # type: ignore[attr-defined]
        limit = read_limit(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor")
        key = None if cursor is None else _opened(cursor, *purpose)
        found = list(keyset.after(queryset, key)[: limit + 1])
        page = found[:limit]
        self.next_cursor = seal(keyset.key_of(page[-1]), *purpose) if len(found) > limit else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the cursor of the next one, null on the last page."""
        return Response({"results": data, "next_cursor": self.next_cursor})

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The two parameters in OpenAPI."""
        return [dict(parameter) for parameter in _PARAMETER_SCHEMAS]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in OpenAPI."""
        return {
            "type": "object",
            "required": ["results", "next_cursor"],
            "properties": {
                "results": schema,
                "next_cursor": {"type": ["string", "null"], "description": "下一页的游标，最后一页为 null。"},
            },
        }


def read_limit(spelling: str | None) -> int:
    """How many rows a page may have; raises BadQuery."""
    if spelling is None:
        return DEFAULT_LIMIT
    if spelling.isascii() and spelling.isdigit() and len(spelling) <= 4 and 1 <= int(spelling) <= MAX_LIMIT:
        return int(spelling)
    sentence = f"limit 应为 1 至 {MAX_LIMIT} 的整数。"
    raise BadQuery(sentence, problems=(Problem("limit", "bad_limit", sentence),))


def _opened(cursor: str, *purpose: str) -> Any:
    key = unseal(cursor, *purpose)
    if key is None:
        sentence = "cursor 不是这个列表给出的游标。"
        raise BadQuery(sentence, problems=(Problem("cursor", "bad_cursor", sentence),))
    return key
