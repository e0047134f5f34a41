"""What the city lets a district do with an element: its own rules for the theme, else those of domain.md §5."""

from typing import Any

from themes.documents import ElementMode, ElementRule, LocalisationPolicy
from themes.localisation.documents import Operation
from themes.localisation.elements import KINDS, ElementKind, kind_of
from themes.localisation.keys import ANY, fits

MODES: dict[ElementMode, str] = {"locked": "不能改", "free": "可以改", "extend_only": "只能增加"}


def policy_in(policy: LocalisationPolicy, division: str) -> LocalisationPolicy:
    """What holds in the division: its own rules go before those of the same element that hold in all."""
    own = next((one for one in policy.districts if one.code == division), None)
    if own is None:
        return LocalisationPolicy(rules=policy.rules, on_conflict=policy.on_conflict)
    named = {rule.code for rule in own.rules}
    return LocalisationPolicy(
        rules=(*own.rules, *(rule for rule in policy.rules if rule.code not in named)),
        on_conflict=own.on_conflict or policy.on_conflict,
    )


def mode_of(policy: LocalisationPolicy, key: str) -> ElementMode:
    """The mode of the rule that names most steps of the key, else of the kind of element; unknown ones are locked.

    Of what holds in one division (`policy_in`).
    """
    kind = kind_of(key)
    if kind is None or kind.is_fixed:
        return "locked"
    rules = [rule for rule in policy.rules if fits(rule.code, key)]
    mode = min(rules, key=lambda rule: rule.code.split("/").count(ANY)).mode if rules else kind.mode
    return mode if mode in modes_for(kind) else "extend_only"


def modes_for(kind: ElementKind) -> dict[ElementMode, str]:
    """What the city can say about elements of the kind, in words."""
    return {mode: told for mode, told in MODES.items() if mode != "free" or not kind.is_only_added}


def opens_something(rule: ElementRule) -> bool:
    """Whether some element that is not fixed could fit the rule; one that fits none says nothing."""
    wanted = rule.code.split("/")
    return any(
        not kind.is_fixed
        and len(kind.pattern.split("/")) == len(wanted)
        and all(
            ANY in (step, other) or step == other for step, other in zip(kind.pattern.split("/"), wanted, strict=True)
        )
        for kind in KINDS
    )


def permits(policy: LocalisationPolicy, operation: Operation, city: Any) -> bool:
    """Whether the city lets a district do this where its own value is `city`."""
    mode = mode_of(policy, operation.code)
    return mode == "free" or (mode == "extend_only" and city is None)


def why_not(policy: LocalisationPolicy, key: str) -> str:
    """Why a district cannot change the element, in words."""
    kind = kind_of(key)
    if kind is None:
        return "主题没有这一项"
    if not kind.is_fixed and any(fits(rule.code, key) for rule in policy.rules):
        return f"市级为这个主题规定：{MODES[mode_of(policy, key)]}"
    return kind.why
