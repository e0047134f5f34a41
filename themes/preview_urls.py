"""The route of the citizen's preview; its inner part for htmx is the same address."""

from django.urls import path

from themes.pages.preview import Preview

urlpatterns = [path("<str:code>/preview/", Preview.as_view(), name="preview")]
