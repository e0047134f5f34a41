"""A frozen theme without some of its items or notices: nothing left in it names them."""

from collections.abc import Set
from typing import Any

from msgspec.structs import replace

from themes.documents import Guidance
from themes.packages.structure import FrozenTheme


def without_items(frozen: FrozenTheme, codes: Set[str]) -> FrozenTheme:
    """The theme as if these items had never been in it; saved cases stay, which say what people answer."""
    if not codes:
        return frozen
    document = frozen.document
    return replace(
        frozen,
        document=replace(
            document,
            items=tuple(
                replace(item, depends_on=tuple(code for code in item.depends_on if code not in codes))
                for item in document.items
                if item.code not in codes
            ),
            materials=tuple(
                replace(binding, result_of_item=None) if binding.result_of_item in codes else binding
                for binding in document.materials
            ),
            guidance=_without_effects(document.guidance, "item", codes),
        ),
        items=_kept(frozen.items, codes),
        item_forms=_kept(frozen.item_forms, codes),
        sections=_kept(frozen.sections, codes),
        crosswalks=tuple(
            replace(crosswalk, items=tuple(code for code in crosswalk.items if code not in codes))
            for crosswalk in frozen.crosswalks
        ),
    )


def without_notices(frozen: FrozenTheme, codes: Set[str]) -> FrozenTheme:
    """The theme as if these notices had never been in it."""
    if not codes:
        return frozen
    document = frozen.document
    return replace(
        frozen,
        document=replace(
            document,
            notices=tuple(notice for notice in document.notices if notice.code not in codes),
            guidance=_without_effects(document.guidance, "notice", codes),
        ),
    )


def _kept(by_item: dict[str, Any], codes: Set[str]) -> dict[str, Any]:
    return {code: content for code, content in by_item.items() if code not in codes}


def _without_effects(guidance: Guidance, names: str, codes: Set[str]) -> Guidance:
    """The guidance without what rules do with these items or notices: `names` is the part of an effect that says so."""
    rules = tuple(
        replace(rule, effects=tuple(effect for effect in rule.effects if getattr(effect, names, None) not in codes))
        for rule in guidance.rules
    )
    return replace(guidance, rules=rules)
