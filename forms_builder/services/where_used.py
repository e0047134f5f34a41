"""Where codes are used. The index follows the documents' stamps, so that whoever wrote them need not know of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from forms_builder import registry, selectors
from forms_builder.models import CodeUse, IndexedDocument
from forms_builder.registry import Documents, Use
from opsplatform.kernel import clock

_AT_A_TIME = 200  # documents read together
_LOCK = 0x0D1C7  # one process at a time brings the index up to date


def find_uses(dictionary: str, code: str) -> list[Use]:
    """Every place that names the code, in documents and rows that can change and in those that cannot."""
    return [use for use in _naming_uses(dictionary, code) if code in use.codes]


def find_references(register: str, code: str) -> list[Use]:
    """Every place in documents that names this row of a register."""
    bring_up_to_date()
    return list(_uses(selectors.list_references(register).filter(codes__contains=[code])))


def count_uses(dictionary: str) -> Counter[str]:
    """At how many places each code of the dictionary is named where that can still change."""
    open_kinds = {source.kind for source in (*registry.documents(), *registry.rows()) if source.is_open}
    uses = (use for use in _naming_uses(dictionary) if use.source in open_kinds)
    return Counter(code for use in uses for code in set(use.codes))


def list_offers(dictionary: str) -> list[Use]:
    """Every place in documents that offers the whole dictionary."""
    bring_up_to_date()
    return list(_uses(selectors.list_code_uses(dictionary).filter(codes=[])))


def outliving(dictionary: str, code: str, last_day: date) -> list[Use]:
    """The places that can change and would still name the code after that day."""
    return [use for use in find_uses(dictionary, code) if is_open_after(use, last_day)]


def referring(dictionary: str, code: str) -> list[Use]:
    """The places that can change and name the code today, or offer the whole dictionary."""
    uses = [*outliving(dictionary, code, clock.today() - timedelta(days=1)), *list_offers(dictionary)]
    return [use for use in uses if is_open(use)]


def shown_to_public(dictionary: str, code: str) -> list[Use]:
    """The places that cannot change and that the public works with now: what is on show."""
    closed = [use for use in find_uses(dictionary, code) if not registry.source_named(use.source).is_open]
    shown = {
        source.kind: source.on_show({use.key for use in closed if use.source == source.kind})
        for source in registry.documents()
        if not source.is_open
    }
    return [use for use in closed if use.key in shown[use.source]]


def is_open(use: Use) -> bool:
    """Whether the place can change."""
    return registry.source_named(use.source).is_open


def is_open_after(use: Use, last_day: date) -> bool:
    """Whether the place can change and is not over by itself by that day."""
    return is_open(use) and (use.ends_on is None or use.ends_on > last_day)


def _naming_uses(dictionary: str, code: str | None = None) -> Iterator[Use]:
    bring_up_to_date()
    rows = selectors.list_code_uses(dictionary)
    rows = rows.exclude(codes=[]) if code is None else rows.filter(codes__contains=[code])
    yield from _uses(rows)
    for source in registry.rows():
        yield from source.uses(dictionary, code)


def _uses(rows: QuerySet[CodeUse]) -> Iterator[Use]:
    """The rows as uses, read as plain values: a code that every theme names has thousands."""
    columns = ("document__source", "document__key", "place", "label", "codes", "takes_several", "may_end", "ends_on")
    for source, key, place, label, codes, *rest in rows.values_list(*columns):
        yield Use(source, key, place, label, tuple(codes), *rest)


# --- the index --------------------------------------------------------------------------------------------------------


def bring_up_to_date() -> int:
    """The index says what the documents say now. Returns how many were read anew: none where nothing was written."""
    return sum(_follow(source) for source in _behind())


def _behind() -> list[Documents]:
    """The kinds of which the index knows another number of documents, or another sum of their stamps, than there are.

    Stamps only grow, and the index never knows a later one than there is. So the same number with the same sum means
    that every single one is the same, and the sums cost a fraction of comparing one by one.
    """
    rows = IndexedDocument.objects.values("source").annotate(count=Count("pk"), total=Sum("stamp"))
    known = {source: (count, total) for source, count, total in rows.values_list("source", "count", "total")}
    return [source for source in registry.documents() if known.get(source.kind, (0, 0)) != source.sums()]


def _follow(source: Documents) -> int:
    """Batch by batch, each committed where the caller is in no transaction: whoever comes meanwhile waits for one."""
    total = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            number = _read(source, [str(key) for key in _stale(source)[:_AT_A_TIME]])
            if not number:
                _forget_gone(source)
                return total
        total += number


def _stale(source: Documents) -> QuerySet[Any, str]:
    known = IndexedDocument.objects.filter(source=source.kind, key=OuterRef("index_key"), stamp=OuterRef("index_stamp"))
    stale = source.stamps().filter(~Exists(known)).order_by()
    return stale.values_list("index_key", flat=True)


def _forget_gone(source: Documents) -> None:
    """The index knows no document that is gone: nothing but this can differ where nothing is stale."""
    standing = source.stamps().order_by().values("index_key")
    IndexedDocument.objects.filter(source=source.kind).exclude(key__in=standing).delete()


def _read(source: Documents, keys: list[str]) -> int:
    """The index says what these documents say; returns how many of them there were."""
    IndexedDocument.objects.filter(source=source.kind, key__in=keys).delete()
    read = list(source.namings(keys))
    documents = IndexedDocument.objects.bulk_create(
        IndexedDocument(source=source.kind, key=key, stamp=stamp) for key, stamp, _ in read
    )
    CodeUse.objects.bulk_create(
        (
            CodeUse(
                document=document,
                place=naming.place[:300],
                label=naming.label[:500],
                carrier=naming.carrier,
                carries=naming.carries,
                codes=list(naming.codes),
                takes_several=naming.takes_several,
                may_end=naming.may_end,
                ends_on=naming.ends_on,
            )
            for document, (_, _, namings) in zip(documents, read, strict=True)
            for naming in namings
        ),
        batch_size=2000,
    )
    return len(read)
