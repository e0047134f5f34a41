"""Themes' share of the work that runs by itself."""

from typing import Any

from opsplatform.jobs.registry import work
from themes import selectors
from themes.services import watching


@work("themes.watch_live", "巡查在用主题", elements=lambda payload: watching.list_codes_on_show())
def watch_live(payload: dict[str, Any], element: str) -> None:
    """What today's registers say against the theme of this code is known."""
    watching.watch_live_themes(selectors.get_theme_by_code(element))
