"""Dictionaries brought in from a file of code lists."""

from typing import Any

import msgspec
from django.db import transaction

from forms_builder.documents import DictionaryInFile
from forms_builder.models import Dictionary, DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.documents import Document
from opsplatform.kernel.shape import read_document


class DictionaryFile(Document, frozen=True):
    """A file of code lists."""

    dictionaries: tuple[DictionaryInFile, ...]
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")


@transaction.atomic
def import_dictionaries(*, actor: User, tree: Any) -> int:
    """Every list of the file is a dictionary; those known already stay as they are. Returns how many are new."""
    actor.require("registers.edit")
    known = set(Dictionary.objects.values_list("code", flat=True))
    new = [item for item in read_document(DictionaryFile, tree).dictionaries if item.code not in known]
    for item in new:
        create_dictionary(actor, item)
    return len(new)


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
        )
        for order, entry in enumerate(item.items)
    )
    trail.record(actor, "dictionary.imported", row, after={"entries": len(item.items)})
    return row
