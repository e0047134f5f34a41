"""A theme gives way to another: people are led there, or it goes on show instead."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Invalid
from opsplatform.release.models import Release
from themes import selectors
from themes.models import Theme
from themes.pages.releasing import DivisionsPage
from themes.services.handing_over import redirect_theme, replace_theme


class HandOver(DivisionsPage):
    action = "themes.withdraw"
    title = "改办另一主题"
    template_name = "themes/hand_over.html"

    def context(self) -> dict[str, Any]:
        """Where the theme is on show, and the other themes: those on show somewhere and those that could be."""
        others = Theme.objects.visible_to(self.actor).exclude(pk=self.theme.pk).select_related("subject")
        return {
            "live": selectors.list_live(self.theme),
            "others": others.defer("subject__draft").order_by("subject__title"),
            "chosen": self.request.POST.getlist("division"),
            "successor": self.request.POST.get("successor", ""),
            "how": self.request.POST.get("how", "redirect"),
            "note": self.request.POST.get("note", ""),
            "public_note": self.request.POST.get("public_note", ""),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The theme is off show in the chosen divisions, and the other has its place."""
        successor = request.POST.get("successor", "")
        given: dict[str, Any] = {
            "actor": self.actor,
            "code": code,
            "successor": successor,
            "division_codes": self.chosen(),
            "note": request.POST.get("note", ""),
            "public_note": request.POST.get("public_note", ""),
        }
        ended: list[Release]
        match request.POST.get("how"):
            case "redirect":
                ended = redirect_theme(**given)
                done = "跳转到另一主题"
            case "replace":
                ended = replace_theme(version=self._approved(successor), **given)
                done = "由另一主题替换"
            case _:
                raise Invalid("请选择跳转还是替换。")
        return self.done(f"已在 {len(ended)} 个区{done}。", self.url("overview"))

    def _approved(self, successor: str) -> int:
        """The version that takes the place: the newest that a second person approved."""
        version = selectors.find_approved(selectors.get_theme(self.actor, successor))
        if version is None:
            raise Invalid("所选主题没有经第二人批准的版本，不能用来替换。")
        return version.number
