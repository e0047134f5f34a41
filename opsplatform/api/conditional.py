"""Entity tags: what was read, whether it still stands (RFC 9110 §13)."""

import re

from django.http import HttpRequest
from rest_framework.request import Request

from opsplatform.api.errors import BadPrecondition, PreconditionMissing
from opsplatform.kernel.errors import StaleRevision

REVALIDATE = "private, no-cache"
FOREVER = "private, max-age=31536000, immutable"

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TAGS = re.compile(rf"\s*{_TAG.pattern}\s*(?:,\s*{_TAG.pattern}\s*)*")


def strong(value: str) -> str:
    """The value as a strong entity tag."""
    return f'"{value}"'


def seen_tags(request: HttpRequest | Request) -> list[str]:
    """The opaque values in If-None-Match, "*" as itself; compared weakly, so W/ is dropped. Nonsense counts as none."""
    header = request.headers.get("If-None-Match", "")
    if header.strip() == "*":
        return ["*"]
    return _TAG.findall(header) if _TAGS.fullmatch(header) else []


def is_seen(request: HttpRequest | Request, value: str) -> bool:
    """Whether the caller already holds the representation with this tag value."""
    tags = seen_tags(request)
    return value in tags or tags == ["*"]


def expected_revision(request: Request, prefix: str) -> int:
    """The revision in If-Match, spelled `"<prefix>-<revision>"`.

    Raises PreconditionMissing without the header, BadPrecondition when it is not one tag, StaleRevision when the tag
    was never one of ours or is weak.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionMissing
    header = header.strip()
    if not _TAG.fullmatch(header):
        raise BadPrecondition
    ours = re.fullmatch(rf'"{re.escape(prefix)}-([0-9]{{1,9}})"', header)
    if ours is None:
        raise StaleRevision("If-Match 中的标签不是这个对象的任何一个版本，请重新读取。")
    return int(ours[1])
