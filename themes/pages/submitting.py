"""Submitting the draft: the gate's result first, then the note, then the version waits for a second person."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.release.models import Version
from opsplatform.release.review_selectors import list_steps
from opsplatform.release.wording import whose_turn
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.pages.acts import why_not_submit
from themes.pages.base import ThemePage
from themes.pages.findings import findings_in_groups
from themes.pages.wording.differences import compare_themes
from themes.services.inspecting import inspect_draft
from themes.services.reviewing import submit_theme
from themes.services.showing import Shown


class Submit(ThemePage):
    action = "themes.submit"
    tab = "overview"
    title = "提交审核"
    template_name = "themes/submit.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, for those who may submit this theme."""
        self.require("themes.submit")
        return self.page()

    def context(self) -> dict[str, Any]:
        """What the gate says and what is new since the version before."""
        theme = self.theme
        previous = selectors.find_previous_version(theme)
        draft, findings = inspect_draft(theme)
        return {
            **findings_in_groups(findings, draft, may_edit=self.may("themes.edit")),
            "why_not": why_not_submit(draft),
            "previous": previous,
            "sections": _changes(previous, draft),
            "revision": theme.subject.draft_revision,
            "note": self.request.POST.get("note", ""),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The version that now waits, or the same page with what refused it."""
        revision = self.number_sent(then="提交")
        version = submit_theme(
            actor=self.actor, code=code, expected_revision=revision, note=request.POST.get("note", "")
        )
        turn = whose_turn(list_steps(version))
        return self.done(f"已提交为版本 {version.number}，等待{turn}。", self.url("overview"))


def _changes(previous: Version | None, draft: Shown) -> list[Any]:
    if previous is None:
        return []
    return compare_themes(read_frozen(bytes(previous.content)), draft.frozen)
