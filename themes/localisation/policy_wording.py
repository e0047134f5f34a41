"""What the city lets districts change, in words, and the elements of a theme about which it can say something."""

from collections.abc import Iterator

from themes.documents import ElementRule, LocalisationPolicy
from themes.localisation.elements import KINDS, ElementKind, kind_of
from themes.localisation.keys import ANY, key_of, steps_of
from themes.localisation.policy import MODES
from themes.packages.structure import FrozenTheme

ON_CONFLICT = {
    "keep_old": "旧版保留，等区里决定、审核并发布后再换成新版",
    "suspend": "市级新版照常上线，区里有冲突的改动暂停，等区里决定",
}
_OF_ITEMS = ("items/*/promised_days", "items/*/onsite_times", "items/*/materials/*", "items/*/conditions/*",
             "items/*/fields/*/required")  # fmt: skip


def open_kinds() -> list[ElementKind]:
    """The kinds of elements about which the city can say something."""
    return [kind for kind in KINDS if not kind.is_fixed]


def kind_name(kind: ElementKind) -> str:
    """What the kind of element is called; parts of windows with what they are part of."""
    return f"办理地址的{kind.label}" if kind.pattern.startswith("service_points/*/") else kind.label


def single_elements(frozen: FrozenTheme) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What a rule can be about besides whole kinds: groups by name, then code of the rule and what it is called."""
    for item in frozen.document.items:
        codes = [
            key_of("items", item.code),
            *(pattern.replace(ANY, item.code, 1) for pattern in _OF_ITEMS),
            *(key_of("items", item.code, "materials", use.material) for use in item.materials),
        ]
        content = frozen.items[item.code]
        yield content.daily_name or content.name, [(code, rule_name(code, frozen)) for code in codes]
    notices = [key_of("notices", notice.code) for notice in frozen.document.notices]
    if notices:
        yield "须知", [(code, rule_name(code, frozen)) for code in notices]


def rule_name(code: str, frozen: FrozenTheme) -> str:
    """What a rule is about, in words."""
    kind, steps = kind_of(code), steps_of(code)
    if kind is None:
        return code
    if len(steps) == 1 or steps[1] == ANY:
        return kind_name(kind)
    if steps[0] == "notices":
        title = next((notice.title for notice in frozen.document.notices if notice.code == steps[1]), steps[1])
        return f"须知“{title}”"
    if steps[0] != "items":
        return f"{steps[1]} · {kind.label}"
    content = frozen.items.get(steps[1])
    owner = (content.daily_name or content.name) if content else steps[1]
    if len(steps) > 3 and steps[2] == "materials" and steps[3] != ANY:
        material = frozen.materials.get(steps[3])
        return f"{owner} · 材料“{material.name if material else steps[3]}”"
    return f"{owner} · {kind.label}" if len(steps) > 2 else f"事项“{owner}”"


def policy_told(policy: LocalisationPolicy, frozen: FrozenTheme) -> Iterator[tuple[str, str]]:
    """Everything that the policy says: about what, and what it says."""
    yield "市级与区里改了同一处时", ON_CONFLICT[policy.on_conflict]
    yield from _rules_told(policy.rules, frozen, "")
    for district in policy.districts:
        place = frozen.divisions.get(district.code)
        where = f"{place.name if place else district.code}："
        if district.on_conflict is not None:
            yield f"{where}市级与区里改了同一处时", ON_CONFLICT[district.on_conflict]
        yield from _rules_told(district.rules, frozen, where)


def _rules_told(rules: tuple[ElementRule, ...], frozen: FrozenTheme, where: str) -> Iterator[tuple[str, str]]:
    for rule in rules:
        yield f"{where}{rule_name(rule.code, frozen)}", MODES[rule.mode]
