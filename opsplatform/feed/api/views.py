"""What changed since: polled by machines, from the place where each has stopped reading."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from opsplatform.api.errors import BadQuery
from opsplatform.api.operations import Operation, QueryParameter
from opsplatform.api.pagination import LIMIT_SCHEMA, read_limit
from opsplatform.api.views import ApiView
from opsplatform.feed import selectors
from opsplatform.feed.api.serializers import FeedPageSerializer
from opsplatform.feed.cursors import LATEST, Cursor, read_cursor
from opsplatform.feed.selectors import Page
from opsplatform.kernel.errors import Problem

AFTER = QueryParameter(
    "after",
    f"上一次回答中的 next；缺省从头读起，{LATEST} 表示只要此后的变更。",
    {"type": "string", "minLength": 1},
)
LIMIT = QueryParameter("limit", "最多几条事件。", LIMIT_SCHEMA)


class Feed(ApiView):
    """GET: the events after a place, in their order."""

    operations = {
        "get": Operation(
            "read_feed",
            "变更流：发布、撤回等事件，按位置先后，不漏不重",
            ("export.read",),
            "export:read",
            for_people=False,
            has_etag=True,
            may_be_gone=True,
            query=(AFTER, LIMIT),
            description="没有新事件时 results 为空，带 If-None-Match 得到 304。410：重新对齐后从 facts.after 继续。",
        )
    }

    @extend_schema(responses=FeedPageSerializer)
    def get(self, request: Request) -> HttpResponseBase:
        """One page."""
        limit = read_limit(request.query_params.get("limit"))
        page = selectors.read_after(_place(request.query_params.get("after")), limit)
        return self.unchanged_or(_tag(page), lambda: FeedPageSerializer(_shown(page)).data)


def _shown(page: Page) -> dict[str, Any]:
    return {
        "results": page.events,
        "next": str(page.next),
        "has_more": page.has_more,
        "compacted_to": page.compacted_to,
    }


def _place(spelling: str | None) -> Cursor | None:
    if spelling is None:
        return None
    if spelling == LATEST:
        return selectors.end_of_feed()
    cursor = read_cursor(spelling)
    if cursor is None:
        sentence = "after 不是变更流给出的位置。"
        raise BadQuery(sentence, problems=(Problem("after", "bad_cursor", sentence),))
    return cursor


def _tag(page: Page) -> str:
    """Different for pages that differ: events never change, they only come, and go when compacted."""
    first = page.events[0].position if page.events else 0
    return f"feed-{page.next}-{first}-{len(page.events)}-{page.has_more:d}-{page.compacted_to}"
