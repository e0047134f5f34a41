"""Codes of national lists that a theme's document names itself, beside those that its registers and forms name."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from themes.documents import AddMaterial, ThemeDocument
from themes.guidance import necessity

LISTS: Mapping[str, tuple[str, str]] = {  # lists of codes in the document: their names and dictionaries
    "service_object_codes": ("服务对象", "service_object"),
    "exercise_level_codes": ("行使层级", "exercise_level"),
    "handle_form_codes": ("办理形式", "handle_form"),
}


class StandardCode(NamedTuple):
    """A code as the document names it: its JSON pointer, what it says, and the dictionary it is of."""

    pointer: str
    what: str
    dictionary: str
    code: str


def standard_codes_named(document: ThemeDocument) -> Iterator[StandardCode]:
    """Every one of them, in order of lists, items and rules."""
    for name, (what, dictionary) in LISTS.items():
        for number, code in enumerate(getattr(document, name)):
            yield StandardCode(f"/{name}/{number}", what, dictionary, code)
    for number, item in enumerate(document.items):
        for index, use in enumerate(item.materials):
            if use.necessity_code:
                yield _necessity(f"/items/{number}/materials/{index}", use.necessity_code)
    for number, rule in enumerate(document.guidance.rules):
        for index, effect in enumerate(rule.effects):
            if isinstance(effect, AddMaterial) and effect.necessity_code:
                yield _necessity(f"/guidance/rules/{number}/effects/{index}", effect.necessity_code)


def _necessity(place: str, code: str) -> StandardCode:
    return StandardCode(f"{place}/necessity_code", "材料必要性", necessity.DICTIONARY, code)
