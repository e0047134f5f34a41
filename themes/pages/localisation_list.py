"""A theme in all districts: what each changes, what waits for it, and the exceptions that the city is asked for."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import whole_number
from opsplatform.kernel.errors import Invalid, NotFound
from opsplatform.organizations.models import Division
from themes import localisation_selectors, selectors
from themes.localisation.documents import LocalisationDocument
from themes.localisation.wording import asked_told, name_of, told
from themes.models import Localisation, LocalisationException
from themes.pages.base import ThemePage
from themes.pages.wording import labels
from themes.services.excepting import decide_exception, withdraw_exception

MOST_TOLD = 3


class Localisations(ThemePage):
    action = "localisations.view"
    tab = "localisations"
    title = "各区本地化"
    template_name = "themes/localisations.html"

    def context(self) -> dict[str, Any]:
        """The districts that the person sees, with what each changes."""
        theme = self.theme
        found = {row.subject.division_id: row for row in localisation_selectors.list_localisations(self.actor, theme)}
        open_changes = localisation_selectors.list_open_changes(self.actor, "localisations.view")
        waiting = {change.localisation_id: change for change in open_changes.filter(localisation__theme=theme)}
        live = {release.division_id: release for release in selectors.list_live(theme).select_related("localisation")}
        offered = selectors.list_offered_divisions(self.shown.document.handling_divisions)
        seen = set(self.actor.divisions_where("localisations.view").values_list("pk", flat=True))
        frozen = self.shown.frozen
        typed = whole_number(self.request.POST.get("exception", ""))
        exceptions = [
            (row, {"row": row, "name": name_of(row.key, frozen), "asked": asked_told(row), "is_typed": row.pk == typed})
            for row in localisation_selectors.list_exceptions(self.actor, theme)
        ]
        requested = LocalisationException.State.REQUESTED
        return {
            "rows": [
                self._row(division, found.get(division.pk), waiting, live.get(division.pk))
                for division in offered
                if division.pk in seen
            ],
            "waiting": [told for row, told in exceptions if row.state == requested],
            "decided": [told for row, told in exceptions if row.state != requested],
            "may_decide": self.actor.may_somewhere("localisations.decide_exception"),
            "note": self.request.POST.get("note", ""),
        }

    def _row(
        self, division: Division, localisation: Localisation | None, waiting: dict[int, Any], live: Any
    ) -> dict[str, Any]:
        operations = (
            msgspec.convert(localisation.subject.draft, LocalisationDocument).operations if localisation else ()
        )
        frozen = self.shown.frozen
        return {
            "division": division,
            "state": localisation.subject.get_state_display() if localisation else "",
            "tone": labels.STATE_TONES[localisation.subject.state] if localisation else "",
            "count": len(operations),
            "changes": [f"{name_of(one.code, frozen)}：{told(one.value)}" for one in operations[:MOST_TOLD]],
            "more": len(operations) - MOST_TOLD,
            "live": live,
            "waiting": waiting.get(localisation.pk) if localisation else None,
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The city has decided about an exception, or withdrawn one."""
        do, note = request.POST.get("do"), request.POST.get("note", "")
        if do not in ("grant", "refuse", "withdraw"):
            raise Invalid("没有这项操作。")
        pk = whole_number(request.POST.get("exception", ""))
        if pk is None:
            raise NotFound
        if do == "withdraw":
            exception = withdraw_exception(actor=self.actor, exception_id=pk, note=note)
        else:
            exception = decide_exception(actor=self.actor, exception_id=pk, is_granted=do == "grant", note=note)
        return self.done(f"{exception.division}的例外{exception.get_state_display()}。", self.url("localisations"))
