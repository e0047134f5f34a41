"""A run of the simulator becomes a saved case: what it leads to is looked at once more, then named and kept."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import Invalid
from opsplatform.release.errors import GateClosed
from themes.documents import SavedCase, ThemeDocument
from themes.guidance.wording import answer_text
from themes.packages.case_runs import EXPECTED
from themes.packages.case_wording import CASE_KEYS
from themes.packages.names import names_of
from themes.pages.base import ThemePage
from themes.pages.preview_given import DRAFT, read_answers, write_answers
from themes.pages.wording.differences import expectation_text
from themes.services.inspecting import require_whole_draft
from themes.services.keeping_cases import NewCase, runs_of, save_cases


class CaseNew(ThemePage):
    action = "themes.edit"
    tab = "preview"
    title = "存为用例"
    template_name = "themes/case_new.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, for those who may edit the theme."""
        self.require("themes.edit")
        return self.page()

    def context(self) -> dict[str, Any]:
        """The answers, what they lead to, and what is still to be said."""
        self.require("themes.edit")
        case, given = self._case(), self.request.POST or self.request.GET
        frozen = require_whole_draft(self.theme)
        runs, names, guidance = runs_of(self.theme, frozen), names_of(frozen), frozen.document.guidance
        problems = runs.problems_in(case)
        outcome = {} if problems else runs.outcome(case)
        questions = {question.code: question for question in guidance.questions}
        choice = [("source", DRAFT), ("division", case.division or ""), ("on", case.on or "")]
        return {
            "case": case,
            "problems": problems,
            "unanswered": () if problems else runs.unanswered_in(case),
            "answered": [
                (questions[code].text, answer_text(questions[code], answer, names))
                for code, answer in case.answers.items()
            ],
            "expected": [
                (CASE_KEYS[key], expectation_text(key, outcome[key], names, guidance)) for key in EXPECTED if outcome
            ],
            "place": names.divisions.get(case.division or "", ""),
            "given": write_answers(case.answers),
            "back": f"{self.url('preview')}?{urlencode([*choice, *write_answers(case.answers)])}",
            "revision": given.get("revision", self.theme.subject.draft_revision),
            "typed": {
                "name": given.get("name", ""),
                "required": self.request.method == "GET" or "required" in given,
                "published": "published" in given,
            },
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The case is in the draft, or the same page with what is wrong."""
        given, case = request.POST, self._case()
        revision = whole_number(given.get("revision", ""))
        if revision is None:
            raise Invalid("请回到“市民预览”，再存为用例。")
        wanted = NewCase(
            name=given.get("name", ""),
            answers=case.answers,
            division=case.division,
            on=case.on,
            is_required="required" in given,
            is_published="published" in given,
        )
        save_cases(actor=self.actor, code=code, wanted=[wanted], expected_revision=revision)
        return self.done(f"用例“{wanted.name.strip()}”已保存。", self.url("part", part="cases"))

    def _case(self) -> SavedCase:
        """What was run, as the address or the form says it; today's rules are those of any day."""
        given = self.request.POST or self.request.GET
        document = msgspec.convert(self.theme.subject.draft, ThemeDocument)
        day = given.get("on", "")
        is_today = not day or parse_day(day) == clock.today()
        return SavedCase(
            code="",
            name="",
            answers=read_answers(document.guidance.questions, given),
            expected={},
            division=given.get("division") or None,
            on=None if is_today else day,
        )

    def refused(self, refusal: Any) -> HttpResponse:
        """A draft that cannot be compiled has no outcome that could be kept."""
        return self._without_page(refusal) if isinstance(refusal, GateClosed) else super().refused(refusal)
