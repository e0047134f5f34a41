"""Pausing applications for a theme, and opening them again."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Invalid
from themes import selectors
from themes.pages.releasing import DivisionsPage
from themes.services.pausing import pause_theme, resume_theme


class Pause(DivisionsPage):
    action = "themes.pause"
    title = "暂停与恢复受理"
    template_name = "themes/pause.html"

    def context(self) -> dict[str, Any]:
        """Where the theme is on show, and where applications are paused since when with which words."""
        pauses = selectors.find_pauses(self.theme)
        live = list(selectors.list_live(self.theme))
        return {
            "open": [row for row in live if row.division_id not in pauses],
            "paused": [pauses[row.division_id] for row in live if row.division_id in pauses],
            "chosen": self.request.POST.getlist("division"),
            "message": self.request.POST.get("message", ""),
            "note": self.request.POST.get("note", ""),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Applications are paused, or open again, in the chosen divisions."""
        given: dict[str, Any] = {
            "actor": self.actor,
            "code": code,
            "division_codes": self.chosen(),
            "note": request.POST.get("note", ""),
        }
        match request.POST.get("do"):
            case "pause":
                pauses = pause_theme(message=request.POST.get("message", ""), **given)
                return self.done(f"已在 {len(pauses)} 个区暂停受理，主题仍在线。", self.url("pause"))
            case "resume":
                return self.done(f"已在 {len(resume_theme(**given))} 个区恢复受理。", self.url("pause"))
            case _:
                raise Invalid("没有这项操作。")
