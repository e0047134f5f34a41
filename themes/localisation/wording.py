"""Elements, values and their sources in words that a clerk understands."""

from typing import Any, Protocol

from themes.localisation.elements import kind_of
from themes.localisation.keys import steps_of
from themes.packages.structure import FrozenTheme

LONGEST_TOLD = 60


class ExceptionAsked(Protocol):
    """An exception: the value that is asked for and the city's."""

    asked_value: Any
    city_value: Any


def name_of(key: str, frozen: FrozenTheme | None = None) -> str:
    """What the element is called, with the item, field, window or notice that it belongs to."""
    kind, steps = kind_of(key), steps_of(key)
    if kind is None:
        return key
    names = [_owner(steps, frozen)] if len(steps) > 1 else []
    if steps[0] == "items" and len(steps) > 3:
        names.append(_part(steps, frozen))
    if kind.pattern == "service_points/*/holidays/*":
        names.append(steps[3])
    if kind.pattern not in ("items/*", "service_points/*", "notices/*", "optional/*", "items/*/materials/*"):
        names.append(kind.label)
    return " · ".join(name for name in names if name)


def told(value: Any) -> str:
    """A value in few words."""
    if value is None:
        return "无"
    if value is True:
        return "是"
    if isinstance(value, dict):
        return _told_tree(value)
    if isinstance(value, list):
        return "，".join(str(part) for part in value)
    text = str(value)
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"


def asked_told(asked: ExceptionAsked) -> str:
    """What a district asks for beside what the city says."""
    if asked.asked_value is None:
        return "没有记录当时申请的内容"
    return f"市级 {told(asked.city_value)}，本区申请 {told(asked.asked_value)}"


def _told_tree(value: dict[str, Any]) -> str:
    if "address" in value:
        parts = [value["address"], value.get("window", ""), value.get("hours", ""), value.get("phone", "")]
    elif "title" in value:
        parts = [value["title"], value["content"]]
    elif "mandatory" in value:
        parts = ["一律办理"]
    elif "register" in value or "when" in value:
        condition = "符合条件时提交" if value.get("when") else ""
        parts = [value.get("register", ""), condition, value.get("note", "")]
    else:
        parts = []
    text = "；".join(part for part in parts if part) or "有"
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"


def _owner(steps: tuple[str, ...], frozen: FrozenTheme | None) -> str:
    code = steps[1]
    if frozen is None:
        return code
    if steps[0] in ("items", "optional") and code in frozen.items:
        return frozen.items[code].daily_name or frozen.items[code].name
    if steps[0] == "notices":
        return next((notice.title for notice in frozen.document.notices if notice.code == code), f"本区须知（{code}）")
    return code


def _part(steps: tuple[str, ...], frozen: FrozenTheme | None) -> str:
    if frozen is None:
        return steps[3]
    if steps[2] == "materials":
        return frozen.materials[steps[3]].name if steps[3] in frozen.materials else steps[3]
    if steps[2] == "fields":
        labels = {field.code: field.label for field in frozen.item_forms.get(steps[1], ())}
        return labels.get(steps[3], steps[3])
    return ""
