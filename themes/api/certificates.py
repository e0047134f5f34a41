"""Merge certificates: the draft's as it would be, and those that versions carry."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.errors import NotFound
from themes import selectors
from themes.models import Theme
from themes.services.certifying import Certified, certificate_of_draft, certificate_of_version
from themes.services.hiding import certificate_tree

PROOF = {
    "type": "object",
    "description": "对场景引导证明了什么；还在验证、或提交时没有留下记录的为 null。",
    "required": ["on", "properties"],
    "properties": {
        "on": {"type": "string", "format": "date", "description": "从这一天起的每一天都成立。"},
        "classes": {"type": "integer", "description": "证明覆盖的回答类数；太多、没有数的不写。"},
        "properties": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["property", "state"],
                "properties": {
                    "property": {
                        "type": "string", "enum": ["dead_end", "waits_in_vain", "never_matters", "contradiction"],
                    },
                    "state": {"type": "string", "enum": ["proved", "refuted", "not_proved"]},
                    "findings": {"type": "integer", "description": "不成立的处数；没有的不写。"},
                    "reasons": {
                        "type": "array", "items": {"type": "string"}, "description": "为什么没有证明；没有的不写。",
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}  # fmt: skip
CERTIFICATE = {
    "type": "object",
    "required": ["rules", "items", "counts", "proof"],
    "properties": {
        "rules": {"type": "string", "description": "作出证书所依据的合并规则。空的列表不写。"},
        "items": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "gaps": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "decisions": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "settled": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "conflicts": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "narrowings": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "proof": {"anyOf": [PROOF, {"type": "null"}]},
    },
    "additionalProperties": False,
}


class _CertificateView(ApiView):
    """A route that answers with a certificate, under a tag that is its digest."""

    def answer(self, theme: Theme, certified: Certified) -> HttpResponseBase:
        """The certificate as the caller may see it; raises NotFound where there is none."""
        tree: Any = certificate_tree(self.actor, theme, certified)
        if tree is None:
            raise NotFound("没有合并证书：草稿还合并不出一张表，或这一版在有证书之前提交。")
        return self.unchanged_or(digest_of(canonical_bytes(tree))[:32], lambda: tree)


class DraftCertificate(_CertificateView):
    operations = {
        "get": Operation(
            "read_draft_certificate", "草稿的合并证书：现在提交就会是这样", ("themes.view_draft",), "themes:read",
            has_etag=True,
        )
    }  # fmt: skip

    @extend_schema(responses={200: CERTIFICATE})
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """What the draft would be certified as."""
        theme = selectors.get_draft(self.actor, code)
        return self.answer(theme, certificate_of_draft(theme))


class VersionCertificate(_CertificateView):
    operations = {
        "get": Operation(
            "read_version_certificate", "版本的合并证书", ("themes.view_draft",), "themes:read", has_etag=True
        )
    }

    @extend_schema(responses={200: CERTIFICATE})
    def get(self, request: Request, code: str, number: int) -> HttpResponseBase:
        """What the version was certified as when it was submitted."""
        theme = selectors.get_draft(self.actor, code)
        return self.answer(theme, certificate_of_version(theme, number))
