"""The sidebar: rooms register their entries in `apps.ready()`; everyone sees those the policy table opens to them."""

from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse

Group = Literal["工作", "登记信息", "管理"]
GROUPS: tuple[Group, ...] = ("工作", "登记信息", "管理")
SIGNED_IN = "signed_in"  # instead of a policy action: open to everybody who is logged in


@dataclass(frozen=True)
class NavItem:
    """One entry. `icon` is a name of Material Symbols, `action` the policy action that opens it, `order` its place."""

    group: Group
    title: str
    icon: str
    url_name: str
    action: str
    order: int = 100


_ITEMS: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """The entries stand in the sidebar; one per URL name."""
    for item in items:
        if _ITEMS.setdefault(item.url_name, item) != item:
            raise ValueError(f"navigation entry {item.url_name} is registered twice")


def items() -> tuple[NavItem, ...]:
    """Every entry, in the order of the sidebar."""
    return tuple(sorted(_ITEMS.values(), key=lambda item: (GROUPS.index(item.group), item.order, item.title)))


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with the entries open to the person, in the shape Unfold renders."""
    opened = [(item, reverse(item.url_name)) for item in items() if is_open(request, item.action)]
    active = _active(request, [link for _, link in opened])
    return [
        {
            "title": group,
            "items": [
                {
                    "title": item.title,
                    "icon": item.icon,
                    "link": link,
                    "active": link == active,
                    "has_permission": True,
                }
                for item, link in opened
                if item.group == group
            ],
        }
        for group in GROUPS
    ]


def is_open(request: HttpRequest, action: str) -> bool:
    """Whether the person may open pages of this action at all."""
    user: Any = request.user
    return bool(user.is_authenticated and (action == SIGNED_IN or user.may_somewhere(action)))


def _active(request: HttpRequest, links: list[str]) -> str:
    """The longest entry above the current page, or the one the page names (`ConsolePage.nav`)."""
    place = getattr(request, "console_nav", None) or request.path
    above = [link for link in links if place == link or (link != "/" and place.startswith(link))]
    return max(above, key=len, default="")
