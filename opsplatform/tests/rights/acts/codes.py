"""Acts on the single codes of a dictionary: one ends, one gets another name."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django.urls import reverse

from forms_builder.models import DictionaryEntry
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.ending_codes import Ending, end_code
from forms_builder.services.renaming import rename_entry
from forms_builder.services.where_used import bring_up_to_date
from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.tests.rights.acts import Act, Ask, Door, in_the_city
from opsplatform.tests.rights.world import demo

_numbers = count(1)
_NOTE, _NAME = "理由", "深蓝"


def code_acts() -> Iterator[Act]:
    """Ending, renaming; through each door at the revision of the dictionary that was read."""
    yield _act("end", "retired", end_code, _end, _end_by_api, _end_by_page)
    yield _act("rename", "renamed", rename_entry, _rename, _rename_by_api, _rename_by_page)


def _act(
    do: str,
    trace: str,
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    by_api: Callable[[Any], Ask],
    by_page: Callable[[Any], Ask],
) -> Act:
    doors = {Door.API: by_api, Door.PAGE: by_page}
    return Act(f"code.{do}", in_the_city(_code), call, service, doors, trace=f"dictionary_entry.{trace}")


def _code() -> DictionaryEntry:
    """A code that nothing names; the index of uses is up to date, so that a look into it writes nothing."""
    values = {"code": f"colour{next(_numbers)}", "name": "颜色", "entries": [{"code": "blue", "name": "蓝"}]}
    dictionary = save_dictionary(actor=demo("operator"), values=values)
    bring_up_to_date()
    return dictionary.entries.select_related("dictionary").get()


def _end(actor: User, entry: DictionaryEntry) -> Any:
    ending = Ending(entry.dictionary.code, entry.code, clock.today())
    return end_code(actor=actor, ending=ending, expected_revision=entry.dictionary.revision, note=_NOTE)


def _end_by_api(entry: DictionaryEntry) -> Ask:
    return _by_api(entry, "ending", {"last_day": clock.today().isoformat(), "note": _NOTE})


def _end_by_page(entry: DictionaryEntry) -> Ask:
    form = {"last_day": clock.today().isoformat(), "revision": entry.dictionary.revision, "note": _NOTE}
    return Ask(reverse("dictionaries:end", args=[entry.dictionary.code, entry.code, "retire"]), form)


def _rename(actor: User, entry: DictionaryEntry) -> Any:
    return rename_entry(
        actor=actor,
        dictionary=entry.dictionary.code,
        code=entry.code,
        name=_NAME,
        since=clock.today(),
        expected_revision=entry.dictionary.revision,
        note=_NOTE,
    )


def _rename_by_api(entry: DictionaryEntry) -> Ask:
    return _by_api(entry, "name", {"name": _NAME, "since": clock.today().isoformat(), "note": _NOTE})


def _rename_by_page(entry: DictionaryEntry) -> Ask:
    form = {"name": _NAME, "since": clock.today().isoformat(), "revision": entry.dictionary.revision, "note": _NOTE}
    return Ask(reverse("dictionaries:entry", args=[entry.dictionary.code, entry.code]), form)


def _by_api(entry: DictionaryEntry, act: str, body: dict[str, str]) -> Ask:
    dictionary = entry.dictionary
    match = {"If-Match": f'"dictionary-{dictionary.revision}"'}
    path = f"/api/v1/dictionaries/{dictionary.code}/entries/{entry.code}/{act}/"
    return Ask(path, body=body, method="post", headers=match)
