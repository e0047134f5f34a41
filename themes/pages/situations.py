"""情形 of the draft: every distinct outcome, how many answers lead to it, an example that opens in the preview."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from opsplatform.kernel import clock
from themes import selectors
from themes.guidance.proof.situations import Situation
from themes.guidance.wording import Names, answer_text
from themes.packages.names import names_of
from themes.pages.base import ThemePage
from themes.pages.preview_given import DRAFT, write_answers
from themes.services.inspecting import require_whole_draft
from themes.services.situations import are_being_listed, situations_of


@dataclass(frozen=True)
class ShownSituation:
    """One situation in words. `share`: of all answer classes, in per cent; None where these are not counted."""

    situation: Situation
    items: list[str]
    share: str | None
    answers: list[tuple[str, str]]
    idle: list[str]
    unsettled: list[str]
    address: str


class SituationsPage(ThemePage):
    """Filtered by an item (`?item=`) where that is asked for."""

    action = "themes.view_draft"
    tab = "situations"
    title = "情形"
    template_name = "themes/situations.html"

    def context(self) -> dict[str, Any]:
        """The situations, put into words."""
        frozen = require_whole_draft(selectors.get_draft(self.actor, self.kwargs["code"]))
        names, guidance = names_of(frozen), frozen.document.guidance
        listed = situations_of(frozen, clock.today())
        wanted = self.request.GET.get("item", "")
        texts = {question.code: question.text for question in guidance.questions}
        questions = {question.code: question for question in guidance.questions}
        return {
            "listed": listed,
            "at_work": are_being_listed(listed),
            "items": names.items,
            "item": wanted,
            "rows": [
                ShownSituation(
                    situation=one,
                    items=[names.items[code] for code in one.items],
                    share=_share(one.classes, listed.classes),
                    answers=[
                        (texts[code], answer_text(questions[code], given, names))
                        for code, given in one.example.answers.items()
                    ],
                    idle=[texts[code] for code in one.idle],
                    unsettled=[texts[code] for code in one.unsettled],
                    address=self._address(one, names),
                )
                for one in listed.situations
                if not wanted or wanted in one.items
            ],
        }

    def _address(self, situation: Situation, names: Names) -> str:
        """Where the example is looked at in the preview."""
        example = situation.example
        division = example.division if example.division in names.divisions else ""
        chosen = [("source", DRAFT), ("division", division or ""), ("on", example.on or "")]
        return f"{self.url('preview')}?{urlencode([*chosen, *write_answers(example.answers)])}"


def _share(part: int | None, whole: int | None) -> str | None:
    if part is None or not whole:
        return None
    share = 100 * part / whole
    return "不到 0.1%" if share < 0.1 else f"{share:.1f}%"
