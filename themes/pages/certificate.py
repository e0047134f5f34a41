"""合并证书: of the draft as it would be certified now, or of a version as it was, checked anew against its content."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from opsplatform.console.pages import whole_number
from opsplatform.kernel.canonical import canonical_bytes
from themes import selectors
from themes.packages.masking import classes_of, masked_certificate
from themes.packages.names import names_of
from themes.pages.base import ThemePage
from themes.pages.wording.merging import certificate_in_words
from themes.pages.wording.proof import classes_in_words, proof_in_words
from themes.services.certifying import Certified, certificate_of_draft, certificate_of_version
from themes.services.hiding import certificate_tree


class Certificate(ThemePage):
    """For those who see the draft; `?version=` for a numbered version, `?download=1` for the file."""

    action = "themes.view_draft"
    tab = "merging"
    title = "合并证书"
    template_name = "themes/certificate.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the certificate as a file."""
        if not request.GET.get("download"):
            return self.page()
        certified = self._certified()
        if certified.certificate is None:
            raise Http404
        seen = certificate_tree(self.actor, self.theme, certified)
        response = HttpResponse(canonical_bytes(seen), content_type="application/json")
        name = f"{self.theme.code}-{f'v{certified.number}' if certified.number else 'draft'}-merge.json"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def context(self) -> dict[str, Any]:
        """The certificate in words, and whether it is what the content yields."""
        certified = self._certified()
        query = f"?version={certified.number}&download=1" if certified.number else "?download=1"
        shown: dict[str, Any] = {"certified": certified, "download": self.url("certificate") + query}
        if certified.certificate is not None:
            certificate = masked_certificate(certified.certificate, classes_of(certified.frozen))
            shown |= certificate_in_words(certificate, names_of(certified.frozen))
        if certified.proof is not None:
            shown |= {"classes": classes_in_words(certified.proof), "proved": proof_in_words(certified.proof)}
            shown["since"] = f" {certified.proof.on} " if certified.number else ""
        return shown

    def _certified(self) -> Certified:
        theme = selectors.get_draft(self.actor, self.kwargs["code"])
        asked = self.request.GET.get("version", "")
        if not asked:
            return certificate_of_draft(theme)
        number = whole_number(asked)
        if number is None:
            raise Http404
        return certificate_of_version(theme, number)
