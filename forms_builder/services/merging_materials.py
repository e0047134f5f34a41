"""Two materials turn out to be the same: every draft that asks for one asks for the other.

The one that was merged stays in the register and says into which; what is approved or released keeps what it froze."""

from collections.abc import Iterator

from django.db import transaction

from forms_builder import holders
from forms_builder.models import MaterialMove
from forms_builder.services.moving_entries import change_entry, follow, lock_drafts, lock_entries, undo_move
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.catalog.models import Material
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code


@transaction.atomic
def merge_materials(*, actor: User, source: str, target: str, note: str) -> MaterialMove:
    """Every draft that named the source names the target.

    Raises Invalid with everything that forbids the merge; then nothing has changed.
    """
    note = require_note(note)
    actor.require("registers.edit")
    left, kept = lock_entries(Material, source, target)
    refusals = judge_material_merge(left, kept)
    registers.refuse([Problem("/target", "cannot_merge", sentence) for sentence in refusals], "不能合并。")
    drafts = lock_drafts(MaterialMove.register, holders.of_materials(), source)
    documents = follow(actor, drafts, lambda holder, tree: holder.follow_merge(tree, source, target))
    change_entry(actor, MaterialMove.register, left, note, merged_into=kept)
    move = MaterialMove.objects.create(
        kind=MaterialMove.Kind.MERGE, source=left, target=kept, documents=documents, note=note, made_by=actor
    )
    trail.record(
        actor,
        "material.merged",
        left,
        after={"into": target},
        reason=note,
        division=city_code(),
        drafts=[{"kind": one["kind"], "code": one["code"], "revision": one["after"]} for one in documents],
    )
    return move


def undo_material_merge(*, actor: User, pk: int, note: str) -> MaterialMove:
    """The drafts ask for the former material again; what else was written since stays. Refused as undo_move says."""
    return undo_move(actor=actor, pk=pk, note=note, moves=MaterialMove)


def judge_material_merge(source: Material, target: Material) -> list[str]:
    """What forbids the merge, in sentences."""
    return list(_refusals(source, target))


def _refusals(source: Material, target: Material) -> Iterator[str]:
    if source.pk == target.pk:
        yield "不能并入自己。"
    for one in (source, target):
        if one.merged_into is not None:
            yield f"“{one}”（{one.code}）已并入“{one.merged_into}”。"
