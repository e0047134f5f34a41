"""One id per request: taken from the caller when sane, else made; in the context, in the answer, in every log line."""

import logging
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel import request_context

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Every request has an id from first to last line of its handling."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        token = request_context.request_id.set(given if _SANE.fullmatch(given) else uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response[HEADER] = request_context.request_id.get()
        finally:
            request_context.request_id.reset(token)
        return response


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record, "-" outside requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_context.request_id.get() or "-"
        return True
