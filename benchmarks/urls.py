"""The product's routes, and bare views: one indexed SELECT, no token, no rights, no release looked up."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import include, path

_kept: dict[str, bytes] = {}


def bare(request: HttpRequest, digest: str) -> HttpResponse:
    """The package of that digest, as the database sends it."""
    content = bytes(_selected("SELECT content FROM release_package WHERE digest = %s", digest))
    return HttpResponse(content, content_type="application/json")


def bare_kept(request: HttpRequest, digest: str) -> HttpResponse:
    """The package of that digest, asked for but not sent by the database; 304 for who holds it."""
    found = _selected("SELECT digest FROM release_package WHERE digest = %s", digest)
    if request.headers.get("If-None-Match") == f'"{found}"':
        return HttpResponseNotModified()
    if found not in _kept:
        _kept[found] = bytes(_selected("SELECT content FROM release_package WHERE digest = %s", found))
    return HttpResponse(_kept[found], content_type="application/json")


def _selected(statement: str, digest: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest])
        return cursor.fetchone()[0]


urlpatterns = [
    path("bare/<str:digest>/", bare),
    path("bare/<str:digest>/kept/", bare_kept),
    path("", include("opsplatform.urls")),
]
