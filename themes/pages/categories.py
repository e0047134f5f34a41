"""The tree of scene categories: how many themes each stage holds, and work on the tree by mouse and by keyboard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from opsplatform.console.pages import whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from themes import selectors
from themes.models import SceneCategory
from themes.pages.base import ActorPage
from themes.services.categories import in_order, move_category, save_category

LIST = "categories:tree"


@dataclass(frozen=True)
class Node:
    """One category with what lies below it, and the codes of the siblings around it; empty where there is none."""

    category: SceneCategory
    depth: int
    children: tuple["Node", ...]
    previous: str
    following: str
    after_following: str
    live: int
    drafts: int
    open_national: int
    is_over: bool

    @property
    def code(self) -> str:
        """The category's code."""
        return str(self.category.code)

    @property
    def parent(self) -> str:
        """The code of the category above; empty at the top."""
        return str(self.category.parent.code) if self.category.parent else ""


class CategoryTree(ActorPage):
    action = "registers.view"
    writes = SceneCategory
    nav = LIST
    title = "场景分类"
    template_name = "themes/categories.html"

    @cached_property
    def rows(self) -> list[SceneCategory]:
        """Every category."""
        return list(SceneCategory.objects.select_related("parent", "merged_into"))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The tree; categories that are over only where they are asked for."""
        counts, today = selectors.count_themes_by_category(self.actor), clock.today()
        waiting: dict[int | None, int] = {}
        for entry in selectors.list_national_themes(self.actor):
            if not (entry.theme_id and entry.is_seen):  # type: ignore[attr-defined]
                waiting[entry.category_id] = waiting.get(entry.category_id, 0) + 1
        shown = [row for row in self.rows if self.shows_past or not row.is_over(today)]

        def below(parent: int | None, depth: int) -> tuple[Node, ...]:
            siblings = in_order(row for row in shown if row.parent_id == parent)
            codes = ["", *(row.code for row in siblings), "", ""]
            return tuple(
                Node(
                    row,
                    depth,
                    below(row.pk, depth + 1),
                    *(codes[number], codes[number + 2], codes[number + 3]),
                    *counts.get(row.pk, (0, 0)),
                    waiting.get(row.pk, 0),
                    row.is_over(today),
                )
                for number, row in enumerate(siblings)
            )

        return below(None, 0)

    @property
    def shows_past(self) -> bool:
        """Whether categories that are over are asked for."""
        return "past" in self.request.GET

    def context(self) -> dict[str, Any]:
        """The tree, flat and in order, with what may be done to it."""
        lines = list(flat(self.nodes))
        today = clock.today()
        return {
            "lines": lines,
            "shows_past": self.shows_past,
            "past_count": sum(row.is_over(today) for row in self.rows),
            "may_edit": self.actor.may("registers.edit"),
            "register_url": reverse("admin:themes_scenecategory_changelist"),
            "national": self._national(),
            "typed": self.request.POST if self.request.POST.get("do") == "add" else {},
        }

    def _national(self) -> dict[str, int]:
        rows = list(selectors.list_national_themes(self.actor))
        configured = [row for row in rows if row.theme_id and row.is_seen]  # type: ignore[attr-defined]
        return {
            "total": len(rows),
            "open": len(rows) - len(configured),
            "unplaced": sum(row.category_id is None for row in rows),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """A category is added, or stands elsewhere in the tree."""
        typed = request.POST
        do = typed.get("do", "")
        if do == "add":
            return self._add(typed)
        places = {"up", "down", "in", "out", "place"}
        if do not in places:
            raise Invalid("没有这项操作。")
        node = next((one for one in flat(self.nodes) if one.code == typed.get("code")), None)
        if node is None:
            raise NotFound
        parent, before = _place(node, do, typed, self.nodes)
        move_category(
            actor=self.actor,
            code=node.code,
            parent=parent or None,
            before=before or None,
            expected_revision=whole_number(typed.get("revision", "")),
        )
        past = "?past" if self.shows_past else ""
        return self.done(f"“{node.category}”已移动。", f"{reverse(LIST)}{past}#c-{node.code}")

    def _add(self, typed: Any) -> HttpResponse:
        parent = next((row for row in self.rows if row.code == typed.get("parent")), None)
        if typed.get("parent") and parent is None:
            raise Invalid(problems=(Problem("/parent", "unknown_code", "没有这个上级分类。"),))
        last = max((row.order for row in self.rows if row.parent_id == (parent.pk if parent else None)), default=-1)
        values = {"code": typed.get("code", "").strip(), "name": typed.get("name", "").strip(), "parent": parent}
        added = save_category(actor=self.actor, values={**values, "order": last + 1})
        return self.done(f"已新增“{added}”。", f"{reverse(LIST)}#c-{added.code}")


def flat(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node before what lies below it."""
    for node in nodes:
        yield node
        yield from flat(node.children)


def _place(node: Node, do: str, typed: Any, nodes: Sequence[Node]) -> tuple[str, str]:
    """Below which category, and before which, the node stands afterwards."""
    if do == "up" and node.previous:
        return node.parent, node.previous
    if do == "down" and node.following:
        return node.parent, node.after_following
    if do == "in" and node.previous:
        return node.previous, ""
    if do == "out" and node.parent:
        above = next(one for one in flat(nodes) if one.code == node.parent)
        return above.parent, above.following
    if do == "place":
        return typed.get("parent", ""), typed.get("before", "")
    raise Invalid("已经在这个方向的尽头。")
