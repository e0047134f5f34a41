"""Editing a theme: one form for the whole, saved at once with the revision it was opened at."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from opsplatform.catalog.models import ServiceItem
from opsplatform.console.pages import whole_number
from opsplatform.kernel.errors import DomainError, StaleRevision
from opsplatform.organizations.models import Division
from opsplatform.release.review_selectors import what_saving_voids
from themes import selectors
from themes.documents import ThemeDocument
from themes.guidance.wording import Names
from themes.packages.names import joined, names_of
from themes.packages.structure import FrozenTheme
from themes.pages.base import ThemePage, draft_seen
from themes.pages.comments import comments_by_element
from themes.pages.editing_state import CHOSEN, CITY, EditState
from themes.pages.wording.differences import compare_themes
from themes.pages.wording.elements import names_in, names_of_elements
from themes.pages.wording.references import uses_of_items, uses_of_notices
from themes.services.composing import save_composition
from themes.services.reviewing import resolve_theme_comment

SAVE, REBASE, REFRESH, RESOLVE = "save", "rebase", "refresh", "resolve"
FIELDS = ("name", "summary", "keywords", "handling_divisions")
MOST_FOUND = 20


class Edit(ThemePage):
    """The buttons that move, add and take out answer with the form changed; only saving writes."""

    action = "themes.edit"
    tab = "edit"
    title = "编辑"
    template_name = "themes/edit.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form on the draft as it stands."""
        self.require("themes.edit")
        return self.page()

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The draft saved, or the form as the pressed button leaves it."""
        self.require("themes.edit")
        do, _, target = request.POST.get("do", REFRESH).partition(":")
        if do == SAVE:
            theme = save_composition(
                actor=self.actor, code=code, wanted=self.typed.wanted(), expected_revision=self.typed.revision
            )
            return self.done(f"已保存，草稿现在是修订 {theme.subject.draft_revision}。", self.url("edit"))
        if do == RESOLVE:
            return self._resolved(target)
        if do == REBASE and self.seen is not None:
            opened_on = EditState.of(self.seen.document, self.typed.revision)
            state, contested = self.typed.rebased(opened_on, self.latest)
            return self.page(state=state, contested=contested, is_rebased=True)
        state = self.typed.after(do, target, self.document)
        return self.page(state=state, is_unsaved=state.differs_from(self.latest))

    def _resolved(self, target: str) -> HttpResponse:
        """The comment is dealt with; what was typed elsewhere stays in the form, unsaved."""
        note = self.request.POST.get(f"resolution_{target}", "")
        resolve_theme_comment(
            actor=self.actor, code=self.kwargs["code"], comment_id=whole_number(target) or 0, note=note
        )
        return self.page(state=self.typed, is_unsaved=self.typed.differs_from(self.latest), is_resolved=True)

    def refused(self, refusal: DomainError) -> HttpResponse:
        """In place, with what was typed; a stale form also shows in words what changed meanwhile."""
        if self.request.method == "POST" and isinstance(refusal, StaleRevision):
            return self.page(
                status=refusal.status,
                stale=refusal,
                changed_meanwhile=compare_themes(self.seen, self.shown.frozen) if self.seen else (),
                can_rebase=self.seen is not None,
            )
        return super().refused(refusal)

    def page(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        """The form around the state given, or around what was typed, or around the draft."""
        state: EditState = extra.pop("state", None) or (self.typed if self.request.method == "POST" else self.latest)
        return super().page(status=status, **self._form(state), **extra)

    # --- what the form is made of ------------------------------------------------------------------------------------

    @cached_property
    def document(self) -> ThemeDocument:
        """The draft as it stands."""
        return msgspec.convert(self.theme.subject.draft, ThemeDocument)

    @cached_property
    def latest(self) -> EditState:
        """The form as it opens now."""
        return EditState.of(self.document, self.theme.subject.draft_revision)

    @cached_property
    def typed(self) -> EditState:
        """The form as it was sent."""
        return EditState.typed(self.request.POST, self.theme.subject.division.code)

    def _form(self, state: EditState) -> dict[str, Any]:
        names = self._names()
        item_uses, notice_uses = uses_of_items(self.document, names), uses_of_notices(self.document)
        registered = _items_by_key(self.actor, [item.key for item in state.items if not item.code])
        city = self.theme.subject.division
        comments = comments_by_element(self.theme.subject, names_of_elements(self.shown.frozen), names_in)
        return {
            "comments": comments,
            "comments_elsewhere": [
                one for pointer, found in comments.items() if pointer not in self._places(state) for one in found
            ],
            "state": self.theme.subject.get_state_display(),
            "form": state,
            "voids": what_saving_voids(self.theme.subject),
            "rows": [
                {
                    "item": item,
                    "name": names.items.get(item.code) or _popular_name(registered.get(item.key)) or item.key,
                    "body": _body(registered.get(item.key)) if not item.code else "",
                    "uses": item_uses.get(item.code, []),
                    "comments": comments.get(f"/items/{item.code}", []),
                }
                for item in state.items
            ],
            "removed_items": [
                {
                    "key": item.item,
                    "name": names.items.get(item.code, item.code),
                    "uses": item_uses.get(item.code, []),
                }
                for item in self.document.items
                if item.item not in state.keys
            ],
            "notice_rows": [
                {
                    "notice": notice,
                    "uses": notice_uses.get(notice.code, []),
                    "comments": comments.get(f"/notices/{notice.code}", []),
                }
                for notice in state.notices
            ],
            "field_comments": {name: comments.get(f"/{name}", []) for name in FIELDS},
            "removed_notices": [
                {"title": notice.title, "uses": notice_uses.get(notice.code, [])}
                for notice in self.document.notices
                if notice.code not in {kept.code for kept in state.notices}
            ],
            "is_city_wide": state.divisions == (city.code,),
            "offers": {"city": CITY, "chosen": CHOSEN},
            "city": city,
            "districts": Division.objects.subtree_of(city).filter(level=Division.Level.DISTRICT).order_by("code"),
            "found_items": self._found(state),
            "most_found": MOST_FOUND,
        }

    def _places(self, state: EditState) -> set[str]:
        """The elements beside which the form shows what reviewers say."""
        return {
            *(f"/{name}" for name in FIELDS),
            *(f"/items/{item.code}" for item in state.items if item.code),
            *(f"/notices/{notice.code}" for notice in state.notices),
        }

    def _found(self, state: EditState) -> list[dict[str, str]] | None:
        """Items that answer the search and are not in the form; None where nothing was searched."""
        if not state.search:
            return None
        rows = selectors.list_items_named(self.actor, state.search).exclude(key__in=state.keys)
        return [
            {"key": row.key, "name": row.name, "daily_name": row.daily_name, "body": _body(row)}
            for row in rows[:MOST_FOUND]
        ]

    # --- what changed meanwhile --------------------------------------------------------------------------------------

    @cached_property
    def seen(self) -> FrozenTheme | None:
        """The draft the form was opened on, where it is no longer the latest and is known."""
        return draft_seen(self.theme, self.typed.revision)

    def _names(self) -> Names:
        """Names of what is in the draft, and of what was in it when the form was opened."""
        names = names_of(self.shown.frozen)
        return names if self.request.method != "POST" or self.seen is None else joined(names_of(self.seen), names)


def _items_by_key(actor: Any, keys: Sequence[str]) -> dict[str, ServiceItem]:
    rows = ServiceItem.objects.visible_to(actor).select_related("department", "body_kind")
    return {row.key: row for row in rows.filter(key__in=keys)} if keys else {}


def _popular_name(row: ServiceItem | None) -> str:
    return (row.daily_name or row.name) if row else ""


def _body(row: ServiceItem | None) -> str:
    return str(row.department or row.body_kind or "") if row else ""
