"""What the pages about one theme share: the theme as the person may see it, the path, the tabs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.http import HttpResponse
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console.differences import Section
from opsplatform.console.pages import ConsolePage, Crumb, Tab, whole_number
from opsplatform.kernel.errors import DomainError
from opsplatform.release.errors import GateClosed
from themes import selectors
from themes.models import Theme
from themes.packages.structure import FrozenTheme
from themes.pages.wording import labels
from themes.pages.wording.differences import compare_themes
from themes.services.showing import Shown, show_document, show_draft, show_theme

LIST = "themes:list"


class ActorPage(ConsolePage):
    """A page that acts as the person at it."""

    @property
    def actor(self) -> User:
        """The person; the door of the console lets nobody else in."""
        return cast(User, self.request.user)


def draft_seen(theme: Theme, revision: int) -> FrozenTheme | None:
    """The draft at the revision somebody saw, where it is no longer the latest and is known."""
    if not 0 < revision < theme.subject.draft_revision:
        return None
    return show_document(theme, selectors.get_draft_at(theme, revision)).frozen


def changes_of_draft(theme: Theme, revision: int) -> Sequence[Section]:
    """What changed in the draft since the revision somebody saw, in words; nothing where that is not known."""
    seen = draft_seen(theme, revision)
    return compare_themes(seen, show_draft(theme).frozen) if seen else ()


class ThemePage(ActorPage):
    """A page about the theme whose code is in the address. Out of sight it does not exist.

    A grant on the very theme opens its pages as a role would; what a page then does is the services' to judge.
    """

    action = "registers.view"
    nav = LIST
    tab: str = ""

    @cached_property
    def theme(self) -> Theme:
        """The theme; raises NotFound out of the person's sight."""
        return selectors.get_theme(self.actor, self.kwargs["code"])

    @cached_property
    def may_view_draft(self) -> bool:
        """Whether the person sees the draft."""
        return selectors.may_view_draft(self.actor, self.theme)

    @cached_property
    def shown(self) -> Shown:
        """What the person may see of the theme: its draft, or what is on show."""
        return show_theme(actor=self.actor, theme=self.theme)

    @cached_property
    def name(self) -> str:
        """The theme's name: the draft's for those who see it, else the one on show."""
        return str(self.theme) if self.may_view_draft else self.shown.document.name

    def may(self, action: str) -> bool:
        """Whether the person may do this to the theme."""
        return selectors.may_on(self.actor, self.theme, action)

    def require(self, action: str) -> None:
        """Passes when the person may do this to the theme; raises Forbidden naming it otherwise."""
        theme = self.theme
        self.actor.require(action, within=theme.subject.division, department=theme.lead_department, on=theme)

    def is_open(self) -> bool:
        """Also open to who holds a grant on this very theme, whatever their roles."""
        if super().is_open():
            return True
        theme = selectors.find_theme(self.actor, self.kwargs["code"])
        return theme is not None and selectors.may_on(self.actor, theme, self.action)

    def url(self, name: str, **kwargs: Any) -> str:
        """The address of a page about this theme."""
        return reverse(f"themes:{name}", kwargs={"code": self.theme.code, **kwargs})

    def page(self, *, status: int = 200, **extra: Any) -> Any:
        """The page with what its header shows."""
        theme = self.theme
        header = {
            "object": theme,
            "name": self.name,
            "state": theme.subject.get_state_display(),
            "state_tone": labels.STATE_TONES[theme.subject.state],
            "may_view_draft": self.may_view_draft,
        }
        return super().page(status=status, **{**header, **extra})

    def _without_page(self, refusal: DomainError) -> HttpResponse:
        if not isinstance(refusal, GateClosed):
            return super()._without_page(refusal)
        closed = ClosedDraft(tab=self.tab, title=self.title)
        closed.setup(self.request, *self.args, **self.kwargs)
        return closed.page(status=refusal.status, closed=refusal)

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed in the draft since the page was opened."""
        if not refusal.facts.get("changes"):
            return ()
        return changes_of_draft(self.theme, whole_number(self.request.POST.get("revision", "")) or 0)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, theme, page."""
        above = [Crumb("主题", self.nav_url)]
        if self.title == self.name:
            return [*above, Crumb(self.name)]
        return [*above, Crumb(self.name, self.url("overview")), Crumb(self.title)]

    def tabs(self) -> Sequence[Tab]:
        """The pages about this theme that the person may open."""
        shown = [("overview", "概况"), ("parts", "内容")]
        if self.may("themes.edit"):
            shown.append(("edit", "编辑"))
        if self.may_view_draft:
            shown.append(("guidance", "设计引导" if self.may("themes.edit") else "看引导"))
        shown.append(("preview", "市民预览"))
        if self.may_view_draft:
            shown.append(("situations", "情形"))
        shown.append(("figures", "四减"))
        if self.may_view_draft:
            shown.append(("merging", "一表合并"))
            shown.append(("findings", "检查"))
        if self.actor.may_somewhere("localisations.view"):
            shown.append(("localisations", "各区本地化"))
        shown.append(("history", "历史"))
        return [Tab(title, self.url(name), is_active=name == self.tab) for name, title in shown]


class ClosedDraft(ThemePage):
    """In place of a page on which a draft with gaps has nothing to show: what has to be mended, and where."""

    template_name = "themes/closed.html"
