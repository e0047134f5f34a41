"""Dictionaries brought in from a file of code lists."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from forms_builder.documents import DictionaryInFile
from forms_builder.models import Dictionary, DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.documents import Document
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.list_imports import ImportedList, refuse_list, repeated, wait_for_turn
from opsplatform.kernel.shape import read_document


class DictionaryFile(Document, frozen=True):
    """A file of code lists."""

    dictionaries: tuple[DictionaryInFile, ...]
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")


@transaction.atomic
def import_dictionaries(*, actor: User, tree: Any, is_dry_run: bool = False) -> ImportedList:
    """Every list of the file is a dictionary; those known already stay as they are. A dry run changes nothing.

    Raises Invalid with everything that is wrong with the file, at its JSON pointer.
    """
    actor.require("registers.edit")
    wait_for_turn("forms_builder.import_dictionaries")
    dictionaries = read_document(DictionaryFile, tree).dictionaries
    refuse_list(_problems(dictionaries))
    known = {row.code: row for row in Dictionary.objects.prefetch_related("entries")}
    result = ImportedList(is_dry_run)
    for item in dictionaries:
        if item.code in known:
            result.met(item.code, _registered(known[item.code]), _in_file(item))
        else:
            create_dictionary(actor, item)
            result.new.append(item.code)
    if is_dry_run:
        transaction.set_rollback(True)
    return result


def _problems(dictionaries: Sequence[DictionaryInFile]) -> Iterator[Problem]:
    patterns = CodePatterns(settings.CODE_PATTERNS)
    yield from repeated([(f"/dictionaries/{number}/code", item.code) for number, item in enumerate(dictionaries)])
    for number, item in enumerate(dictionaries):
        place = f"/dictionaries/{number}"
        if not patterns.accepts("dictionary", item.code):
            yield Problem(f"{place}/code", "malformed_code", "字典代码须以字母开头，只含字母、数字和 _ . -。")
        codes = [(f"{place}/items/{order}/code", entry.code) for order, entry in enumerate(item.items)]
        yield from repeated(codes)
        for pointer, code in codes:
            if not patterns.accepts("dictionary_entry", code):
                yield Problem(pointer, "malformed_code", f"字典项代码 {code} 不符合规定的格式。")
        yield from item.period_problems(place)
        known = {code for _, code in codes}
        for order, entry in enumerate(item.items):
            if entry.parent and entry.parent not in known:
                yield Problem(f"{place}/items/{order}/parent", "no_parent", f"上级代码 {entry.parent} 不存在。")


def _registered(row: Dictionary) -> dict[str, Any]:
    entries = sorted(row.entries.all(), key=lambda entry: (entry.order, entry.code))
    return {
        "name": row.name,
        "standard": row.standard,
        "items": [
            {
                "code": entry.code,
                "name": entry.name,
                "alias": entry.alias,
                "parent": entry.parent_code,
                "valid_from": entry.valid_from and entry.valid_from.isoformat(),
                "valid_to": entry.valid_to and entry.valid_to.isoformat(),
            }
            for entry in entries
        ],
    }


def _in_file(item: DictionaryInFile) -> dict[str, Any]:
    return {
        "name": item.name,
        "standard": item.standard,
        "items": [
            {
                "code": entry.code,
                "name": entry.name,
                "alias": entry.alias,
                "parent": entry.parent or "",
                "valid_from": entry.valid_from,
                "valid_to": entry.valid_to,
            }
            for entry in item.items
        ],
    }


def create_dictionary(actor: User, item: DictionaryInFile) -> Dictionary:
    """The dictionary stands with its entries in the order given."""
    row = Dictionary.objects.create(
        code=item.code,
        name=item.name,
        standard=item.standard,
        source=item.source,
        confidence=item.confidence,
        note=item.note,
    )
    DictionaryEntry.objects.bulk_create(
        DictionaryEntry(
            dictionary=row,
            code=entry.code,
            name=entry.name,
            alias=entry.alias,
            parent_code=entry.parent or "",
            order=order,
            valid_from=parse_day(entry.valid_from or ""),
            valid_to=parse_day(entry.valid_to or ""),
        )
        for order, entry in enumerate(item.items)
    )
    trail.record(actor, "dictionary.imported", row, after={"entries": len(item.items)})
    return row
