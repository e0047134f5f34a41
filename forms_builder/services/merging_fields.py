"""Two public fields turn out to mean the same: every use of one becomes a use of the other.

The one that was merged stays in the register and says into which; what is approved or in force keeps what it froze,
and whoever takes such a form takes the field that it means now (services/forms_in_force.py)."""

from django.db import transaction

from forms_builder import holders
from forms_builder.models import FieldMove, PublicField
from forms_builder.services.classes_of_merged import set_class, settle_class
from forms_builder.services.judging_merges import judge_merge
from forms_builder.services.moving_entries import change_entry, follow, lock_drafts, lock_entries
from forms_builder.services.public_fields import MOST_SYNONYMS, SYNONYM_LENGTH
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem, StaleRevision
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code


@transaction.atomic
def merge_fields(*, actor: User, source: str, target: str, note: str, seen: tuple[int, int] | None = None) -> FieldMove:
    """Every draft that named the source names the target, which is found by the source's names as well.

    The target is as sensitive as the stricter of both from now on: values of the source are not shown more freely.

    `seen`: the revisions of both that the actor judged. Raises Invalid with everything that forbids the merge; then
    nothing has changed.
    """
    note, left, kept = judged_for_merging(actor, source, target, note, seen)
    drafts = lock_drafts(FieldMove.register, holders.of_fields(), source)
    documents = follow(actor, drafts, lambda holder, tree: holder.follow_merge(tree, source, target))
    added = _names_to_add(left, kept)
    own = set_class(kept)
    change_entry(actor, FieldMove.register, left, note, merged_into=kept)
    move = FieldMove.objects.create(
        kind=FieldMove.Kind.MERGE, source=left, target=kept, documents=documents, synonyms=added, note=note,
        made_by=actor,
    )  # fmt: skip
    change_entry(
        actor,
        FieldMove.register,
        kept,
        note,
        synonyms=[*kept.synonyms, *added],
        sensitivity=settle_class(kept, own),
    )
    trail.record(
        actor,
        "public_field.merged",
        left,
        after={"into": target},
        reason=note,
        division=city_code(),
        drafts=[{"kind": one["kind"], "code": one["code"], "revision": one["after"]} for one in documents],
    )
    return move


def judged_for_merging(
    actor: User, source: str, target: str, note: str, seen: tuple[int, int] | None
) -> tuple[str, PublicField, PublicField]:
    """The note and both fields, locked, where the actor may merge them and nothing forbids it; raises otherwise."""
    note = require_note(note)
    actor.require("registers.edit")
    left, kept = lock_entries(PublicField, source, target)
    if seen is not None and seen != (left.revision, kept.revision):
        raise StaleRevision("这两个公共字段刚刚有人改过，请重新核对。", current_revision=left.revision, changes=[])
    refusals = judge_merge(left, kept).refusals
    registers.refuse([Problem("/target", "cannot_merge", sentence) for sentence in refusals], "不能合并。")
    return note, left, kept


def _names_to_add(left: PublicField, kept: PublicField) -> list[str]:
    known = {kept.label, *kept.synonyms}
    fresh = [one for one in dict.fromkeys([left.label, *left.synonyms]) if one not in known]
    return [one for one in fresh if len(one) <= SYNONYM_LENGTH][: MOST_SYNONYMS - len(kept.synonyms)]
