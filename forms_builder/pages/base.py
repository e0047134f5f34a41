"""What the pages about dictionaries share: the dictionary in the address, the path, the rights, days from queries."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import cast

from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import Dictionary, DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.console.pages import ConsolePage, Crumb
from opsplatform.kernel import clock
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import Invalid, Problem


class DictionaryPage(ConsolePage):
    """A page about the dictionary whose code is in the address."""

    action = "registers.view"
    nav = "admin:forms_builder_dictionary_changelist"

    @property
    def actor(self) -> User:
        """The person; the door of the console lets nobody else in."""
        return cast(User, self.request.user)

    @cached_property
    def dictionary(self) -> Dictionary:
        """The dictionary; raises NotFound."""
        return selectors.get_dictionary(self.kwargs["code"])

    @property
    def may_edit(self) -> bool:
        """Whether the person may change dictionaries."""
        return self.actor.may("registers.edit")

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, dictionary."""
        return (Crumb("字典", self.nav_url), Crumb(str(self.dictionary)))


class EntryPage(DictionaryPage):
    """A page about one entry of it."""

    writes = Dictionary

    @cached_property
    def entry(self) -> DictionaryEntry:
        """The entry; raises NotFound."""
        return selectors.get_entry(self.dictionary, self.kwargs["entry"])

    @property
    def entry_url(self) -> str:
        """The entry's own page."""
        return reverse("dictionaries:entry", args=[self.dictionary.code, self.entry.code])

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, dictionary, entry."""
        dictionary = Crumb(str(self.dictionary), reverse("dictionaries:dictionary", args=[self.dictionary.code]))
        above = (Crumb("字典", self.nav_url), dictionary)
        if self.title == str(self.entry):
            return (*above, Crumb(self.title))
        return (*above, Crumb(str(self.entry), self.entry_url), Crumb(self.title))


def day_typed(text: str, place: str, what: str) -> date:
    """The day that was typed; raises Invalid at the place."""
    day = parse_day(text.strip())
    if day is None:
        raise Invalid(problems=(Problem(place, "invalid", f"{what}应为日期，例如 2026-12-31。"),))
    return day


def day_of_query(text: str | None) -> date:
    """The day asked for; today where none was, or none that can be read."""
    return parse_day((text or "").strip()) or clock.today()
