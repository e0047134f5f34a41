"""A file becomes a form's draft: uploaded, its differences, losses and faults looked at, taken or given up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from forms_builder import selectors
from forms_builder.exchange.losses import CONSEQUENCES, Consequence, Loss
from forms_builder.exchange.sheets import HEADINGS, HELPS
from forms_builder.pages.item_form_base import LIST, changes_of_form
from forms_builder.pages.item_form_wording import compare_forms
from forms_builder.selectors import FormDraft
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.exchanging_forms import (
    Proposal,
    discard_form_file,
    find_proposal,
    take_form_file,
    upload_form_file,
)
from opsplatform.console.differences import Section
from opsplatform.console.pages import ConsolePage, Crumb, whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Invalid
from opsplatform.spreadsheets.gate import MAX_FILE, too_large
from opsplatform.spreadsheets.uploads import is_cut_off

MOST_SHOWN = 200
_TONES: dict[Consequence, str] = {"narrower": "warn", "different": "warn", "wider": "neutral", "none": "neutral"}
_ORDER: tuple[Consequence, ...] = ("narrower", "different", "wider", "none")


class ImportForm(ConsolePage):
    """One page from the upload to the draft; what waits is found again whenever the person comes back."""

    action = "item_forms.edit"
    template_name = "forms_builder/form_import.html"
    title = "导入表单"
    nav = LIST

    @cached_property
    def draft(self) -> FormDraft:
        """The draft that the file would become; raises NotFound and Forbidden."""
        return selectors.get_form_draft(self.actor, self.kwargs["key"])

    @cached_property
    def proposal(self) -> Proposal | None:
        """What waits, compared with the draft as it is now."""
        return find_proposal(actor=self.actor, item_key=self.draft.item.key)

    def context(self) -> dict[str, Any]:
        """What a file must look like, or what the waiting one would do."""
        proposal = self.proposal
        context = {
            "item": self.draft.item,
            "has_form": self.draft.form is not None,
            "revision": self.draft.revision,
            "proposal": proposal,
            "columns": list(zip(HEADINGS, HELPS, strict=True)),
            "max_megabytes": MAX_FILE // 1024 // 1024,
            "most_shown": MOST_SHOWN,
        }
        return context if proposal is None else {**context, **_shown(proposal)}

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed in the draft since the file was compared with it."""
        if self.draft.form is None or not refusal.facts.get("changes"):
            return ()
        return changes_of_form(self.draft.form, whole_number(self.request.POST.get("revision", "")) or 0)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, form, page."""
        item = self.draft.item
        address = reverse("forms_builder:item_form", args=[item.key]) if self.draft.form else None
        return Crumb("事项表单", self.nav_url), Crumb(item.name, address), Crumb(self.title)

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """The act that the person chose."""
        act = request.POST.get("do", "upload")
        if act == "take":
            return self._take(request, key)
        if act == "discard":
            discard_form_file(actor=self.actor, item_key=key)
            return self.done("已放弃这份文件，草稿没有改动。", request.path)
        if is_cut_off(request):
            raise too_large()
        file = request.FILES.get("file")
        if file is None or file.file is None:
            raise Invalid("请选择一个文件。")
        upload_form_file(actor=self.actor, item_key=key, file=file.file, name=str(file.name))
        return redirect(request.path)

    def _take(self, request: HttpRequest, key: str) -> HttpResponse:
        form = take_form_file(actor=self.actor, item_key=key, expected_revision=self.number_sent(then="导入"))
        return self.done("已导入草稿，请检查后提交审核。", reverse("forms_builder:item_form", args=[form.item.key]))


@dataclass(frozen=True)
class LossGroup:
    """The losses of one consequence, those of one sentence together."""

    title: str
    tone: str
    is_note: bool
    count: int
    lines: tuple[tuple[str, tuple[Loss, ...]], ...]


def _shown(proposal: Proposal) -> dict[str, Any]:
    is_readable = not proposal.faults and not proposal.problems
    sections = compare_forms(*proposal.sides()) if is_readable else []
    findings = check_item_form(proposal.document, clock.today()) if is_readable else []
    before = {field["code"] for field in proposal.draft.tree.get("fields", ())}
    after = {field.code for field in proposal.document.fields}
    return {
        "sections": sections,
        "unfit": [finding for finding in findings if finding.is_blocking],
        "added_count": len(after - before),
        "removed_count": len(before - after),
        "difference_count": sum(len(section.lines) for section in sections),
        "field_count": len(proposal.document.fields),
        "problem_count": len(proposal.faults) + len(proposal.problems),
        "faults": [(fault, proposal.letter_of(fault)) for fault in proposal.faults[:MOST_SHOWN]],
        "loss_groups": [_group(kind, proposal.losses) for kind in _ORDER if _of(kind, proposal.losses)],
        "loss_count": sum(loss.consequence != "none" for loss in proposal.losses),
    }


def _of(kind: Consequence, losses: Sequence[Loss]) -> list[Loss]:
    return [loss for loss in losses if loss.consequence == kind]


def _group(kind: Consequence, losses: Sequence[Loss]) -> LossGroup:
    told: dict[str, list[Loss]] = defaultdict(list)
    found = _of(kind, losses)
    for loss in found:
        told[loss.sentence].append(loss)
    lines = tuple((sentence, tuple(group)) for sentence, group in told.items())
    return LossGroup(CONSEQUENCES[kind], _TONES[kind], kind == "none", len(found), lines)
