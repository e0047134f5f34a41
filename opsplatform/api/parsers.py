"""Request bodies: plain UTF-8 JSON through the one bounded parser."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from opsplatform.api.errors import UnsupportedBody
from opsplatform.kernel.parsing import TooLarge, parse_json


class BoundedJSONParser(BaseParser):
    """Reads at most one byte more than the view's `max_bytes`; every hostile body ends in a 4xx."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The JSON tree of the body; raises BadJSON, TooLarge or UnsupportedBody."""
        if parser_context is None:
            raise TypeError("the framework passes request and view in parser_context")
        request, limit = parser_context["request"], parser_context["view"].max_bytes
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise UnsupportedBody
        if request.content_type.partition(";")[0].strip().lower() != self.media_type:  # the framework takes */* too
            raise UnsupportedBody
        if request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedBody
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"请求正文最多 {limit} 字节。")
        return parse_json(content, max_bytes=limit)
