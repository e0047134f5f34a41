"""Merging and splitting public fields, and undoing it: at once where few drafts follow, else by background work.

What can be judged when it is asked for is judged then; the work judges again, with the rights and revisions of then.
"""

from collections.abc import Collection

from django.db import transaction

from forms_builder.models import FieldMove, PublicField
from forms_builder.services import where_used
from forms_builder.services.merging_fields import judged_for_merging, merge_fields
from forms_builder.services.moving_entries import undo_move, why_not_undone
from forms_builder.services.splitting_fields import judged_for_splitting, register_like, split_field
from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import asking
from opsplatform.kernel.errors import NotFound, WrongState
from opsplatform.kernel.notes import require_note

# the kinds of work that do this
MERGE, SPLIT = "forms_builder.merge_fields", "forms_builder.split_field"
UNDO = "forms_builder.undo_field_move"
FIELD = PublicField._meta.label_lower  # what such work says it is about
AT_ONCE = 100  # drafts that a request rewrites: each takes some hundredths of a second


@transaction.atomic
def merge_or_ask(
    *, actor: User, source: str, target: str, note: str, seen: tuple[int, int] | None = None
) -> FieldMove | Job:
    """The source is merged into the target, or work that does it is asked for.

    Raises what `merge_fields` raises; then nothing was changed and nothing asked for.
    """
    if _count_drafts(source) <= AT_ONCE:
        return merge_fields(actor=actor, source=source, target=target, note=note, seen=seen)
    note, left, kept = judged_for_merging(actor, source, target, note, seen)
    payload = {
        "actor": actor.pk, "source": source, "target": target, "note": note, "seen": [left.revision, kept.revision],
    }  # fmt: skip
    return _ask(MERGE, actor, source, payload)


@transaction.atomic
def split_or_ask(
    *, actor: User, source: str, code: str, label: str, uses: Collection[str], note: str, seen: int | None = None
) -> FieldMove | Job:
    """The chosen uses are those of a new public field, or work that does it is asked for.

    Raises what `split_field` raises of the choice and the new field; then nothing was changed and nothing asked for.
    """
    if _count_drafts(source) <= AT_ONCE:
        return split_field(actor=actor, source=source, code=code, label=label, uses=uses, note=note, seen=seen)
    note, old, _ = judged_for_splitting(actor, source, uses, note, seen)
    with transaction.atomic():
        register_like(actor, old, code, label)
        transaction.set_rollback(True)
    payload = {
        "actor": actor.pk, "source": source, "code": code, "label": label, "uses": sorted(uses), "note": note,
        "seen": old.revision,
    }  # fmt: skip
    return _ask(SPLIT, actor, source, payload)


@transaction.atomic
def undo_or_ask(*, actor: User, pk: int, note: str) -> FieldMove | Job:
    """The move is undone, or work that does it is asked for; raises what `undo_move` raises."""
    move = FieldMove.objects.select_related("source").filter(pk=pk).first()
    if move is None:
        raise NotFound
    if len(move.documents) <= AT_ONCE:
        return undo_move(actor=actor, pk=pk, note=note)
    note = require_note(note)
    actor.require("registers.edit")
    if reason := why_not_undone(move):
        raise WrongState(reason)
    return _ask(UNDO, actor, move.source.code, {"actor": actor.pk, "move": pk, "note": note})


def _ask(kind: str, actor: User, source: str, payload: dict[str, object]) -> Job:
    job = asking.ask(
        kind, actor=actor, payload=payload, dedupe_key=f"{kind}:{source}", object_type=FIELD, object_key=source
    )
    if job.payload != payload:
        raise WrongState("这个公共字段已有一项同样的后台任务在等候，请等它完成，或先取消它。")
    return job


def _count_drafts(code: str) -> int:
    uses = where_used.find_references("public_field", code)
    return len({(use.source, use.key) for use in uses if where_used.is_open(use)})
