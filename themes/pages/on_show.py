"""What was on show at a moment: any theme, any division, with the package, who released it, why, and until when."""

from typing import Any

from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.release.models import Pause, Release
from themes import selectors
from themes.pages.base import ActorPage
from themes.pages.moments import read_moment, typed

ROWS_PER_PAGE = 50


class OnShow(ActorPage):
    action = "registers.view"
    nav = "themes:on_show"
    title = "某时在用"
    is_wide = True
    template_name = "themes/on_show.html"

    def context(self) -> dict[str, Any]:
        """One page of what was on show then, with the pauses that stood there; now, where no moment is asked for."""
        asked = self.request.GET.get("at", "")
        moment = read_moment(asked) if asked else clock.now()
        code, division = self.request.GET.get("theme", ""), self.request.GET.get("division", "")
        context = {
            "asked": asked or typed(moment),
            "moment": moment,
            "theme": code,
            "division": division,
            "themes": selectors.names_by_code(self.actor),
            "districts": Division.objects.visible_to(self.actor).filter(level=Division.Level.DISTRICT),
        }
        if moment is None or moment > clock.now():
            return {**context, "is_unreadable": True, "rows": []}
        found = selectors.list_releases_at(self.actor, moment, code=code, division=division)
        page = list_page(found, self.request.GET.get(PARAMETER), ROWS_PER_PAGE)
        standing = Pause.objects.at(moment).filter(subject__in={row.subject_id for row in page.rows})
        pauses = {(pause.subject_id, pause.division_id): pause for pause in standing}
        rows: list[tuple[Release, Pause | None]] = [
            (row, pauses.get((row.subject_id, row.division_id))) for row in page.rows
        ]
        return {**context, "page": page, "rows": rows}
