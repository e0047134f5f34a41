"""Fields that hold codes of a dictionary: chosen by name where the dictionary stands, typed where it does not (yet).

Dictionaries belong to a room above; it registers here how their entries are read.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

Entries = Sequence[tuple[str, str]]
_SEPARATORS = re.compile(r"[\s,，、;；]+")
_readers: list[Callable[[str], Entries]] = []


def register(reader: Callable[[str], Entries]) -> None:
    """Entries of a dictionary, code and name, come from there from now on."""
    _readers[:] = [reader]


def entries_of(dictionary: str) -> Entries:
    """The entries in force; none for a dictionary nobody registered."""
    return _readers[0](dictionary) if _readers else ()


class CodesField(forms.CharField):
    """A list of codes typed with anything between them."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """The list with commas."""
        return "，".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The codes."""
        return [code for code in _SEPARATORS.split(value or "") if code]


def coded_formfield(db_field: Any, dictionary: str) -> forms.Field | None:
    """The input for the column; None where Django's own will do."""
    entries = entries_of(dictionary)
    choices = [(code, f"{code} {name}") for code, name in entries]
    common = {"label": db_field.verbose_name, "required": not db_field.blank, "help_text": db_field.help_text}
    if isinstance(db_field, ArrayField):
        if not choices:
            return CodesField(**{**common, "help_text": "以逗号分开"})
        return forms.MultipleChoiceField(choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, **common)
    if not choices:
        return None
    return forms.ChoiceField(choices=[("", "请选择"), *choices], widget=UnfoldAdminSelectWidget, **common)


def coded_column(db_field: Any, dictionary: str) -> Callable[[Any], str]:
    """What a list or a read-only page shows of the column: codes with their names, read once for all rows."""

    @cache
    def names() -> dict[str, str]:
        return dict(entries_of(dictionary))

    def shown(row: Any) -> str:
        held = getattr(row, db_field.attname) or []
        codes = [held] if isinstance(held, str) else held
        return "，".join(f"{code} {names()[code]}" if code in names() else code for code in codes) or "-"

    shown.__name__ = db_field.name  # the admin's name for the column, in its markup and in the list's address
    shown.short_description = db_field.verbose_name  # type: ignore[attr-defined]
    shown.admin_order_field = db_field.name  # type: ignore[attr-defined]
    return shown


def keep_standing_codes(form: forms.BaseForm, dictionaries: Any) -> None:
    """What the row holds already can be kept, also where the dictionary no longer has it."""
    for name in dictionaries:
        field: Any = form.fields.get(name)
        choices: list[tuple[str, str]] = list(getattr(field, "choices", ()))
        if not choices:  # typed, or not on this form
            continue
        held = form.initial.get(name) or []
        known = {code for code, _ in choices}
        missing = [code for code in ([held] if isinstance(held, str) else held) if code not in known]
        field.choices = [*choices, *((code, code) for code in missing)]
