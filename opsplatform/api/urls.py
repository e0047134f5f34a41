"""Routes of the kit itself."""

from django.urls import path

from opsplatform.api.documentation import DocsView, SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
]
