"""The two real themes as packages, straight from their dossiers and without a database."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from forms_builder.documents import FormField
from opsplatform.kernel.documents import write
from themes.dossier.reading import RegisterCodes, to_theme_document
from themes.dossier.structure import Dossier, DossierItem
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import (
    BodyContent,
    DictionaryContent,
    DictionaryEntryContent,
    DivisionContent,
    FrozenTheme,
    ItemContent,
    MaterialContent,
    PublicFieldContent,
)

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data"
THEMES = ("theme_restaurant", "theme_dog_license")
DISTRICT = "310101"


@cache
def tree(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


@cache
def frozen(name: str) -> FrozenTheme:
    """The theme as it would be frozen into registers that hold nothing else: every code is its own register code."""
    dossier = msgspec.convert(tree(name), Dossier)
    codes = RegisterCodes(
        kinds={one.code: one.code for one in dossier.departments if one.is_kind},
        public_fields={one.code: one.code for one in dossier.public_fields},
        materials={one.code: one.code for one in dossier.materials},
        items={one.code: one.code for one in dossier.items},
    )
    return FrozenTheme(
        document=to_theme_document(dossier, codes),
        items={item.code: _item(item) for item in dossier.items},
        item_forms={item.code: _fields(item) for item in dossier.items},
        materials={one.code: _alike(one, MaterialContent) for one in dossier.materials},
        public_fields={one.code: _alike(one, PublicFieldContent) for one in dossier.public_fields},
        dictionaries=_dictionaries(),
        departments={one.code: BodyContent(name=one.name, uscc=one.uscc) for one in dossier.departments},
        divisions=_divisions(),
    )


@cache
def opened(name: str) -> OpenPackage:
    return OpenPackage(compile_package(frozen(name), DISTRICT, 1))


def examples() -> list[tuple[str, dict[str, Any]]]:
    return [(name, example) for name in THEMES for example in tree(name)["worked_examples"]]


def _alike(source: Any, target: type[Any], **differing: Any) -> Any:
    """The target document with every field that the source has under the same name, and what differs."""
    held = write(source) | differing
    return msgspec.convert({key: held[key] for key in target.__struct_fields__ if key in held}, target)


def _item(item: DossierItem) -> ItemContent:
    return _alike(
        item,
        ItemContent,
        level_code=item.exercise_level_code,
        sequence=item.handle_code[len(item.implement_code) :],
        division_days=write(item.region_overrides),
    )


def _fields(item: DossierItem) -> tuple[FormField, ...]:
    # A dossier's visible_when is over questions and stands in the theme document; an item form's over its own fields.
    return tuple(_alike(field, FormField, public_field=field.common, visible_when=None) for field in item.fields)


@cache
def _dictionaries() -> dict[str, DictionaryContent]:
    return {
        one["code"]: DictionaryContent(
            name=one["name"],
            entries=tuple(DictionaryEntryContent(code=entry["code"], name=entry["name"]) for entry in one["items"]),
        )
        for one in tree("dictionaries")["dictionaries"]
    }


@cache
def _divisions() -> dict[str, DivisionContent]:
    shanghai = tree("divisions_shanghai")
    city = shanghai["province"]
    known = {city["code"]: DivisionContent(name=city["name"])}
    for district in shanghai["districts"]:
        known[district["code"]] = DivisionContent(name=district["name"], parent=city["code"])
        for street in district["streets"]:
            known[street["code"]] = DivisionContent(
                name=street["name"], parent=district["code"], is_statistical=street["kind"] == "statistical_unit"
            )
    return known
