"""One collision: what is registered beside what the dossier brought, and the decision of city operation."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from forms_builder.models import Dictionary, FieldMove, MaterialMove, PublicField
from forms_builder.services.judging_merges import Judged, judge_merge
from forms_builder.services.merging_materials import judge_material_merge, undo_material_merge
from forms_builder.services.moving_entries import undo_move, why_not_undone
from forms_builder.services.uses_told import tell_references
from opsplatform.audit.selectors import list_entries_of
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.console.pages import Crumb
from opsplatform.kernel.errors import Invalid, WrongState
from opsplatform.organizations.models import BodyKind
from themes import selectors
from themes.models import Collision
from themes.pages.base import ActorPage
from themes.pages.wording.collisions import differences_of
from themes.services.settling import may_merge, merge_collision, reopen_collision, settle_collision

_REGISTERS: dict[str, tuple[type[Model], str]] = {  # a body and a window have no code of their own to be found by
    Collision.Kind.PUBLIC_FIELD: (PublicField, "code"),
    Collision.Kind.MATERIAL: (Material, "code"),
    Collision.Kind.BODY_KIND: (BodyKind, "code"),
    Collision.Kind.ITEM: (ServiceItem, "key"),
    Collision.Kind.DICTIONARY: (Dictionary, "code"),
}


class CollisionPage(ActorPage):
    """Everybody who sees the theme may read it; the decision is for who may settle."""

    action = "registers.view"
    nav = "admin:themes_collision_changelist"
    template_name = "themes/collision.html"

    @cached_property
    def collision(self) -> Collision:
        """The collision; raises NotFound out of the person's sight."""
        return selectors.get_collision(self.actor, self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.collision)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, collision."""
        return (Crumb("代码冲突", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """Both entries, how they differ, what was decided and why."""
        collision = self.collision
        return {
            "collision": collision,
            "registered": _entry(collision.kind, collision.existing_code),
            "own": _entry(collision.kind, collision.qualified_code) if collision.qualified_code else None,
            "differences": differences_of(collision),
            **self._merging(collision),
            "decided": list_entries_of(collision).filter(action__startswith="collision.").order_by("-id").first(),
            "may_settle": self.actor.may("themes.settle_collision", within=collision.theme.subject.division),
            "note": self.request.POST.get("note", ""),
        }

    def _merging(self, collision: Collision) -> dict[str, Any]:
        """Whether the two are one by now, and what merging them would do where it can be done."""
        if not may_merge(collision):
            return {}
        codes = [collision.qualified_code, collision.existing_code]
        rows: Any = _REGISTERS[collision.kind][0]._default_manager.select_related("merged_into")
        entries = {entry.code: entry for entry in rows.filter(code__in=codes)}
        if len(entries) < len(codes):
            return {}
        own, registered = (entries[code] for code in codes)
        if own.merged_into is not None:
            move = self._move()
            return {
                "merged": _entry(collision.kind, own.code),
                "into": _entry(collision.kind, own.merged_into.code),
                "move": move,
                "why_not": why_not_undone(move) if move else "",
            }
        judged = None if collision.is_settled else _judged(own, registered)
        return {"judged": judged, "uses": tell_references(self.actor, collision.kind, own.code).open}

    def _move(self) -> Any:
        """By which the dossier's entry was merged, if that still counts."""
        moves = MaterialMove if self.collision.kind == Collision.Kind.MATERIAL else FieldMove
        counting = moves._default_manager.filter(kind=moves.Kind.MERGE, undone_at=None)
        return counting.filter(source__code=self.collision.qualified_code).select_related("source", "target").first()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The collision is settled or open again; refused in place otherwise."""
        note = request.POST.get("note", "")
        match request.POST.get("do"):
            case "settle":
                settle_collision(actor=self.actor, pk=pk, note=note)
                return self.done("已处理：保留为两项。", "themes:collision", pk=pk)
            case "merge":
                move = merge_collision(actor=self.actor, pk=pk, note=note)
                return self.done(
                    f"已处理：合并为一项，改写了 {len(move.documents)} 份草稿。", "themes:collision", pk=pk
                )
            case "undo":
                self._undo(note)
                return self.done("已撤销合并，恢复为两项；这处冲突重新列为待处理。", "themes:collision", pk=pk)
            case "reopen":
                reopen_collision(actor=self.actor, pk=pk, note=note)
                return self.done("已重新列为待处理。", "themes:collision", pk=pk)
            case _:
                raise Invalid("没有这项操作。")

    def _undo(self, note: str) -> None:
        move = self._move()
        if move is None:
            raise WrongState("没有可以撤销的合并。")
        undo = undo_material_merge if isinstance(move, MaterialMove) else undo_move
        undo(actor=self.actor, pk=move.pk, note=note)


def _judged(own: Any, registered: Any) -> Judged:
    if isinstance(own, Material):
        return Judged(tuple(judge_material_merge(own, registered)))
    return judge_merge(own, registered)


def _entry(kind: str, code: str) -> dict[str, str]:
    """The register entry's code, name and page; only the code where it cannot be found by it."""
    if kind in _REGISTERS:
        model, column = _REGISTERS[kind]
        row = model._default_manager.filter(**{column: code}).first()
        if row is not None:
            page = (
                reverse("public_fields:field", args=[code])
                if model is PublicField
                else reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            )
            return {"code": code, "name": str(row), "url": page}
    return {"code": code, "name": "", "url": ""}
