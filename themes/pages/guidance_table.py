"""The rules of a theme's draft as a decision table: taken along, changed in a spreadsheet, looked at and taken in."""

from functools import cached_property
from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect

from opsplatform.console.differences import Line, sections_of
from opsplatform.kernel.errors import Invalid
from opsplatform.release.review_selectors import what_saving_voids
from opsplatform.spreadsheets.gate import MAX_FILE, too_large
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.uploads import is_cut_off
from opsplatform.spreadsheets.writing import CONTENT_TYPES
from themes.guidance.tables.table import HELPS, Change
from themes.pages.base import ThemePage
from themes.services.tabulating import (
    Proposal,
    UnreadableTable,
    discard_rules,
    find_rules_proposal,
    rules_workbook,
    take_rules,
    upload_rules,
)

MOST_SHOWN = 200


class GuidanceTable(ThemePage):
    """One page from the upload to the draft; what waits is found again whenever the person comes back."""

    action = "themes.edit"
    template_name = "themes/guidance_table.html"
    tab = "guidance"
    title = "决策表"

    @cached_property
    def proposal(self) -> Proposal | UnreadableTable | None:
        """What waits, compared with the draft as it is now, or why it cannot be."""
        try:
            return find_rules_proposal(actor=self.actor, code=self.theme.code)
        except UnreadableTable as refusal:
            return refusal

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, for those who may edit this theme."""
        self.require("themes.edit")
        return self.page()

    def context(self) -> dict[str, Any]:
        """What a table must look like, or what the waiting one would do."""
        proposal = self.proposal
        context = {
            "proposal": None,
            "unreadable": proposal.sentence if isinstance(proposal, UnreadableTable) else "",
            "revision": self.theme.subject.draft_revision,
            "columns": list(HELPS.items()),
            "max_megabytes": MAX_FILE // 1024 // 1024,
            "most_shown": MOST_SHOWN,
            "designer_url": self.url("guidance"),
            "file_url": self.url("guidance_table_file"),
        }
        return {**context, **self._shown(proposal)} if isinstance(proposal, Proposal) else context

    def _shown(self, proposal: Proposal) -> dict[str, Any]:
        changes = [] if proposal.faults or proposal.problems else proposal.changes
        return {
            "proposal": proposal,
            "voids": what_saving_voids(self.theme.subject) if proposal.may_be_taken else "",
            "sections": sections_of([("规则", [_line(change) for change in changes])]),
            "difference_count": len(changes),
            "added_count": sum(change.before is None for change in changes),
            "removed_count": sum(change.after is None for change in changes),
            "rule_count": len(proposal.after.guidance.rules),
            "problem_count": len(proposal.faults) + len(proposal.problems),
            "faults": [
                (fault, "" if fault.column is None else letters(fault.column)) for fault in proposal.faults[:MOST_SHOWN]
            ],
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The act that the person chose."""
        act = request.POST.get("do", "upload")
        if act == "take":
            theme = take_rules(actor=self.actor, code=code, expected_revision=self.number_sent(then="导入"))
            return self.done(f"已导入，草稿现在是修订 {theme.subject.draft_revision}。", self.url("guidance"))
        if act == "discard":
            discard_rules(actor=self.actor, code=code)
            return self.done("已放弃这份表，草稿没有改动。", request.path)
        if is_cut_off(request):
            raise too_large()
        file = request.FILES.get("file")
        if file is None or file.file is None:
            raise Invalid("请选择一个文件。")
        upload_rules(actor=self.actor, code=code, file=file.file, name=str(file.name))
        return redirect(request.path)


class GuidanceTableFile(ThemePage):
    """The workbook of the draft's rules."""

    action = "themes.edit"
    title = "决策表"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        theme, file = rules_workbook(actor=self.actor, code=kwargs["code"])
        answer = FileResponse(
            file, as_attachment=True, filename=f"{theme.code}-决策表.xlsx", content_type=CONTENT_TYPES["xlsx"]
        )
        return cast(HttpResponse, answer)


def _line(change: Change) -> Line:
    what = f"规则“{change.rule.name}”（{change.rule.code}）"
    if not change.heading:
        return Line(what, change.before, change.after)
    return Line(f"{what}：{change.heading}", change.before or "（空）", change.after or "（空）")
