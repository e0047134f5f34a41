"""Every refusal of the API as problem+json (RFC 9457): stable code, Chinese sentence, all errors at once."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, UnreadablePostError
from django.template import loader
from django.views import defaults
from rest_framework import exceptions

from opsplatform.api.errors import BadQuery
from opsplatform.kernel import request_context
from opsplatform.kernel.busy import busy_of
from opsplatform.kernel.errors import MOST_PROBLEMS, DomainError, more_problems

CONTENT_TYPE = "application/problem+json"
PREFIXES = ("/api/", "/oauth/")

# status → code and sentence of refusals that Django and the framework raise
_STOCK: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求无法理解。"),
    401: ("not_authenticated", "请先登录，或提供有效的访问令牌。"),
    403: ("forbidden", "您没有进行这项操作的权限。"),
    404: ("not_found", "没有找到，或不在您的权限范围内。"),
    405: ("method_not_allowed", "这个地址不支持这种请求方法。"),
    406: ("not_acceptable", "只能以 application/json 回答。"),
    413: ("too_large", "请求正文过大。"),
    415: ("unsupported_media_type", "请求正文应为 application/json。"),
    422: ("invalid", "填写的内容有误。"),
    429: ("too_many_requests", "请求过于频繁，请稍后再试。"),
    500: ("server_error", "服务出错，已记录。请凭请求编号联系运维。"),
    503: ("busy", "系统繁忙，请稍后再试。"),
}


def problem(
    status: int,
    code: str = "",
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem+json answer; code and sentence default to those of the status."""
    stock_code, stock_sentence = _STOCK.get(status, ("refused", "不能这样做。"))
    code = code or stock_code
    body: dict[str, Any] = {
        "type": f"urn:opsplatform:problem:{code}",
        "title": stock_sentence,
        "status": status,
        "code": code,
        "detail": detail or stock_sentence,
        "request_id": request_context.request_id.get(),
        "errors": list(errors),
    }
    if facts:
        body["facts"] = facts
    content = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def problem_of(error: DomainError) -> HttpResponse:
    """The answer to a refusal of a service or of the edge."""
    place = "parameter" if isinstance(error, BadQuery) else "pointer"
    errors = [{place: entry.pointer, "code": entry.code, "detail": entry.sentence} for entry in error.problems]
    errors += [
        {"pointer": found.place, "code": found.code, "detail": found.sentence}
        for found in getattr(error, "findings", ())  # what a gate found
    ]
    headers = getattr(error, "headers", None)
    return problem(error.status, error.code, error.sentence, errors=errors, facts=error.facts, headers=headers)


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """The framework's exception handler: a problem for every refusal, None for defects (they become a 500)."""
    match error:
        case DomainError():
            return problem_of(error)
        case exceptions.ValidationError():
            return problem(422, errors=_bounded(_flattened(error.detail, "")))
        case exceptions.APIException():
            return problem(error.status_code, headers=_headers(error))
        case Http404():
            return problem(404)
        case PermissionDenied():
            return problem(403)
        case RequestDataTooBig():
            return problem(413)
        case SuspiciousOperation() | UnreadablePostError():
            return problem(400)
        case Error():
            busy = busy_of(error)
            return problem_of(busy) if busy else None
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _bounded(errors: Iterator[dict[str, str]]) -> list[dict[str, str]]:
    told = list(islice(errors, MOST_PROBLEMS))
    if next(errors, None) is not None:
        more = more_problems()
        told.append({"pointer": more.pointer, "code": more.code, "detail": more.sentence})
    return told


def _flattened(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            step = "" if key == "non_field_errors" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _flattened(inner, pointer + step)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _flattened(inner, f"{pointer}/{number}" if isinstance(inner, Mapping | list) else pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


# --- Django's own error views: problems below the API's prefixes, pages elsewhere -------------------------------------


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIXES)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 in the form the caller reads."""
    return problem(400) if _is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 in the form the caller reads."""
    return problem(403) if _is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in the form the caller reads."""
    return problem(404) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """In the form the caller reads: 503 where the database did not serve, else 500 with the request id of the log."""
    busy = busy_of(sys.exc_info()[1])  # Django calls this while it handles what was raised
    if _is_api(request):
        return problem_of(busy) if busy else problem(500)
    # Without the request: a context processor may be what failed.
    facts = {"request_id": request_context.request_id.get(), "refusal": busy}
    if busy is None:
        return HttpResponseServerError(loader.render_to_string("500.html", facts))
    return HttpResponse(loader.render_to_string("503.html", facts), status=busy.status, headers=dict(busy.headers))
