"""The decision on a submitted version: what it changes, what its figures are, and approve or return with a note."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Invalid
from opsplatform.release.models import Subject
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.pages.acts import why_not_decide, why_nothing_waits
from themes.pages.base import ThemePage
from themes.pages.figures import figures_of
from themes.pages.wording.differences import compare_themes
from themes.services.reviewing import approve_theme, return_theme


class Review(ThemePage):
    """Everybody who sees the draft may read it; the buttons are for a reviewer who is not an author."""

    action = "themes.view_draft"
    tab = "overview"
    title = "审核"
    template_name = "themes/review.html"

    def context(self) -> dict[str, Any]:
        """The pending version beside the one it would replace."""
        theme = selectors.get_draft(self.actor, self.kwargs["code"])
        version = theme.subject.current_version
        note = self.request.POST.get("note", "")
        if theme.subject.state != Subject.State.SUBMITTED or version is None:
            return {"version": None, "note": note, "why_nothing": why_nothing_waits(theme.subject)}
        previous = selectors.find_approved(theme)
        frozen = read_frozen(bytes(version.content))
        earlier = read_frozen(bytes(previous.content)) if previous else None
        may_decide = self.may("themes.approve")
        return {
            "version": version,
            "previous": previous,
            "authors": selectors.list_authors(version),
            "sections": compare_themes(earlier, frozen) if earlier else [],
            "figures": _beside(figures_of(earlier, theme) if earlier else [], figures_of(frozen, theme)),
            "may_decide": may_decide,
            "why_not": why_not_decide(self.actor, theme) if may_decide else "",
            "note": note,
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The version is approved or returned; refused in place otherwise."""
        digest, note = request.POST.get("digest", ""), request.POST.get("note", "")
        match request.POST.get("do"):
            case "approve":
                version = approve_theme(actor=self.actor, code=code, digest=digest, note=note)
                return self.done(f"版本 {version.number} 已批准，可以发布。", self.url("overview"))
            case "return":
                version = return_theme(actor=self.actor, code=code, digest=digest, note=note)
                return self.done(f"版本 {version.number} 已退回修改。", self.url("overview"))
            case _:
                raise Invalid("没有这项操作。")


def _beside(earlier: list[Any], now: list[Any]) -> list[dict[str, Any]]:
    """Each figure with what it was in the version before."""
    before = {figure.title: figure for figure in earlier}
    return [{"now": figure, "earlier": before.get(figure.title)} for figure in now]
