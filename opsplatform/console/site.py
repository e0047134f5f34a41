"""The admin site: registers under /admin/ in our shell, with our door, our sidebar and our refusals."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from unfold.dataclasses import Favicon
from unfold.sites import UnfoldAdminSite

from opsplatform.console import navigation
from opsplatform.console.entry import PASSWORD_PAGE, detour
from opsplatform.kernel.busy import busy_of
from opsplatform.kernel.errors import DomainError, NotFound
from opsplatform.kernel.request_context import through

BRAND = "一件事运营中台"
_PRIMARY = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(51% .2 258)",
    "700": "oklch(45% .19 259)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}


class ConsoleSite(UnfoldAdminSite):
    """Only registers of our own rooms are registered here; what installed packages register elsewhere is not served."""

    site_title = site_header = BRAND
    index_title = "登记信息"

    def has_permission(self, request: HttpRequest) -> bool:
        """People use the console; what they find in it is the policy table's matter."""
        user: Any = request.user
        return bool(user.is_authenticated and user.is_staff)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The shell's own context. Unfold owns the key `theme`."""
        context = super().each_context(request)
        return {
            **context,
            "site_title": BRAND,
            "site_header": BRAND,
            "site_symbol": "account_tree",
            "site_url": None,
            "show_view_on_site": False,
            "colors": {**context["colors"], "primary": _PRIMARY},
            "site_favicons": [Favicon(href=static("console/favicon.svg"), rel="icon", type="image/svg+xml")],
            "styles": [static("console/console.css")],
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The entries that rooms registered, for this person."""
        return navigation.sidebar(request)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:  # noqa: FBT001, FBT002
        """The view behind our door; a service's refusal of a POST is shown in the very form it refused."""
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (elsewhere := detour(request)) is not None:
                return elsewhere
            with through("admin"):
                try:
                    return guarded(request, *args, **kwargs)
                except NotFound as missing:
                    raise Http404(missing.sentence) from missing
                except (DomainError, Error) as error:
                    refusal = busy_of(error) if isinstance(error, Error) else error
                    if refusal is None or request.method != "POST":
                        raise
                    # The transaction is rolled back. The second pass stops at the form, which carries the refusal.
                    request.refusal = refusal  # type: ignore[attr-defined]
                    return guarded(request, *args, **kwargs)

        return entered

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one login page, and it is not here."""
        return redirect(settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leaving is a POST to the one logout page."""
        return redirect(settings.LOGIN_URL)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one page for one's password, and it is not here."""
        return redirect(PASSWORD_PAGE)

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As above."""
        return redirect(PASSWORD_PAGE)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The lists have their own search; Unfold's caches names across changes of rights."""
        raise Http404


site = ConsoleSite(name="admin")
