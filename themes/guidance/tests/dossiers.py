"""The two dossiers of sample_data as structs, as far as guidance needs them."""

import json
from pathlib import Path
from typing import Any

import msgspec

from themes.documents import Guidance, ThemeItem

SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
DOSSIERS = ("theme_restaurant", "theme_dog_license")


def load_dossier(name: str) -> dict[str, Any]:
    return json.loads((SAMPLE_DATA / f"{name}.json").read_text(encoding="utf-8"))


def read_guidance(dossier: dict[str, Any]) -> Guidance:
    guide = dossier["guide"]
    return msgspec.convert({**guide, "questions": [_question(one) for one in guide["questions"]]}, Guidance)


def read_items(dossier: dict[str, Any]) -> list[ThemeItem]:
    return [
        msgspec.convert(
            {key: item[key] for key in ("code", "mandatory", "materials")} | {"item": item["code"]}, ThemeItem
        )
        for item in dossier["items"]
    ]


def _question(question: dict[str, Any]) -> dict[str, Any]:
    """A dossier names the list of divisions where a struct has no options."""
    options = question["options"] if isinstance(question["options"], list) else []
    return {**question, "options": options}
