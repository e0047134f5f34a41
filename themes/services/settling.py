"""Collisions are settled with a reason, and taken up again. Merging the two entries is another matter."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from themes import selectors
from themes.models import Collision


@transaction.atomic
def settle_collision(*, actor: User, pk: int, note: str) -> Collision:
    """The two entries stay two entries, and the collision no longer waits for anybody."""
    return _turn(actor, pk, note, is_settled=True)


@transaction.atomic
def reopen_collision(*, actor: User, pk: int, note: str) -> Collision:
    """The collision waits for a decision again."""
    return _turn(actor, pk, note, is_settled=False)


def _turn(actor: User, pk: int, note: str, *, is_settled: bool) -> Collision:
    note = require_note(note)
    collision = selectors.get_collision(actor, pk, lock=True)
    division = collision.theme.subject.division
    actor.require("themes.settle_collision", within=division)
    if collision.is_settled == is_settled:
        raise WrongState("这处代码冲突已经处理过了。" if is_settled else "这处代码冲突还没有处理。")
    collision.is_settled = is_settled
    collision.save(update_fields=["is_settled"])
    trail.record(
        actor,
        "collision.settled" if is_settled else "collision.reopened",
        collision,
        division=division.code,
        before={"is_settled": not is_settled},
        after={"is_settled": is_settled},
        reason=note,
        theme=collision.theme.code,
    )
    return collision
