"""一表合并: where the items of a theme do not agree about a field, what can be done about it, what was done and why."""

from functools import cached_property
from typing import Any, cast, get_args

import msgspec
from django.http import HttpRequest, HttpResponse

from forms_builder.models import Crosswalk
from opsplatform.kernel.errors import DomainError, Invalid, StaleRevision
from opsplatform.release.errors import GateClosed
from themes import selectors
from themes.documents import MergeRule, ThemeDocument
from themes.packages.names import names_of
from themes.pages.base import ThemePage
from themes.pages.wording.merging import MergeWords
from themes.services.deciding import Standing, Wanted, decide_on_merge, settlement_of, withdraw_merge_decision

_RULES = get_args(MergeRule)


class Merging(ThemePage):
    """Everybody who sees the draft reads it; who may edit the draft decides."""

    action = "themes.view_draft"
    tab = "merging"
    title = "一表合并"
    template_name = "themes/merging.html"

    @cached_property
    def standing(self) -> Standing | None:
        """The merge of the draft; None where the draft has gaps, which the gate lists."""
        draft = selectors.get_draft(self.actor, self.kwargs["code"]).subject.draft
        try:
            return settlement_of(msgspec.convert(draft, ThemeDocument))
        except GateClosed:
            return None

    def context(self) -> dict[str, Any]:
        """What is open, what is stricter than before, and what was decided."""
        typed = self.request.POST
        given = {
            "revision": self.theme.subject.draft_revision,
            "may_edit": self.may("themes.edit"),
            "typed": {
                "about": typed.get("about", ""),
                "choice": typed.get("choice", ""),
                "reason": typed.get("reason", ""),
            },
        }
        if self.standing is None:
            return {**given, "has_gaps": True}
        frozen, settlement = self.standing.frozen, self.standing.settlement
        words = MergeWords(frozen, settlement, names_of(frozen))
        matters = words.matters(_registered())
        form = settlement.form
        return {
            **given,
            "conflicts": [matter for matter in matters if matter.is_conflict],
            "narrowings": [matter for matter in matters if not matter.is_conflict],
            "decisions": words.decisions(),
            "fields_in": sum(len(steps) for steps in form.projections.values()),
            "fields_out": len(form.fields),
            "merged": sum(len(field.sources) > 1 for field in form.fields),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The decision stands, or is gone; refused in place otherwise."""
        revision = self.number_sent()
        match request.POST.get("do"):
            case "decide":
                decide_on_merge(actor=self.actor, code=code, wanted=self._wanted(), expected_revision=revision)
                return self.done("决定已记入草稿，提交审核时审核人会看到。", self.url("merging"))
            case "withdraw":
                decision = request.POST.get("decision", "")
                withdraw_merge_decision(actor=self.actor, code=code, decision=decision, expected_revision=revision)
                return self.done("决定已撤回，这一处重新列为待决定。", self.url("merging"))
            case _:
                raise Invalid("没有这项操作。")

    def refused(self, refusal: DomainError) -> HttpResponse:
        """In place; after somebody else's change the page shows the draft as it is now, with what was typed."""
        if self.request.method == "POST" and isinstance(refusal, StaleRevision):
            told = StaleRevision(f"{refusal.sentence}本页已换成最新的草稿，请核对之后再按一次。")
            return self.page(status=refusal.status, refusal=told)
        return super().refused(refusal)

    def _wanted(self) -> Wanted:
        """What was chosen: rule, items, crosswalk."""
        rule, _, rest = self.request.POST.get("choice", "").partition("|")
        items, _, crosswalk = rest.partition("|")
        if rule not in _RULES:
            raise Invalid("请选择怎样处理。")
        return Wanted(
            about=self.request.POST.get("about", ""),
            rule=cast(MergeRule, rule),
            reason=self.request.POST.get("reason", ""),
            items=tuple(items.split(",")) if items else (),
            crosswalk=crosswalk,
        )


def _registered() -> dict[tuple[str, str], dict[str, str]]:
    """Two dictionaries, either way round → the crosswalks between them: code → name."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    rows = Crosswalk.objects.values_list("code", "name", "from_dictionary__code", "to_dictionary__code")
    for code, name, first, second in rows:
        found.setdefault((first, second), {})[code] = name
        found.setdefault((second, first), {})[code] = name
    return found
