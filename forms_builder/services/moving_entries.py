"""Uses of one entry of a register become uses of another: what merging and splitting share, and how either is undone.

All drafts that follow are saved through the release engine in one transaction, as revisions of their own (`recode`):
whoever does it is an author of each, an approval that nobody released is void, and a second person judges the result.
Versions keep what they froze. Locks are taken on the entries first and on the drafts after them, each in one order.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from forms_builder import holders, registry
from forms_builder.holders import Holder
from forms_builder.models import FieldMove, MaterialMove, PublicField
from forms_builder.services import where_used
from forms_builder.services.classes_of_merged import set_class, settle_class
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.catalog.models import Material
from opsplatform.jobs.services.telling import tell
from opsplatform.kernel import clock, registers
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.kernel.three_way import Clash, bring_together
from opsplatform.organizations.selectors import city_code
from opsplatform.release.models import DraftRevision, Release, Subject, Version
from opsplatform.release.selectors import lock_subject
from opsplatform.release.services.drafting import save_draft

Entry = TypeVar("Entry", PublicField, Material)
Held = TypeVar("Held", bound=Holder)
Made = TypeVar("Made", FieldMove, MaterialMove)
_RELEASED = "“{}”已经按变动后的内容发布，不能再撤销。"


def lock_entries(register: type[Entry], *codes: str) -> list[Entry]:
    """The entries of these codes, in that order, locked until the transaction ends; raises NotFound."""
    rows = register._default_manager.select_for_update(of=("self",), no_key=True)
    found = {entry.code: entry for entry in rows.filter(code__in=codes).order_by("pk")}
    if len(found) != len(set(codes)):
        raise NotFound
    return [found[code] for code in codes]


def lock_drafts(register: str, holding: Mapping[str, Held], code: str) -> list[tuple[Held, Subject]]:
    """The drafts that name the entry of the register, each locked, in one order for everybody."""
    found = []
    uses = where_used.find_references(register, code)
    for source, holder in holding.items():
        keys = {use.key for use in uses if use.source == source}
        found += [(holder, pk) for pk in _subjects(holder, keys)]
    return [(holder, lock_subject(pk)) for holder, pk in sorted(found, key=lambda one: one[1])]


def _subjects(holder: Holder, keys: Collection[str]) -> list[int]:
    return list(Subject.objects.filter(kind=holder.kind, code__in=keys).values_list("pk", flat=True))


def follow(
    actor: User, drafts: Sequence[tuple[Held, Subject]], step: Callable[[Held, Any], Any]
) -> list[dict[str, Any]]:
    """Every draft as the step leaves it; returns which changed, with the revisions before and after."""
    changed = []
    for number, (holder, subject) in enumerate(drafts):
        tell(number, len(drafts))
        before = subject.draft_revision
        tree = step(holder, msgspec.json.decode(msgspec.json.encode(subject.draft)))
        saved = _saved(actor, subject, tree)
        if saved.draft_revision != before:
            changed.append({"kind": holder.kind, "code": subject.code, "before": before, "after": saved.draft_revision})
    return changed


def _saved(actor: User, subject: Subject, tree: Any) -> Subject:
    try:
        return save_draft(
            actor=actor, subject_id=subject.pk, tree=tree, expected_revision=subject.draft_revision, right="recode"
        )
    except Invalid as refusal:
        told = tuple(Problem(one.pointer, one.code, f"“{subject.title}”：{one.sentence}") for one in refusal.problems)
        raise Invalid(f"“{subject.title}”不能这样改。", problems=told) from refusal


@transaction.atomic
def undo_move(*, actor: User, pk: int, note: str, moves: type[Made] = FieldMove) -> Made:  # type: ignore[assignment]
    """The uses that were moved are uses of the former entry again; what else was written since stays.

    Raises WrongState where something with the new meaning has been released since or is under review, Invalid with
    every draft in which the same place was changed meanwhile; then nothing has changed.
    """
    note = require_note(note)
    actor.require("registers.edit")
    rows = moves._default_manager.select_for_update(of=("self",)).select_related("source", "target")
    move = rows.filter(pk=pk).first()
    if move is None:
        raise NotFound
    lock_entries(type(move.source), move.source.code, move.target.code, *_above(move.target))
    move.refresh_from_db(fields=["source", "target"])
    _require_last(move)
    _require_unfrozen(move)
    changed, problems = [], []
    drafts = sorted(((_subject_of(one).pk, one) for one in move.documents), key=itemgetter(0))
    for number, (pk, entry) in enumerate(drafts):
        tell(number, len(drafts))
        subject = lock_subject(pk)
        _require_unreleased(subject, entry["after"])
        before, after = _document(subject, entry["before"]), _document(subject, entry["after"])
        try:
            tree = bring_together(after, subject.draft, before)
        except Clash as clash:
            told = f"“{subject.title}”里的这一处之后又改过，请先在那里改回再撤销。"
            problems.append(Problem("/" + "/".join(clash.path), "changed_since", told))
            continue
        saved = _saved(actor, subject, tree)
        changed.append({"kind": entry["kind"], "code": entry["code"], "revision": saved.draft_revision})
    registers.refuse(problems)
    _restore(actor, move, note)
    trail.record(
        actor,
        f"{move.register}.{move.kind}_undone",
        move.source,
        before={"target": move.target.code},
        reason=note,
        division=city_code(),
        drafts=changed,
    )
    for follower in holders.told_of_undoing():
        follower(actor, move, note)
    return move


def why_not_undone(move: FieldMove | MaterialMove) -> str:
    """Why the move can no longer be undone, in a sentence; empty where it can."""
    try:
        _require_last(move)
        _require_unfrozen(move)
    except WrongState as refusal:
        return refusal.sentence
    since = {(one["kind"], one["code"]): one["after"] for one in move.documents}
    rows = Release.objects.filter(subject__code__in=[code for _, code in since]).order_by("subject_id")
    released = rows.values_list("subject__kind", "subject__code", "subject__title").annotate(
        revision=Max("version__draft_revision")
    )
    for kind, code, title, revision in released:
        if revision >= since.get((kind, code), revision + 1):
            return _RELEASED.format(title)
    return ""


def _subject_of(entry: Mapping[str, Any]) -> Subject:
    return Subject.objects.defer("draft").get(kind=entry["kind"], code=entry["code"])


def _require_last(move: FieldMove | MaterialMove) -> None:
    if move.undone_at is not None:
        raise WrongState("这次变动已经撤销。")
    later = type(move)._default_manager.filter(pk__gt=move.pk, undone_at=None)
    if later.filter(source__in=[move.source_id, move.target_id]).exists():
        raise WrongState("之后又合并或拆分过这两项，请先撤销后面的变动。")


def _require_unfrozen(move: FieldMove | MaterialMove) -> None:
    """No version that took the merged entry from elsewhere, as what it had become, is released or on its way to it."""
    uses = where_used.find_references(move.register, move.source.code)
    keys = [use.key for use in uses if use.place == registry.MERGED_BEFORE]
    following = {(one["kind"], one["code"]) for one in move.documents}
    versions = Version.objects.filter(pk__in=keys).defer("content", "subject__draft").select_related("subject")
    for version in versions.annotate(is_released=Exists(Release.objects.filter(version=OuterRef("pk")))).order_by("pk"):
        subject = version.subject
        if version.is_released:
            raise WrongState(_RELEASED.format(subject.title))
        follows = (subject.kind, subject.code) in following  # its draft changes, which voids what is under review
        is_waiting = subject.current_version_id == version.pk and subject.state != Subject.State.DRAFT
        if is_waiting and not follows:
            told = f"“{subject.title}”已经按变动后的内容提交（{subject.get_state_display()}），请先退回修改再撤销。"
            raise WrongState(told)


def _require_unreleased(subject: Subject, since: int) -> None:
    if Release.objects.filter(subject=subject, version__draft_revision__gte=since).exists():
        raise WrongState(_RELEASED.format(subject.title))


def _document(subject: Subject, revision: int) -> Any:
    return DraftRevision.objects.get(subject=subject, revision=revision).document


def _above(entry: PublicField | Material) -> Iterator[str]:
    """The codes of what the entry was merged into, and what that was merged into, and so on."""
    while entry.merged_into is not None:
        entry = entry.merged_into
        yield entry.code


def _restore(actor: User, move: FieldMove | MaterialMove, note: str) -> None:
    """The move is undone, and the two entries stand as they did; of a split, the new one is merged back: codes stay."""
    is_split = move.kind == move.Kind.SPLIT
    own = set_class(move.source if is_split else move.target) if isinstance(move, FieldMove) else ""
    move.undone_by, move.undone_at, move.undo_note = actor, clock.now(), note
    move.save(update_fields=["undone_by", "undone_at", "undo_note"])
    if is_split:
        change_entry(actor, move.register, move.target, note, merged_into=move.source)
    else:
        change_entry(actor, move.register, move.source, note, merged_into=None)
    if isinstance(move, FieldMove):
        kept = move.source if is_split else move.target
        names = [one for one in kept.synonyms if one not in move.synonyms]
        change_entry(actor, move.register, kept, note, synonyms=names, sensitivity=settle_class(kept, own))
        while kept.merged_into is not None:
            kept = kept.merged_into
            change_entry(actor, move.register, kept, note, sensitivity=settle_class(kept, set_class(kept)))


def change_entry(actor: User, register: str, entry: PublicField | Material, note: str, **values: Any) -> None:
    """The entry has these values, at its next revision, with the reason in the trail."""
    before = registers.content_of(entry)
    for name, value in values.items():
        setattr(entry, name, value)
    registers.store(
        entry,
        registers.differences(before, registers.content_of(entry)),
        actor=actor,
        event=register,
        division=city_code(),
        reason=note,
    )
