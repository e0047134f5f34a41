"""The two real themes as contributions to the merge core, straight from their dossiers."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from forms_builder.documents import FormField
from forms_builder.merge.form import Contribution, FormMerger, MergedForm, Presentation
from opsplatform.kernel.conditions import Condition, compile_condition

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data"
THEMES = ("theme_restaurant", "theme_dog_license")
FIELD_KEYS = set(FormField.__struct_fields__)


@cache
def dossier(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@cache
def dictionaries() -> dict[str, tuple[str, ...]]:
    listed = dossier("dictionaries")["dictionaries"]
    return {one["code"]: tuple(entry["code"] for entry in one["items"]) for one in listed}


def form_field(tree: dict[str, Any]) -> FormField:
    """A dossier field; its visible_when is over questions, hence a binding of the theme and no part of the form."""
    kept = {key: value for key, value in tree.items() if key in FIELD_KEYS - {"visible_when"} and value is not None}
    return msgspec.convert({**kept, "public_field": tree.get("common")}, FormField)


@cache
def contributions(name: str) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(item["code"], form_field(field), field["common"] or f"{item['code']}.{field['code']}")
        for item in dossier(name)["items"]
        for field in item["fields"]
    )


@cache
def merger(name: str) -> FormMerger:
    public = {field["code"]: field for field in dossier(name)["public_fields"]}
    return FormMerger(
        contributions(name),
        dictionaries=dictionaries(),
        presentation={code: Presentation(one["label"], one["group"], one["order"]) for code, one in public.items()},
        speaks={code: one["dictionary"] for code, one in public.items()},
    )


def active_items(name: str, items: list[str], answers: dict[str, Any]) -> list[tuple[str, frozenset[str]]]:
    active = []
    for item in dossier(name)["items"]:
        if item["code"] in items:
            shown = (field["code"] for field in item["fields"] if _shown(field, answers))
            active.append((item["code"], frozenset(shown)))
    return active


def _shown(field: dict[str, Any], answers: dict[str, Any]) -> bool:
    condition = field.get("visible_when")
    return compile_condition(msgspec.convert(condition, Condition) if condition else None)(answers)


def example_form(name: str, example: dict[str, Any]) -> MergedForm:
    return merger(name).merge(active_items(name, example["expected"]["items"], example["answers"]))


EXAMPLES = [(name, example) for name in THEMES for example in dossier(name)["worked_examples"]]
