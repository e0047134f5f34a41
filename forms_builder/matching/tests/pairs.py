"""Real pairs: every field of the two dossiers' item forms with the public field its department points to."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from forms_builder.matching.ranking import KnownField, Ranker, WantedField

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data"
DOSSIERS = ("theme_restaurant", "theme_dog_license")


class Form(NamedTuple):
    """An item form without its public fields, and the right one for each field that has one."""

    code: str
    name: str
    fields: tuple[WantedField, ...]
    right: dict[str, str]


@cache
def _dossiers() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((SAMPLES / f"{name}.json").read_text()) for name in DOSSIERS)


def register() -> dict[str, dict[str, Any]]:
    """Both dossiers' public fields as they are registered: what collides stands beside the other one."""
    return {code: field for codes in _registered() for code, field in codes.values()}


def _registered() -> list[dict[str, tuple[str, dict[str, Any]]]]:
    taken: set[str] = set()
    registered = []
    for tree in _dossiers():
        codes = {}
        for field in tree["public_fields"]:
            code = field["code"] if field["code"] not in taken else f"{field['code']}@{tree['theme']['code']}"
            codes[field["code"]] = code, field
        taken |= {code for code, _ in codes.values()}
        registered.append(codes)
    return registered


def forms() -> Iterator[Form]:
    """Every item form of both."""
    for tree, codes in zip(_dossiers(), _registered(), strict=True):
        for item in tree["items"]:
            fields = tuple(
                WantedField(field["code"], field["label"], field["data_type"], field["max_length"], field["dictionary"])
                for field in item["fields"]
            )
            right = {field["code"]: codes[field["common"]][0] for field in item["fields"] if field["common"]}
            yield Form(item["code"], item["name"], fields, right)


def ranker_without(form: Form, kind: type[Ranker] = Ranker, *, is_cold: bool = False) -> Ranker:
    """The register as it is when this form arrives: all others use it already; `is_cold`: none does yet."""
    aliases: dict[str, dict[str, None]] = {}
    together: list[set[str]] = []
    if not is_cold:
        together += [{code for code, _ in codes.values()} for codes in _registered()]
        for other in forms():
            if other.code != form.code:
                labels = {field.code: field.label for field in other.fields}
                together.append(set(other.right.values()))
                for code, public in other.right.items():
                    aliases.setdefault(public, {})[labels[code]] = None
    known = [
        KnownField(
            code, field["label"], field["data_type"], field["max_length"], field["dictionary"],
            aliases=tuple(aliases.get(code, ())),
        )
        for code, field in register().items()
    ]  # fmt: skip
    return kind(known, together)


def hits_and_misses(kind: type[Ranker] = Ranker, *, is_cold: bool = False) -> tuple[int, list[tuple[str, str, str]]]:
    """How often the right one stands first; and the rest: form and field, its label, the right one."""
    hits, misses = 0, []
    for form in forms():
        found = ranker_without(form, kind, is_cold=is_cold).rank(form.name, form.fields)
        for field in form.fields:
            right = form.right.get(field.code)
            if right is None:
                continue
            if found[field.code][:1] and found[field.code][0].code == right:
                hits += 1
            else:
                misses.append((f"{form.code}.{field.code}", field.label, right.partition("@")[0]))
    return hits, misses
