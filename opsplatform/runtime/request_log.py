"""One log line and one measurement for every request: route, status, duration, who — and nothing of what was said."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject
from prometheus_client import Histogram

logger = logging.getLogger(__name__)

LATENCY = Histogram(
    "opsplatform_request_seconds",
    "Time to answer, by route name and class of status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # callers may invent others


class RequestLogMiddleware:
    """Every answer has been counted and written down. Paths and queries are not: they may carry what people typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        method = request.method if request.method in METHODS else "other"
        route = _route(request)
        LATENCY.labels(method, route, f"{response.status_code // 100}xx").observe(seconds)
        if logger.isEnabledFor(logging.INFO):
            milliseconds = round(seconds * 1000, 1)
            facts = {
                "method": method,
                "route": route,
                "status": response.status_code,
                "duration_ms": milliseconds,
                "actor_id": _actor_id(request),
            }
            logger.info(
                "%s %s %s %s ms", method, route, response.status_code, milliseconds, extra={"facts": facts}
            )  # fmt: skip
        return response


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.view_name or match.route) if match else "unmatched"


def _actor_id(request: HttpRequest) -> int | None:
    """The account, where handling the request has already found out; no query is made for the log."""
    user = getattr(request, "_cached_user", None) or request.__dict__.get("user")
    if user is None or issubclass(type(user), LazyObject):
        return None
    return int(user.pk) if user.pk is not None else None
