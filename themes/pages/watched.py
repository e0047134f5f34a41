"""What today's registers say against the versions of a theme that are on show."""

from typing import Any

from themes import selectors
from themes.pages.base import ThemePage


class Watched(ThemePage):
    title = "在用版本的新情况"
    tab = "watched"
    template_name = "themes/watched.html"

    def context(self) -> dict[str, Any]:
        """The findings this person answers for, the pressing ones first."""
        rows = selectors.list_live_findings(self.actor).filter(theme=self.theme)
        found = list(rows.select_related("division").order_by("-is_blocking", "division__code", "id"))
        return {
            "pressing": [row for row in found if row.is_blocking],
            "others": [row for row in found if not row.is_blocking],
            "checked_at": found[0].checked_at if found else None,
        }
