"""Two frozen versions of a theme compared in citizens' terms: documents, and registers beside them."""

import datetime
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from themes.documents import ThemeDocument
from themes.guidance.differences.changes import Comparison, Registered
from themes.guidance.differences.differing import compare
from themes.guidance.wording import Names
from themes.packages.names import joined, names_of
from themes.packages.structure import DivisionContent, FrozenTheme, ItemContent

MOST_KEPT = 32  # comparisons, by what they are about


class _Asked(msgspec.Struct):
    """All that a comparison looks at."""

    before: ThemeDocument
    after: ThemeDocument
    names: Names
    divisions: dict[str, DivisionContent]
    registered: tuple[Registered, Registered]


def compare_for_citizens(
    before: FrozenTheme, after: FrozenTheme, on: datetime.date, *, libraries: Mapping[str, str]
) -> Comparison:
    """Who gains and who loses what from the day on; kept by content, so that asking again costs nothing.

    `libraries`: what base libraries are called, by their code.
    """
    names = joined(names_of(before), names_of(after))
    asked = _Asked(
        before.document,
        after.document,
        msgspec.structs.replace(names, libraries=libraries),
        {**before.divisions, **after.divisions},
        (_registered(before), _registered(after)),
    )
    return _comparison(msgspec.json.encode(asked), on)


@lru_cache(maxsize=MOST_KEPT)
def _comparison(asked: bytes, on: datetime.date) -> Comparison:
    read = msgspec.json.decode(asked, type=_Asked)
    return compare(
        read.before, read.after, names=read.names, divisions=read.divisions, on=on, registered=read.registered
    )


def _registered(frozen: FrozenTheme) -> Registered:
    return Registered(
        fields={item: tuple(field.code for field in fields) for item, fields in frozen.item_forms.items()},
        days={code: _days(content) for code, content in frozen.items.items()},
        exempt=frozenset(code for code, content in frozen.materials.items() if content.exempt is not None),
        divisions=frozen.districts,
    )


def _days(content: ItemContent) -> str:
    elsewhere = [f"{'、'.join(one.division_codes)} 为 {one.promised_days} 个工作日" for one in content.division_days]
    return "，".join([f"{content.promised_days} 个工作日", *elsewhere])
