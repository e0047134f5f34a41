"""How much a material is needed (材料必要性), by the codes of the national list."""

from collections.abc import Mapping

DICTIONARY = "material_necessity"
NAMES: Mapping[str, str] = {"1": "必要", "2": "非必要", "3": "容缺后补"}
_RANKS = {"2": 0, "3": 1, "1": 2}  # not needed, may follow later, needed


def is_more_needed(code: str | None, than: str | None) -> bool:
    """Whether the first code asks for more than the second; what is not known of either counts as asking for more."""
    return code != than and _RANKS.get(code or "", 2) > _RANKS.get(than or "", 0)
