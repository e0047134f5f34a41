"""Who names codes of dictionaries: documents and rows of this and other rooms, known by registration only.

Documents (item forms, theme drafts, versions) are read into an index whenever their stamp has changed; rows whose
columns hold codes are asked directly. Either kind tells what it is called and changes what it names when a code ends.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.db.models import Count, Sum

# The place of a version that names the entries of a register which were merged, and taken as what they had become.
MERGED_BEFORE = "/merged"


@dataclass(frozen=True)
class Naming:
    """A place in a document that names codes, or offers the whole dictionary where there are none (models.CodeUse)."""

    place: str
    label: str
    carrier: str
    codes: tuple[str, ...] = ()
    carries: str = ""
    takes_several: bool = False  # a list, or a test that may be of several
    may_end: bool = False  # the place can be given a last day
    ends_on: date | None = None


@dataclass(frozen=True)
class Use:
    """A naming with the document or row it stands in."""

    source: str
    key: str
    place: str
    label: str
    codes: tuple[str, ...] = ()
    takes_several: bool = False
    may_end: bool = False
    ends_on: date | None = None

    @property
    def id(self) -> str:
        """What decisions about it are given under."""
        return f"{self.source}:{self.key}#{self.place}"


@dataclass(frozen=True)
class Replacement:
    """At this place, `codes` are named instead of `code`; without any, the place ends with `last_day`."""

    place: str
    code: str
    codes: tuple[str, ...]
    last_day: date


@dataclass(frozen=True)
class Owner:
    """A document or row as people know it: its name, its page, and what is to be known about its standing."""

    name: str
    url: str
    note: str = ""


class Source(Protocol):
    """A kind of documents or rows. Those that are not `is_open` cannot change any more."""

    kind: str
    title: str
    is_open: bool

    def owners(self, actor: Any, keys: Collection[str]) -> Mapping[str, Owner]:
        """Those of the keys that the actor sees."""

    def on_show(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that the public works with now."""

    def rewrite(self, *, actor: Any, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The document or row names what the replacements say, saved through its own service."""


class Documents(Source, Protocol):
    """Documents that are indexed."""

    def stamps(self) -> Any:
        """A queryset annotated with `index_key` and `index_stamp`: every document and its present state.

        A document's stamp only ever grows: whether the index is current is told by sums (services/where_used.py).
        """

    def sums(self) -> tuple[int, int]:
        """How many documents there are, and the sum of their stamps; asked at every look, so without a row for each."""

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the documents of these keys name, with the stamp at which they were read."""


class Rows(Source, Protocol):
    """Rows that are asked directly."""

    def uses(self, dictionary: str, code: str | None = None) -> Iterable[Use]:
        """Every use of the dictionary's code, or without one of any of its codes."""


def summed(rows: Any, stamp: str) -> tuple[int, int]:
    """How many rows there are, and the sum of the column that is their stamp."""
    sums = rows.aggregate(count=Count("pk"), total=Sum(stamp, default=0))
    return sums["count"], sums["total"]


_DOCUMENTS: dict[str, Documents] = {}
_ROWS: dict[str, Rows] = {}


def register_documents(source: Documents) -> None:
    """Documents of this kind are indexed from now on."""
    _DOCUMENTS[source.kind] = source


def register_rows(source: Rows) -> None:
    """Rows of this kind are asked from now on."""
    _ROWS[source.kind] = source


def documents() -> Collection[Documents]:
    """Every kind of documents."""
    return _DOCUMENTS.values()


def rows() -> Collection[Rows]:
    """Every kind of rows."""
    return _ROWS.values()


def places_told(uses: Sequence[Use]) -> str:
    """How many places these are and which is the first, as a sentence begins."""
    return f"还有 {len(uses)} 处（如{source_named(uses[0].source).title}的{uses[0].label}）"


def source_named(kind: str) -> Source:
    """The kind of that name."""
    return _DOCUMENTS.get(kind) or _ROWS[kind]
