"""A new theme: its name, stage and lead department; then its pages are open to be filled in."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import Crumb, whole_number
from themes.pages.base import LIST, ActorPage
from themes.pages.editing_state import plain
from themes.services.beginning import begin_theme, list_stages


class BeginTheme(ActorPage):
    action = "themes.edit"
    nav = LIST
    title = "新建主题"
    template_name = "themes/begin.html"

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, page."""
        return (Crumb("主题", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """What was typed, the stages in use, the departments for which the person may edit themes."""
        return {
            "typed": self.request.POST,
            "stages": list_stages(),
            "departments": self.actor.departments_where("themes.edit").order_by("name"),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """The theme's editing page, where its items are added next; refused in place otherwise."""
        typed = request.POST
        theme = begin_theme(
            actor=self.actor,
            name=" ".join(typed.get("name", "").split()),
            summary=plain(typed.get("summary", "")),
            category=typed.get("category", ""),
            lead=whole_number(typed.get("lead", "")) or 0,
        )
        return self.done(
            "主题已建立。先在这里加入事项，保存后到“设计引导”写问题和规则。", "themes:edit", code=theme.code
        )
