"""Cases at the boundaries that no saved one is at: looked at with what they lead to now, and saved in one go."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from themes import selectors
from themes.documents import LONGEST_TITLE, SavedCase
from themes.guidance.proof.boundaries import Proposal, Proposals, Run
from themes.guidance.wording import answer_text
from themes.packages.case_runs import CaseRuns
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.pages.base import ThemePage
from themes.pages.preview_given import DRAFT, write_answers
from themes.services.inspecting import require_whole_draft
from themes.services.keeping_cases import NewCase, runs_of, save_cases
from themes.services.proposing_cases import propose_for


@dataclass(frozen=True)
class ShownProposal:
    """A proposal with what it leads to now, in words."""

    code: str
    sentence: str
    place: str
    on: str | None
    answers: list[tuple[str, str]]
    items: list[str]
    stopped: list[str]
    address: str
    is_chosen: bool


class CaseProposals(ThemePage):
    action = "themes.view_draft"
    tab = "situations"
    title = "边界用例"
    template_name = "themes/case_proposals.html"

    @cached_property
    def frozen(self) -> FrozenTheme:
        """The draft; raises NotFound out of sight, GateClosed where it cannot be compiled."""
        return require_whole_draft(selectors.get_draft(self.actor, self.kwargs["code"]))

    @cached_property
    def runs(self) -> CaseRuns:
        """Runs the proposals today."""
        return runs_of(self.theme, self.frozen)

    def context(self) -> dict[str, Any]:
        """The proposals, put into words."""
        listed, chosen = self._proposals(), set(self.request.POST.getlist("chosen"))
        return {
            "listed": listed,
            "rows": [self._shown(one, chosen) for one in listed.proposals],
            "may_edit": self.may("themes.edit"),
            "revision": self.request.POST.get("revision", self.theme.subject.draft_revision),
            "is_required": self.request.method == "GET" or "required" in self.request.POST,
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The chosen ones are cases of the draft, each expecting what it leads to now."""
        revision = self.number_sent(then="保存")
        chosen = set(request.POST.getlist("chosen"))
        wanted = [
            NewCase(
                name=one.sentence[:LONGEST_TITLE],
                answers=one.run.answers,
                division=one.run.division,
                on=one.run.on,
                is_required="required" in request.POST,
            )
            for one in self._proposals().proposals
            if code_of_run(one.run) in chosen
        ]
        save_cases(actor=self.actor, code=code, wanted=wanted, expected_revision=revision)
        return self.done(f"已保存 {len(wanted)} 个用例。", self.url("part", part="cases"))

    def _proposals(self) -> Proposals:
        return propose_for(self.frozen, self.runs.city, self.runs.today)

    def _shown(self, proposal: Proposal, chosen: set[str]) -> ShownProposal:
        run, names, guidance = proposal.run, names_of(self.frozen), self.frozen.document.guidance
        case = SavedCase(code="", name="", answers=run.answers, expected={}, division=run.division, on=run.on)
        outcome = self.runs.outcome(case)
        questions = {question.code: question for question in guidance.questions}
        choice = [("source", DRAFT), ("division", run.division or ""), ("on", run.on or "")]
        return ShownProposal(
            code=code_of_run(run),
            sentence=proposal.sentence,
            place=names.divisions.get(run.division or "", ""),
            on=run.on,
            answers=[
                (questions[code].text, answer_text(questions[code], given, names))
                for code, given in run.answers.items()
            ],
            items=[names.items[code] for code in outcome["items"]],
            stopped=outcome["stopped"],
            address=f"{self.url('preview')}?{urlencode([*choice, *write_answers(run.answers)])}",
            is_chosen=code_of_run(run) in chosen,
        )


def code_of_run(run: Run) -> str:
    """What a proposal is called in a form: the same for as long as it is the same run."""
    return digest_of(canonical_bytes(write(run)))[:16]
