"""Start-up check: every route below /api/ states its rights, scopes that exist, and a name of its own."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from opsplatform.api.operations import Operation, unstated_methods

PREFIX = "api/"


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the installation: its pattern and its view function."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield pattern, entry.callback


def api_views() -> Iterator[tuple[str, Any]]:
    """Every route below /api/ with its view class, None where it is not one."""
    for pattern, callback in routes():
        if pattern.startswith(PREFIX):
            yield pattern, getattr(callback, "cls", None)


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Every stated operation: route, method, statement."""
    for pattern, view in api_views():
        for method, operation in getattr(view, "operations", {}).items():
            yield pattern, method, operation


@register(Tags.urls)
def check_statements(**_: Any) -> list[CheckMessage]:
    """Errors for routes without statements, unknown scopes, operations nobody may use, and names used twice."""
    errors: list[CheckMessage] = [
        Error(f"route {pattern} states no rights", id="api.E001")
        for pattern, view in api_views()
        if not getattr(view, "operations", None) or unstated_methods(view)
    ]
    names: dict[str, str] = {}
    for pattern, method, operation in operations():
        where = f"{method.upper()} {pattern}"
        if operation.scope is not None and operation.scope not in settings.OAUTH2_PROVIDER["SCOPES"]:
            errors.append(Error(f"{where} asks for the unknown scope {operation.scope}", id="api.E002"))
        if not operation.is_public and not operation.actions:
            errors.append(Error(f"{where} names no policy action", id="api.E003"))
        if names.setdefault(operation.id, where) != where:
            errors.append(Error(f"{where} and {names[operation.id]} share the name {operation.id}", id="api.E004"))
    return errors
