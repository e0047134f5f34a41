"""The product's routes, and a bare view: one indexed SELECT, the same bytes, no token, no rights."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def bare(request: HttpRequest, digest: str) -> HttpResponse:
    """The package of that digest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM release_package WHERE digest = %s", [digest])
        return HttpResponse(bytes(cursor.fetchone()[0]), content_type="application/json")


urlpatterns = [
    path("bare/<str:digest>/", bare),
    path("", include("opsplatform.urls")),
]
