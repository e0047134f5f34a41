"""The home page: what waits for the person, what needs attention, what is in use."""

from dataclasses import dataclass
from typing import Any

from opsplatform.console import panels
from opsplatform.console.pages import SIGNED_IN, ConsolePage
from opsplatform.console.panels import Content, Panel, Section


@dataclass(frozen=True)
class ShownPanel:
    panel: Panel
    content: Content


@dataclass(frozen=True)
class ShownSection:
    title: Section
    panels: list[ShownPanel]


class Home(ConsolePage):
    action = SIGNED_IN
    title = "首页"
    nav = "home"
    is_wide = True
    template_name = "insight/home.html"

    def context(self) -> dict[str, Any]:
        """Every panel that concerns the person, with what it holds now."""
        user: Any = self.request.user
        sections: dict[Section, list[ShownPanel]] = {}
        for panel in panels.panels_for(user):
            held = panel.read(user)
            if held.entries or panel.nothing:
                sections.setdefault(panel.section, []).append(ShownPanel(panel, held))
        return {
            "sections": [ShownSection(title, shown) for title, shown in sections.items()],
            "memberships": user.held_memberships,
        }
