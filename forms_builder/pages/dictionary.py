"""One dictionary: its entries as a tree on any day, where they are used, who offers it, its crosswalks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from forms_builder import registry, selectors
from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.pages.base import DictionaryPage, day_of_query
from forms_builder.services.where_used import count_uses, list_offers
from opsplatform.accounts.models import User
from opsplatform.kernel import clock

_SHOWN_OFFERS = 30
MOST_LINES = 1000  # entries on the page; a list of the whole country has many more, and is searched


@dataclass(frozen=True)
class Line:
    """One entry as the page shows it on a day."""

    code: str
    name: str
    alias: str
    depth: int
    parent: str
    period: str
    state: str
    tone: str
    successors: str
    uses: int
    url: str


class DictionaryEntries(DictionaryPage):
    template_name = "forms_builder/dictionary.html"
    is_wide = True

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.dictionary)

    def context(self) -> dict[str, Any]:
        """The entries that are asked for, and what hangs on the dictionary."""
        dictionary, query = self.dictionary, self.request.GET
        on = day_of_query(query.get("at"))
        entries = selectors.entries_as_of(dictionary, on)
        counts = count_uses(dictionary.code)
        text, state = query.get("q", "").strip(), query.get("state", "")
        found = [
            (entry, depth)
            for entry, depth in _in_tree(entries)
            if (not text or text in entry.code or text in entry.name or text in entry.alias)
            and (not state or (state == "in_force") == entry.is_in_force(on))
        ]
        return {
            "dictionary": dictionary,
            "lines": [self._line(entry, depth, on, counts) for entry, depth in found[:MOST_LINES]],
            "unlisted": max(len(found) - MOST_LINES, 0),
            "total": len(entries),
            "on": on,
            "is_today": on == clock.today(),
            "q": text,
            "state": state,
            "above": self._above(),
            **offering(self.actor, dictionary),
            "dependants": dictionary.dependants.order_by("code"),
            "crosswalks": selectors.list_crosswalks_of(dictionary),
            "may_edit": self.may_edit,
            "edit_url": reverse("admin:forms_builder_dictionary_change", args=[dictionary.pk]),
        }

    def _above(self) -> str:
        dictionary = self.dictionary
        if dictionary.is_below_divisions:
            return "区划"
        return f"字典“{dictionary.parent_dictionary}”" if dictionary.parent_dictionary else ""

    def _line(self, entry: DictionaryEntry, depth: int, on: date, counts: Counter[str]) -> Line:
        state, tone = state_on(entry, on)
        return Line(
            code=entry.code,
            name=entry.name,
            alias=entry.alias,
            depth=depth,
            parent=entry.parent_code,
            period=period_of(entry),
            state=state,
            tone=tone,
            successors="、".join(one.code for one in entry.successors.all()),
            uses=counts[entry.code],
            url=reverse("dictionaries:entry", args=[self.dictionary.code, entry.code]),
        )


def state_on(entry: DictionaryEntry, on: date) -> tuple[str, str]:
    """What is to be said of the entry's standing on that day, and in which tone."""
    if entry.valid_from is not None and entry.valid_from > on:
        return "尚未启用", "info"
    if entry.valid_to is not None and entry.valid_to < on:
        return "已停用", "bad"
    return ("将停用", "warn") if entry.valid_to is not None else ("在用", "good")


def period_of(entry: Any) -> str:
    """The days between which the entry or mapping holds, in words; empty for ever."""
    begins = f"{entry.valid_from} 起" if entry.valid_from else ""
    ends = f"至 {entry.valid_to}" if entry.valid_to else ""
    return " ".join(part for part in (begins, ends) if part)


def _in_tree(entries: Sequence[DictionaryEntry]) -> Iterator[tuple[DictionaryEntry, int]]:
    """Every entry after the one above it, with its depth; in their own order among those of one parent."""
    known = {entry.code for entry in entries}
    below: dict[str, list[DictionaryEntry]] = {}
    for entry in entries:
        below.setdefault(entry.parent_code if entry.parent_code in known else "", []).append(entry)

    def walk(parent: str, depth: int) -> Iterator[tuple[DictionaryEntry, int]]:
        for entry in below.get(parent, ()):
            yield entry, depth
            yield from walk(entry.code, depth + 1)

    yield from walk("", 0)


def offering(actor: User, dictionary: Dictionary) -> dict[str, Any]:
    """What forms_builder/offering.html shows: which fields offer the whole dictionary."""
    offers = list_offers(dictionary.code)
    return {
        "offers": _told_offers(actor, offers),
        "offer_count": len(offers),
        "public_fields": list(dictionary.public_fields.order_by("code")[:_SHOWN_OFFERS]),
        "public_field_count": dictionary.public_fields.count(),
    }


def _told_offers(actor: User, offers: Sequence[Any]) -> list[dict[str, Any]]:
    """The first of the places that offer the dictionary and that the person sees."""
    told = []
    for source in registry.documents():
        own = [use for use in offers if use.source == source.kind]
        owners = source.owners(actor, {use.key for use in own}) if own else {}
        told += [
            {"kind": source.title, "owner": owners[use.key], "label": use.label} for use in own if use.key in owners
        ]
    return told[:_SHOWN_OFFERS]
