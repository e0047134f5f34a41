"""The two real themes as packages, straight from their dossiers and without a database."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from forms_builder.documents import DictionaryContent, DictionaryEntryContent, FormField
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import write
from themes.dossier.reading import RegisterCodes, to_theme_document
from themes.dossier.structure import Dossier, DossierItem
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import (
    BodyContent,
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


@cache
def opened_with_streets() -> OpenPackage:
    """The dog licence whose forms ask for streets, within a field: chosen, from guidance, at times hidden."""
    return OpenPackage(compile_package(frozen_with_streets(), DISTRICT, 1))


def frozen_with_streets(**changes: FormField) -> FrozenTheme:
    """The theme of `opened_with_streets`, with other fields in place of some of REGP, by code."""
    theme = frozen("theme_dog_license")
    district = _street_field("KEEP_DIST", "饲养地所在区", dictionary="sh_district", required=True)
    street = _street_field("KEEP_STREET", "饲养地所在街镇", within="KEEP_DIST", required=True)
    posted = _street_field("POST_STREET", "领证街镇", within="DIST")
    walked = _street_field("WALK_STREETS", "遛犬街镇", data_type="multi_dict", within="WALK_DIST")
    above = _street_field("WALK_DIST", "遛犬所在区", dictionary="sh_district")
    above = msgspec.structs.replace(above, visible_when=Condition(q="KEEP_DIST", op="ne", value="310106"))
    added = {one.code: one for one in (district, street, posted, above, walked)} | changes
    forms = {
        **theme.item_forms,
        "REGP": (*theme.item_forms["REGP"], *added.values()),
        "IMM": (*theme.item_forms["IMM"], district, street),
    }
    return msgspec.structs.replace(theme, item_forms=forms, dictionaries={**theme.dictionaries, **_street_lists()})


def _street_field(code: str, label: str, **more: Any) -> FormField:
    told = {"data_type": "dict", "dictionary": "sh_street", "order": 900} | more
    return msgspec.convert({"code": code, "label": label, **told}, FormField)


@cache
def _street_lists() -> dict[str, DictionaryContent]:
    return {
        one["code"]: DictionaryContent(
            name=one["name"],
            parent_dictionary=one.get("parent_dictionary"),
            entries=msgspec.convert(one["items"], tuple[DictionaryEntryContent, ...]),
        )
        for one in tree("streets")["dictionaries"]
    }


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
