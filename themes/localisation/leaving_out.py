"""A frozen theme without some of its items: nothing left in it names them."""

from collections.abc import Set
from typing import Any

from msgspec.structs import replace

from themes.documents import Effect, Guidance
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
            guidance=_guidance(document.guidance, codes),
        ),
        items=_kept(frozen.items, codes),
        item_forms=_kept(frozen.item_forms, codes),
        sections=_kept(frozen.sections, codes),
        crosswalks=tuple(
            replace(crosswalk, items=tuple(code for code in crosswalk.items if code not in codes))
            for crosswalk in frozen.crosswalks
        ),
    )


def _kept(by_item: dict[str, Any], codes: Set[str]) -> dict[str, Any]:
    return {code: content for code, content in by_item.items() if code not in codes}


def _guidance(guidance: Guidance, codes: Set[str]) -> Guidance:
    rules = tuple(
        replace(rule, effects=tuple(effect for effect in rule.effects if _item_of(effect) not in codes))
        for rule in guidance.rules
    )
    return replace(guidance, rules=rules)


def _item_of(effect: Effect) -> str | None:
    return getattr(effect, "item", None)
