"""字段对照: fields of item forms that point to no public field, with candidates taken or refused, many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import DATA_TYPES, PublicField
from forms_builder.pages.item_form_base import changes_of_form
from forms_builder.services.matching import (
    FormMatching,
    FormOffers,
    Offer,
    list_unmatched,
    match_fields,
    offer_candidates,
)
from opsplatform.console.differences import Section
from opsplatform.console.pages import ConsolePage, Crumb, whole_number
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.kernel.errors import DomainError, Invalid, NotFound

_FORMS_PER_PAGE = 10
MOST_LINES = 900  # fields on a page: each sends two values, and a request carries no more than 2,000
_SURE = 0.72  # from here on the first candidate is chosen beforehand
_NONE = "!"  # none of those offered
_PICK, _OFFERED, _REVISION = "pick:", "offered:", "revision:"


@dataclass(frozen=True)
class Choice:
    """A candidate as it is offered."""

    field: PublicField
    why: str
    percent: int
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """One field with its candidates; `name` is that of its inputs."""

    name: str
    offered_name: str
    offered: str
    label: str
    code: str
    kind: str
    choices: tuple[Choice, ...]
    is_refused: bool
    is_later: bool


class Matching(ConsolePage):
    """Of all forms the person may edit, some at a time; with a key in the address, of that item's form."""

    action = "registers.view"
    nav = "public_fields:matching"
    title = "字段对照"
    template_name = "forms_builder/public_field_matching.html"
    is_wide = True

    def breadcrumbs(self) -> Sequence[Crumb]:
        """All forms, and the one item."""
        if "key" not in self.kwargs:
            return (Crumb(self.title),)
        return (Crumb(self.title, self.nav_url), Crumb(self._forms().page_title))

    def context(self) -> dict[str, Any]:
        """The forms of this page with their open fields."""
        found = self._forms()
        offers = offer_candidates(self.actor, found.rows)
        known = _known(offers)
        groups: list[tuple[FormOffers, list[Line], list[Offer], int]] = []
        lines: list[Line] = []
        for one in offers:
            open_ones = [offer for offer in one.offers if offer.candidates]
            shown = [self._line(one, offer, known) for offer in open_ones[: MOST_LINES - len(lines)]]
            rest = [offer for offer in one.offers if not offer.candidates]
            groups.append((one, shown, rest, len(open_ones) - len(shown)))
            lines += shown
        return {
            "page": found.page,
            "groups": groups,
            "count": sum(len(one.offers) for one in offers),
            "chosen": sum(1 for line in lines if any(choice.is_chosen for choice in line.choices)),
            "without": sum(len(rest) for _, _, rest, _ in groups),
            "is_single": "key" in self.kwargs,
        }

    def _forms(self) -> "_Found":
        rows = list_unmatched(self.actor)
        key = self.kwargs.get("key")
        if key is None:
            page = list_page(rows, self.request.GET.get(PARAMETER), _FORMS_PER_PAGE)
            return _Found(list(page.rows), page, self.title)
        form = rows.filter(item__key=key).first()
        if form is None and not self._exists(key):
            raise NotFound
        return _Found([form] if form else [], None, str(form.item) if form else key)

    def _exists(self, key: str) -> bool:
        """Whether there is such a form to edit, all of whose fields are matched."""
        return list_unmatched(self.actor, is_complete=True).filter(item__key=key).exists()

    def _line(self, form: FormOffers, offer: Any, known: dict[str, PublicField]) -> Line:
        place = f"{form.form.item.key}|{offer.code}"
        typed = self.request.POST.get(f"{_PICK}{place}")
        first = offer.candidates[0]
        suggested = first.code if first.score >= _SURE else ""
        picked = suggested if typed is None else typed
        choices = tuple(
            Choice(known[one.code], "、".join(one.why), round(one.score * 100), picked == one.code)
            for one in offer.candidates
        )
        return Line(
            name=f"{_PICK}{place}",
            offered_name=f"{_OFFERED}{place}",
            offered=" ".join(one.code for one in offer.candidates),
            label=offer.label,
            code=offer.code,
            kind=dict(DATA_TYPES)[offer.data_type],
            choices=choices,
            is_refused=picked == _NONE,
            is_later=not picked,
        )

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed in the forms that were matched, form by form."""
        if not refusal.facts.get("changes"):
            return ()
        seen = {one.item_key: one.revision for one in _typed(self.request.POST)}
        forms = (selectors.get_drafted_form(self.actor, key) for key in seen)
        return [
            replace(section, title=f"{form.item.name}：{section.title}")
            for form in forms
            for section in changes_of_form(form, seen[form.item.key])
        ]

    def post(self, request: HttpRequest, key: str | None = None) -> HttpResponse:
        """What was picked is in the drafts, what was refused is remembered; refused in place otherwise."""
        taken = match_fields(actor=self.actor, matchings=_typed(request.POST))
        here = reverse("public_fields:item_matching", args=[key]) if key else self.nav_url
        return self.done(f"已对照 {taken} 个字段，改动在各表单的草稿里，提交审核后生效。", here)


@dataclass(frozen=True)
class _Found:
    rows: list[Any]
    page: Any
    page_title: str


def _known(offers: Iterable[FormOffers]) -> dict[str, PublicField]:
    codes = {one.code for form in offers for offer in form.offers for one in offer.candidates}
    return {row.code: row for row in PublicField.objects.filter(code__in=codes)}


def _typed(typed: Any) -> list[FormMatching]:
    revisions = {
        name.removeprefix(_REVISION): whole_number(typed[name]) for name in typed if name.startswith(_REVISION)
    }
    taken: dict[str, dict[str, str]] = {key: {} for key in revisions}
    refused: dict[str, dict[str, list[str]]] = {key: {} for key in revisions}
    for name in typed:
        key, _, code = name.removeprefix(_PICK).partition("|")
        picked = typed[name]
        if not name.startswith(_PICK) or not picked:
            continue
        if key not in revisions:
            raise Invalid("提交的内容不完整，请重新打开本页。")
        if picked == _NONE:
            refused[key][code] = typed.get(f"{_OFFERED}{key}|{code}", "").split()
        else:
            taken[key][code] = picked
    return [
        FormMatching(key, revision or 0, taken[key], refused[key])
        for key, revision in revisions.items()
        if taken[key] or refused[key]
    ]
