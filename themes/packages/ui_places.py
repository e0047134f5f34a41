"""Where each merged field stands on the screen: in a section, under a name that every renderer can address.

The theme's groups come first, then what one item alone asks for, item by item, as the console's preview shows it.
"""

import re
from collections.abc import Iterable

import msgspec

from forms_builder.merge.form import MergedField
from themes.packages.structure import Package

Place = tuple[str, str]  # section, name inside it


class Section(msgspec.Struct, frozen=True):
    """One section with its fields as shown."""

    name: str
    title: str
    fields: tuple[MergedField, ...]


class Sections:
    """The sections of a form in order, and the place of every merged key.

    Renderers write paths with dots and brackets (JSON Forms `a.b`, RJSF `a[0].b`), so no name has any; a merged key
    does where the field stands alone (`ITEM.field`).
    """

    def __init__(self, package: Package, fields: Iterable[MergedField]) -> None:
        titles = {
            f"group_{group.code}": group.name for group in sorted(package.form.groups, key=lambda group: group.order)
        }
        groups = dict.fromkeys(titles)
        titles |= {f"item_{item.code}": item.content.name for item in package.items}
        gathered: dict[str, list[MergedField]] = {code: [] for code in titles}
        for field in fields:
            group = f"group_{field.group}"
            gathered[group if group in groups else f"item_{field.sources[0].item}"].append(field)
        shown = [code for code, inside in gathered.items() if inside]
        names = plain_names(shown)
        self.all = tuple(Section(names[code], titles[code], tuple(gathered[code])) for code in shown)
        self.places: dict[str, Place] = {}
        for section in self.all:
            inside = plain_names([_short(field) for field in section.fields])
            for field in section.fields:
                self.places[field.key] = section.name, inside[_short(field)]


def _short(field: MergedField) -> str:
    return field.sources[0].field if field.key == f"{field.sources[0].item}.{field.sources[0].field}" else field.key


def plain_names(codes: Iterable[str]) -> dict[str, str]:
    """Each code as a name of letters, digits and underscores that begins with a letter; different codes differ."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for code in codes:
        plain = re.sub(r"\W", "_", code)
        plain = plain if plain[:1].isalpha() else f"f_{plain}"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        names[code] = name
    return names
