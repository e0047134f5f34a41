"""One public field turns out to mean two things: the chosen uses become uses of a new one."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from forms_builder import holders
from forms_builder.models import FieldMove, PublicField
from forms_builder.services import where_used
from forms_builder.services.holding_in_forms import ItemFormHolder
from forms_builder.services.moving_entries import follow, lock_drafts, lock_entries
from forms_builder.services.public_fields import FIELDS, save_public_field
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import Invalid, Problem, StaleRevision, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code
from opsplatform.release.models import Subject


@transaction.atomic
def split_field(
    *, actor: User, source: str, code: str, label: str, uses: Collection[str], note: str, seen: int | None = None
) -> FieldMove:
    """A new public field like the source stands in the register, and the chosen fields of item forms point to it.

    `uses` are the ids of uses in drafts of item forms (registry.Use.id); themes with such an item bind the new field
    beside the old one. Raises Invalid where a chosen use is none any more; then nothing has changed.
    """
    note, old, moved = judged_for_splitting(actor, source, uses, note, seen)
    new = register_like(actor, old, code, label)
    drafts = lock_drafts(FieldMove.register, holders.of_fields(), source)
    documents = follow(actor, drafts, lambda holder, tree: holder.follow_split(tree, source, code, moved))
    move = FieldMove.objects.create(
        kind=FieldMove.Kind.SPLIT, source=old, target=new, documents=documents, note=note, made_by=actor
    )
    trail.record(
        actor,
        "public_field.split",
        old,
        after={"new": code},
        reason=note,
        division=city_code(),
        drafts=[{"kind": one["kind"], "code": one["code"], "revision": one["after"]} for one in documents],
    )
    return move


def judged_for_splitting(
    actor: User, source: str, uses: Collection[str], note: str, seen: int | None
) -> tuple[str, PublicField, dict[str, set[str]]]:
    """The note, the field, locked, and the chosen fields by item, where the actor may split it; raises otherwise."""
    note = require_note(note)
    actor.require("registers.edit")
    (old,) = lock_entries(PublicField, source)
    if seen is not None and seen != old.revision:
        raise StaleRevision("这个公共字段刚刚有人改过，请重新核对。", current_revision=old.revision, changes=[])
    if old.merged_into is not None:
        raise WrongState(f"“{old}”已并入“{old.merged_into}”。")
    return note, old, _chosen(source, uses)


def register_like(actor: User, old: PublicField, code: str, label: str) -> PublicField:
    """A new public field that is like the other but for code, name and synonyms; raises Invalid."""
    like = {name: getattr(old, name) for name in FIELDS}
    return save_public_field(actor=actor, values={**like, "code": code, "label": label, "synonyms": []})


def _chosen(source: str, uses: Collection[str]) -> dict[str, set[str]]:
    """Item key → codes of its fields, of the chosen uses."""
    kind = ItemFormHolder.source
    known = {use.id: use for use in where_used.find_references("public_field", source) if use.source == kind}
    gone = sorted(set(uses) - set(known))
    if gone or not uses:
        sentence = "有的使用处已经改变，请重新选择。" if gone else "请至少选择一处改用新字段。"
        raise Invalid(problems=(Problem("/uses", "unknown_use" if gone else "required", sentence),))
    drafts = dict(
        Subject.objects.filter(kind=ItemFormHolder.kind, code__in={known[one].key for one in uses}).values_list(
            "code", "draft"
        )
    )
    moved: dict[str, set[str]] = defaultdict(set)
    for one in uses:
        use = known[one]
        number = int(use.place.split("/")[2])
        moved[use.key].add(drafts[use.key]["fields"][number]["code"])
    return moved
