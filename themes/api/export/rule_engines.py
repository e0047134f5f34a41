"""The rules of a published package, written for the rule engines of others."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from opsplatform.api import conditional
from themes.api.export.views import BelowPackage, reading
from themes.packages.rules_for_engines import rules_as_dmn, rules_as_jdm

RULES_FORMAT = 1  # counts up when the same rules are written otherwise, so that no tag stands for two contents


class PackageRulesAsJdm(BelowPackage):
    operations = {"get": reading("read_package_jdm", "引导规则，供 GoRules zen 引擎运行（JDM）", has_etag=True)}

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request: Request, digest: str) -> HttpResponseBase:
        """The rules as JDM."""
        package = self.opened(digest).package
        return self.unchanged_or(f"jdm-{RULES_FORMAT}-{digest}", lambda: rules_as_jdm(package), conditional.FOREVER)


class XmlRenderer(BaseRenderer):
    """Lets callers ask for XML; what they get is written before any renderer."""

    media_type, format = "application/xml", "xml"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The bytes as they are."""
        return data


class PackageRulesAsDmn(BelowPackage):
    operations = {"get": reading("read_package_dmn", "引导规则，供 DMN 1.5 引擎运行（XML）", has_etag=True)}
    renderer_classes = [XmlRenderer, JSONRenderer]

    @extend_schema(responses={(200, "application/xml"): {"type": "string"}})
    def get(self, request: Request, digest: str) -> HttpResponseBase:
        """The rules as DMN, or 304 where the caller holds them."""
        package = self.opened(digest).package
        tag = f"dmn-{RULES_FORMAT}-{digest}"
        headers = {"ETag": conditional.strong(tag), "Cache-Control": conditional.FOREVER}
        if conditional.is_seen(request, tag):
            return HttpResponseNotModified(headers=headers)
        return HttpResponse(rules_as_dmn(package), content_type="application/xml", headers=headers)
