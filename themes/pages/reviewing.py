"""The review of a submitted version: what it changes, its figures, its steps, and what this person can do in it."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import whole_number
from opsplatform.kernel.errors import Invalid
from opsplatform.release import review_selectors
from opsplatform.release.models import Emergency, Subject, Version
from opsplatform.release.selectors import list_authors
from opsplatform.release.wording import whose_turn, why_nothing_waits
from themes import selectors
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.pages.base import ThemePage
from themes.pages.comments import comments_on
from themes.pages.figures import beside, figures_of
from themes.pages.findings import findings_in_groups
from themes.pages.parties import open_parties_of
from themes.pages.wording.differences import compare_themes
from themes.pages.wording.elements import WHOLE, elements_of, names_of_elements
from themes.services.comparing import tell_citizens_difference
from themes.services.inspecting import check_theme
from themes.services.reviewing import (
    approve_theme,
    ask_theme_emergency,
    comment_on_theme,
    confirm_theme_emergency,
    delegate_theme_review,
    return_theme,
)
from themes.services.showing import show_draft


class Review(ThemePage):
    """Everybody who sees the draft may read it; the buttons are for those whose turn it is and who wrote nothing."""

    action = "themes.view_draft"
    tab = "overview"
    title = "审核"
    template_name = "themes/review.html"

    @cached_property
    def draft_theme(self) -> Theme:
        """The theme, for those who see its draft."""
        return selectors.get_draft(self.actor, self.kwargs["code"])

    def context(self) -> dict[str, Any]:
        """The version under review beside the one it would replace."""
        theme = self.draft_theme
        waiting = selectors.list_under_review(theme)
        wanted = self.version_asked("version", waiting[0].number if waiting else 0)
        version = next((one for one in waiting if one.number == wanted), None)
        if version is None:
            return {"version": None, "why_nothing": why_nothing_waits(theme.subject)}
        return {
            "version": version,
            "others": [one for one in waiting if one.pk != version.pk],
            "authors": list_authors(version),
            **self._content(theme, version),
            **self._gate(theme, version),
            **self._review(theme, version),
            "typed": self.request.POST,
        }

    def _content(self, theme: Theme, version: Version) -> dict[str, Any]:
        previous = selectors.find_approved(theme, before=version)
        frozen = read_frozen(bytes(version.content))
        earlier = read_frozen(bytes(previous.content)) if previous else None
        return {
            "previous": previous,
            "sections": compare_themes(earlier, frozen) if earlier else [],
            "for_citizens": tell_citizens_difference(earlier, frozen) if earlier else None,
            "figures": beside(figures_of(earlier, theme) if earlier else [], figures_of(frozen, theme)),
            "elements": elements_of(frozen),
            "whole": WHOLE,
            "comments": comments_on(version, names_of_elements(frozen)),
        }

    def _gate(self, theme: Theme, version: Version) -> dict[str, Any]:
        """What the gate finds in the draft, as long as the draft is what was submitted."""
        if version.draft_revision != theme.subject.draft_revision:
            return {"is_gate_known": False}
        return {"is_gate_known": True, **findings_in_groups(check_theme(theme), show_draft(theme), may_edit=False)}

    def _review(self, theme: Theme, version: Version) -> dict[str, Any]:
        steps = review_selectors.list_steps(version)
        is_pending = theme.subject.state == Subject.State.SUBMITTED and theme.subject.current_version_id == version.pk
        emergency = Emergency.objects.select_related("asked_by").filter(version=version).first()
        return {
            "steps": steps,
            "turn": whose_turn(steps),
            "open_parties": open_parties_of(self.actor, version),
            "why_not": review_selectors.why_not_decide(self.actor, version),
            "emergency": emergency,
            "debt": review_selectors.debts_of([theme.pk]).get(theme.pk),
            "may_ask": is_pending and emergency is None and self.may("themes.ask_emergency"),
            "may_confirm": is_pending
            and emergency is not None
            and self.actor.pk not in version.author_ids
            and emergency.asked_by_id != self.actor.pk
            and self.may("themes.confirm_emergency"),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """What was decided, said, handed on, asked or confirmed is done; refused in place otherwise."""
        what: dict[str, Any] = {
            "actor": self.actor, "code": code,
            "digest": request.POST.get("digest", ""), "note": request.POST.get("note", ""),
        }  # fmt: skip
        match request.POST.get("do"):
            case "approve":
                version = approve_theme(**what)
                return self.done(review_selectors.what_is_next(version), self.url("overview"))
            case "return":
                version = return_theme(**what)
                return self.done(f"版本 {version.number} 已退回修改。", self.url("overview"))
            case "comment":
                comment = comment_on_theme(**what, pointer=request.POST.get("pointer", ""))
                return self.done("意见已记下，编辑人员会在草稿里看到。", self._here(comment.version))
            case "delegate":
                party = whole_number(request.POST.get("party", "")) or 0
                handed = delegate_theme_review(**what, party_id=party, to=request.POST.get("to", ""))
                return self.done(f"已转交给{handed.assignee}。", self._here(handed.step.version))
            case "ask_emergency":
                asked = ask_theme_emergency(**what)
                return self.done("已提出应急发布，须由另一位同事确认。", self._here(asked.version))
            case "confirm_emergency":
                version = confirm_theme_emergency(**what)
                return self.done(f"版本 {version.number} 可以应急发布，未完成的审核须尽快补上。", self.url("overview"))
            case _:
                raise Invalid("没有这项操作。")

    def _here(self, version: Version) -> str:
        return f"{self.url('review')}?version={version.number}"
