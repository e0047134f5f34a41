"""Pages of work: class-based views in the console's shell.

A page names its policy action; `accounts.checks` refuses to start with a page that names none or an unknown one. What
a service refuses on a POST is shown in place, with the status of the refusal, and nothing of what was typed is lost as
long as the page builds its forms from `request.POST`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views import View

from opsplatform.console import navigation
from opsplatform.console.differences import Section, changes_in_words
from opsplatform.console.entry import detour
from opsplatform.console.navigation import SIGNED_IN
from opsplatform.console.site import site
from opsplatform.kernel.busy import busy_of
from opsplatform.kernel.errors import DomainError, Invalid, Problem
from opsplatform.kernel.request_context import through

__all__ = ["SIGNED_IN", "ConsolePage", "Crumb", "Tab", "routed_pages", "whole_number"]


@dataclass(frozen=True)
class Crumb:
    """One step of the path above the page; the last has no link."""

    title: str
    url: str | None = None


@dataclass(frozen=True)
class Tab:
    """One of several pages about the same thing."""

    title: str
    url: str
    is_active: bool = False


class ConsolePage(View):
    """A page for people who are logged in and to whom the policy table opens its action somewhere.

    Rights to the very object are the services' and selectors' matter: they raise NotFound or Forbidden.
    """

    action: ClassVar[str]
    template_name: ClassVar[str]
    title: str = ""
    nav: ClassVar[str | None] = None  # URL name of the sidebar entry to mark, where the path does not tell
    is_wide: ClassVar[bool] = False  # the whole width of the window instead of a readable column
    is_open_while_password_due: ClassVar[bool] = False
    writes: ClassVar[type[Model] | None] = None  # the register whose columns a stale save names

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer of the page, or the way to the login."""
        elsewhere = detour(request, is_open_while_password_due=self.is_open_while_password_due)
        if elsewhere is not None:
            return elsewhere
        if not self.is_open():
            raise PermissionDenied("您没有使用这一页的权限。")
        with through("page"):
            try:
                return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]
            except DomainError as refusal:
                return self.refused(refusal)
            except Error as error:
                busy = busy_of(error)
                if busy is None:
                    raise
                return self.refused(busy)

    def is_open(self) -> bool:
        """Whether the person may open the page at all."""
        return navigation.is_open(self.request, self.action)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        return self.page()

    @property
    def actor(self) -> Any:
        """The account that acts: past the door always a person."""
        return self.request.user

    @property
    def nav_url(self) -> str:
        """Where the page's sidebar entry leads."""
        return reverse(self.nav) if self.nav else ""

    def context(self) -> dict[str, Any]:
        """What the template shows; pages override this. Runs again when a POST was refused."""
        return {}

    def breadcrumbs(self) -> Sequence[Crumb]:
        """The path above the page, the page itself last."""
        return (Crumb(self.title),)

    def tabs(self) -> Sequence[Tab]:
        """The pages beside this one."""
        return ()

    def page(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        """The rendered page with the context and whatever the caller adds."""
        own = {**self.context(), **extra}
        if self.nav:
            self.request.console_nav = self.nav_url  # type: ignore[attr-defined]
        shell = {
            **site.each_context(self.request),
            "title": self.title,
            "breadcrumbs": self.breadcrumbs(),
            "tabs": self.tabs(),
            "is_fullwidth": "1" if self.is_wide else "",
        }
        return render(self.request, self.template_name, {**shell, **own}, status=status)

    def version_asked(self, name: str, default: int) -> int:
        """The version number in the query, or the default without one; raises Invalid where it is no number."""
        given = self.request.GET.get(name, "")
        if not given:
            return default
        number = whole_number(given)
        if number is None:
            raise Invalid("版本号应为数字。", problems=(Problem(f"/{name}", "not_a_number", "版本号应为数字。"),))
        return number

    def number_sent(self, name: str = "revision", then: str = "操作") -> int:
        """The number that a form of ours carries unseen; raises Invalid, with what to do, where it does not."""
        number = whole_number(self.request.POST.get(name, ""))
        if number is None:
            raise Invalid(f"请重新打开本页后再{then}。")
        return number

    def done(self, sentence: str, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """After a successful POST: the sentence as a message on the page that `to` leads to."""
        messages.success(self.request, sentence)
        return redirect(resolve_url(to, *args, **kwargs))

    def refused(self, refusal: DomainError) -> HttpResponse:
        """The refusal where it belongs: 404, 403, or in place with every problem."""
        if refusal.status == 404:
            raise Http404(refusal.sentence) from refusal
        if self.request.method == "POST":
            try:
                return self.page(status=refusal.status, refusal=refusal, changed_since=self.changed_since(refusal))
            except DomainError as gone:  # what was acted upon is no longer to be seen
                return self._without_page(gone if gone.status == 404 else refusal)
        return self._without_page(refusal)

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed since the page was opened, in words; pages about documents have words of their own."""
        return changes_in_words(self.writes, refusal.facts.get("changes", ()))

    def _without_page(self, refusal: DomainError) -> HttpResponse:
        if refusal.status == 404:
            raise Http404(refusal.sentence) from refusal
        if refusal.status == 403:
            raise PermissionDenied(refusal.sentence) from refusal
        shell = {**site.each_context(self.request), "title": self.title, "refusal": refusal}
        return render(self.request, "console/refused.html", shell, status=refusal.status)


def whole_number(text: str) -> int | None:
    """The number that was sent as our own pages write it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def routed_pages() -> Iterator[tuple[str, type[ConsolePage]]]:
    """Every page that a route leads to, with the route."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, type[ConsolePage]]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif isinstance(entry, URLPattern):
            page = getattr(entry.callback, "view_class", None)
            if isinstance(page, type) and issubclass(page, ConsolePage):
                yield route, page
