"""Collisions are settled with a reason, by keeping both entries or by merging them, and taken up again."""

from typing import Literal

from django.db import transaction

from forms_builder.models import Move
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.merging_materials import merge_materials
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.audit.selectors import list_entries_of
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from themes import selectors
from themes.models import Collision

Event = Literal["settled", "merged", "reopened"]


@transaction.atomic
def settle_collision(*, actor: User, pk: int, note: str) -> Collision:
    """The two entries stay two entries, and the collision no longer waits for anybody."""
    return _turn(actor, pk, note, "settled")


@transaction.atomic
def reopen_collision(*, actor: User, pk: int, note: str) -> Collision:
    """The collision waits for a decision again."""
    return _turn(actor, pk, note, "reopened")


@transaction.atomic
def merge_collision(*, actor: User, pk: int, note: str) -> Move:
    """The dossier's entry is merged into the registered one, and the collision no longer waits for anybody."""
    collision = _turn(actor, pk, note, "merged")
    if not may_merge(collision):
        raise WrongState("只有另行登记的公共字段和材料可以合并。")
    merge = merge_fields if collision.kind == Collision.Kind.PUBLIC_FIELD else merge_materials
    return merge(actor=actor, source=collision.qualified_code, target=collision.existing_code, note=require_note(note))


def may_merge(collision: Collision) -> bool:
    """Whether merging is a way to settle it: two public fields, or two materials, stand in the register."""
    return collision.kind in (Collision.Kind.PUBLIC_FIELD, Collision.Kind.MATERIAL) and bool(collision.qualified_code)


def reopen_undone(actor: User, move: Move, note: str) -> None:
    """The collisions that the move settled, which is undone now, wait for a decision again."""
    rows = Collision.objects.filter(
        kind=move.register,
        qualified_code=move.source.code,  # type: ignore[attr-defined]
        existing_code=move.target.code,  # type: ignore[attr-defined]
        is_settled=True,
    )
    for collision in rows.select_related("theme__subject__division").select_for_update(of=("self",), no_key=True):
        if last_decision(collision) == "collision.merged":
            _record(actor, collision, "reopened", note)


def last_decision(collision: Collision) -> str:
    """The audit action by which it was decided last; empty where it never was."""
    decided = list_entries_of(collision).filter(action__startswith="collision.").order_by("-id")
    return decided.values_list("action", flat=True).first() or ""


def _turn(actor: User, pk: int, note: str, event: Event) -> Collision:
    note, is_settled = require_note(note), event != "reopened"
    collision = selectors.get_collision(actor, pk, lock=True)
    actor.require("themes.settle_collision", within=collision.theme.subject.division)
    if collision.is_settled == is_settled:
        raise WrongState("这处代码冲突已经处理过了。" if is_settled else "这处代码冲突还没有处理。")
    _record(actor, collision, event, note)
    return collision


def _record(actor: User, collision: Collision, event: Event, note: str) -> None:
    was, collision.is_settled = collision.is_settled, event != "reopened"
    collision.save(update_fields=["is_settled"])
    trail.record(
        actor,
        f"collision.{event}",
        collision,
        division=collision.theme.subject.division.code,
        before={"is_settled": was},
        after={"is_settled": collision.is_settled},
        reason=note,
        theme=collision.theme.code,
    )
