"""Freezing an item form: its document with the code lists it names, as the registers stand now."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import msgspec

from forms_builder.documents import (
    DictionaryContent,
    DictionaryEntryContent,
    FrozenItemForm,
    ItemFormDocument,
    ItemFormPackage,
)
from forms_builder.models import Dictionary, DictionaryEntry, PublicField
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.documents import write

FORMAT = "opsplatform.item-form/1"


def freeze_item_form(document: ItemFormDocument, item_name: str, on: date) -> FrozenItemForm:
    """The form with every dictionary it names; entries out of force that day are left out."""
    dictionaries, revisions = freeze_dictionaries(dictionaries_named(document), on)
    shared = {field.public_field for field in document.fields if field.public_field}
    for code, revision in PublicField.objects.filter(code__in=shared).values_list("code", "revision"):
        revisions[f"public_field:{code}"] = revision
    return FrozenItemForm(
        document=document, item_name=item_name, dictionaries=dictionaries, revisions=dict(sorted(revisions.items()))
    )


def dictionaries_named(document: ItemFormDocument) -> list[str]:
    """The codes of the dictionaries of its fields and columns, in order."""
    named = {field.dictionary for field in document.fields}
    named |= {column.dictionary for field in document.fields for column in field.columns}
    return sorted(code for code in named if code)


def freeze_dictionaries(codes: Collection[str], on: date) -> tuple[dict[str, DictionaryContent], dict[str, int]]:
    """The registered ones of these dictionaries with their entries in force that day, and their revisions."""
    entries: dict[int, list[DictionaryEntryContent]] = defaultdict(list)
    rows = DictionaryEntry.objects.filter(dictionary__code__in=codes).in_force(on).with_parents(on)
    for dictionary, code, name, parent, valid_from, valid_to in rows.values_list(  # type: ignore[misc]
        "dictionary", "code", "name", "above", "valid_from", "valid_to"
    ):
        entries[dictionary].append(
            DictionaryEntryContent(
                code=code,
                name=name,
                parent=parent or None,
                valid_from=valid_from.isoformat() if valid_from else None,
                valid_to=valid_to.isoformat() if valid_to else None,
            )
        )
    contents: dict[str, DictionaryContent] = {}
    revisions: dict[str, int] = {}
    for row in Dictionary.objects.filter(code__in=codes).select_related("parent_dictionary"):
        contents[row.code] = DictionaryContent(
            name=row.name,
            standard=row.standard,
            parent_dictionary=row.parent_dictionary.code if row.parent_dictionary else None,
            is_below_divisions=row.is_below_divisions,
            entries=tuple(entries[row.pk]),
        )
        revisions[f"dictionary:{row.code}"] = row.revision
    return contents, revisions


def read_frozen_form(content: bytes) -> FrozenItemForm:
    """The bytes of a version as they were frozen."""
    return msgspec.json.decode(content, type=FrozenItemForm)


def form_package(frozen: FrozenItemForm, division: str, version: int) -> bytes:
    """The canonical bytes of what is in force for the item, from nothing but the version."""
    package = ItemFormPackage(
        format=FORMAT,
        version=version,
        division=division,
        item=frozen.document.item,
        name=frozen.item_name,
        sections=frozen.document.sections,
        fields=frozen.document.fields,
        dictionaries=frozen.dictionaries,
    )
    return canonical_bytes(write(package))
