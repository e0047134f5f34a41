"""Sections of an item form: a heading over some of its fields, and a condition that all of them share."""

import msgspec

from forms_builder.documents import FormField, ItemFormDocument
from opsplatform.kernel.conditions import Condition


def effective_fields(document: ItemFormDocument) -> tuple[FormField, ...]:
    """The form's fields in their order, each under its section's condition as well as its own.

    What no merge asks about sections is thereby said in fields alone. A group that names no section has no condition;
    a section whose condition names a field of its own depends on itself, which merging refuses as circular.
    """
    shown_when = {section.code: section.visible_when for section in document.sections}
    return tuple(_under(field, shown_when.get(field.group or "")) for field in document.fields)


def _under(field: FormField, condition: Condition | None) -> FormField:
    if condition is None:
        return field
    if field.visible_when is None:
        return msgspec.structs.replace(field, visible_when=condition)
    return msgspec.structs.replace(field, visible_when=Condition(all=(condition, field.visible_when)))
