"""The page of one theme: where it stands, what it saves, what this person can do with it now."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from opsplatform.jobs.selectors import list_recent
from opsplatform.jobs.wording import told
from opsplatform.release.models import Release
from opsplatform.release.review_selectors import debts_of
from themes import selectors
from themes.models import Collision, LiveFinding, Theme
from themes.packages.compilation import read_frozen
from themes.packages.names import entry_name
from themes.pages.acts import acts_for, next_step
from themes.pages.base import ThemePage
from themes.pages.figures import figures_shown
from themes.services.showing import newer_entries

NEWER = "newer_register"  # told by the page itself, against the draft's registers


class Overview(ThemePage):
    tab = "overview"
    template_name = "themes/overview.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.name

    def context(self) -> dict[str, Any]:
        """What everybody sees, and for those who see the draft where it stands."""
        theme, shown = self.theme, self.shown
        live = list(selectors.list_live(theme))
        context = {
            "live": _by_version(live),
            "debt": debts_of([theme.pk]).get(theme.pk),
            "paused": list(selectors.find_pauses(theme).values()),
            "figures": figures_shown(shown),
            "has_gaps": shown.has_gaps,
            "summary": shown.document.summary,
            "shown": shown,
            "counts": {
                "items": len(shown.document.items),
                "questions": len(shown.document.guidance.questions),
                "rules": len(shown.document.guidance.rules),
                "materials": len(shown.document.materials),
                "notices": len(shown.document.notices),
            },
        }
        if not self.may_view_draft:
            return context
        approved = selectors.find_approved(theme)
        return {
            **context,
            "acts": acts_for(self.actor, shown, live, approved),
            "next_step": next_step(theme.subject, live, approved),
            "newer": self._newer(),
            "live_findings": LiveFinding.objects.filter(theme=theme).exclude(code=NEWER),
            "works": told(self.actor, list_recent(Theme._meta.label_lower, theme.code)),
            "collisions": Collision.objects.filter(theme=theme, is_settled=False),
        }

    def _newer(self) -> list[str]:
        version = self.theme.subject.current_version
        if version is None:
            return []
        frozen = read_frozen(bytes(version.content))
        return [entry_name(frozen, key) for key in newer_entries(frozen, self.shown.frozen)]


def _by_version(live: Sequence[Release]) -> list[tuple[int, list[Release]]]:
    """The releases by version number, newest first."""
    versions: dict[int, list[Release]] = defaultdict(list)
    for release in live:
        versions[release.version.number].append(release)
    return sorted(versions.items(), reverse=True)
