"""The national lists beside what the city offers: what is configured here already, and what is still to be."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import Crumb, whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, Problem
from themes import selectors
from themes.models import NationalTheme, SceneCategory
from themes.pages.base import ActorPage
from themes.pages.categories import LIST
from themes.services.categories import in_order
from themes.services.national_themes import place_national_theme

_STATES = {"live": ("已上线", "good"), "drafted": ("配置中", "warn"), "open": ("尚未配置", "neutral")}


class NationalThemes(ActorPage):
    action = "registers.view"
    writes = NationalTheme
    nav = LIST
    title = "全国清单"
    template_name = "themes/national_themes.html"
    is_wide = True

    def breadcrumbs(self) -> Sequence[Crumb]:
        """The tree of categories, the lists."""
        return (Crumb("场景分类", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """Every list with its entries, as filtered, and how far the city is with each."""
        query, typed, today = self.request.GET, self.request.POST, clock.today()
        entries = [self._entry(row, typed) for row in selectors.list_national_themes(self.actor)]
        state, category = query.get("state", ""), query.get("category", "")
        shown = [
            entry
            for entry in entries
            if (not state or entry["state_code"] == state)
            and (not category or (entry["row"].category.code if entry["row"].category else "none") == category)
        ]
        batches: dict[str, dict[str, Any]] = {}
        for entry in shown:
            row = entry["row"]
            listed = sum(one["row"].batch == row.batch for one in entries)
            batch = {"name": row.batch_name, "total": row.batch_total, "listed": listed, "entries": []}
            batches.setdefault(row.batch, batch)["entries"].append(entry)
        return {
            "batches": batches.values(),
            "total": len(entries),
            "counts": [
                (title, sum(entry["state_code"] == code for entry in entries), code)
                for code, (title, _) in _STATES.items()
            ],
            "state": state,
            "category": category,
            "categories": in_order(SceneCategory.objects.in_force(today).filter(merged_into=None)),
            "themes": selectors.names_by_code(self.actor).items(),
            "may_edit": self.actor.may("registers.edit"),
        }

    def _entry(self, row: Any, typed: Any) -> dict[str, Any]:
        is_known = row.theme_id is not None and row.is_seen
        state_code = "open" if not is_known else "live" if row.is_live else "drafted"
        text, tone = _STATES[state_code]
        category = row.category.code if row.category else ""
        theme = row.theme.code if is_known else ""
        return {
            "row": row,
            "state_code": state_code,
            "state": text,
            "tone": tone,
            "theme": row.theme if is_known else None,
            "typed_category": typed.get(f"category:{row.pk}", category),
            "typed_theme": typed.get(f"theme:{row.pk}", theme),
            "category_code": category,
            "theme_code": theme,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Every entry that was changed stands where it was put, or none does; refused in place otherwise."""
        self.actor.require("registers.edit")
        typed, placed = request.POST, 0
        problems: list[Problem] = []
        with transaction.atomic():
            for pk in self._numbers(typed):
                if not self._is_changed(typed, pk):
                    continue
                try:
                    self._put(typed, pk)
                    placed += 1
                except Invalid as refusal:
                    problems += refusal.problems
            if problems:
                raise Invalid(problems=tuple(problems))
        return self.done(f"已保存 {placed} 项。" if placed else "没有改动。", request.get_full_path())

    def _numbers(self, typed: Any) -> Iterator[int]:
        """The keys of the entries that were sent."""
        for name in typed:
            before, _, number = name.partition(":")
            pk = whole_number(number) if before == "revision" else None
            if pk is not None:
                yield pk

    def _is_changed(self, typed: Any, pk: int) -> bool:
        return any(typed.get(f"{what}:{pk}", "") != typed.get(f"was_{what}:{pk}", "") for what in ("category", "theme"))

    def _put(self, typed: Any, pk: int) -> None:
        place_national_theme(
            actor=self.actor,
            pk=pk,
            category=typed.get(f"category:{pk}", "").strip(),
            theme=typed.get(f"theme:{pk}", "").strip(),
            expected_revision=whole_number(typed.get(f"revision:{pk}", "")),
        )
