"""Scene categories are registered, corrected, moved, merged and retired; the tree is changed by one at a time.

Themes follow with their drafts; what is published keeps the category it was frozen with.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock, registers
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code
from opsplatform.release.models import Subject
from opsplatform.release.services.drafting import save_draft
from themes import selectors
from themes.models import NationalTheme, SceneCategory, Theme

FIELDS = ("name", "parent", "order", "valid_from", "valid_to")
_EVENT = "scene_category"

Tree = Mapping[str, SceneCategory]


@transaction.atomic
def save_category(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> SceneCategory:
    """The category stands in the tree; its code is given once. It does not end while drafts or stages need it."""
    actor.require("registers.edit")
    tree = _locked_tree()
    category = registers.lock_or_new(SceneCategory.objects.all(), pk, expected_revision)
    before = registers.content_of(category) if pk else {}
    registers.fill(category, values, FIELDS if pk else ("code", *FIELDS))
    if category.valid_to is None:
        category.merged_into = None  # open again
    registers.refuse([*registers.column_problems(category), *_problems(category, tree)])
    _store(category, before, actor)
    return category


@transaction.atomic
def move_category(
    *, actor: User, code: str, parent: str | None, before: str | None, expected_revision: int | None
) -> SceneCategory:
    """The category lies below `parent` (at the top without one), ahead of `before` or last; its siblings make room."""
    actor.require("registers.edit")
    tree = _locked_tree()
    category = registers.lock_or_new(SceneCategory.objects.all(), _named(tree, code).pk, expected_revision)
    above = _named(tree, parent) if parent else None
    tree[code].parent = category.parent = above
    registers.refuse(_problems(category, tree))
    siblings = [row for row in in_order(tree.values()) if row.parent_id == _pk(above) and row.code != code]
    places = [row.code for row in siblings]
    if before is not None and before not in places:
        raise Invalid(problems=(Problem("/before", "elsewhere", "要排在它前面的分类不在这个位置。"),))
    siblings.insert(places.index(before) if before is not None else len(siblings), category)
    for order, row in enumerate(siblings):
        stored = SceneCategory.objects.select_related("parent").get(pk=row.pk)
        content = registers.content_of(stored)
        stored.order, stored.parent = order, above
        _store(stored, content, actor)
    category.refresh_from_db()
    return category


@transaction.atomic
def merge_category(*, actor: User, code: str, into: str, expected_revision: int | None, note: str) -> SceneCategory:
    """The category is over; what lay below it, the drafts filed under it and its national themes are the other's.

    Each draft gets a revision of its own, so that a version that waits for review or release has to be submitted anew.
    """
    note = require_note(note)
    actor.require("registers.edit")
    tree = _locked_tree()
    category = registers.lock_or_new(SceneCategory.objects.all(), _named(tree, code).pk, expected_revision)
    today = clock.today()
    if category.is_over(today):
        raise WrongState(f"场景分类“{category}”已停用。")
    target = _named(tree, into, "/into")
    registers.refuse(_target_problems(category, target, tree, today))
    last = max((row.order for row in tree.values() if row.parent_id == target.pk), default=-1)
    children = [row for row in in_order(tree.values()) if row.parent_id == category.pk]
    for order, child in enumerate(children, start=last + 1):
        content = registers.content_of(child)
        child.parent, child.order = target, order
        _store(child, content, actor, note)
    drafts = list(_drafts_in(code).select_for_update(no_key=True).order_by("code"))
    for subject in drafts:
        _file(actor, subject, into, "recode")
    moved = NationalTheme.objects.filter(category=category).update(category=target)
    content = registers.content_of(category)
    category.merged_into, category.valid_to = target, today
    _store(category, content, actor, note)
    trail.record(
        actor,
        "scene_category.merged",
        category,
        after={"into": into},
        reason=note,
        division=city_code(),
        themes=[subject.code for subject in drafts],
        children=[child.code for child in children],
        national_themes=moved,
    )
    return category


@transaction.atomic
def retire_category(
    *, actor: User, code: str, last_day: date, expected_revision: int | None, note: str
) -> SceneCategory:
    """The category is offered until that day, the day included; refused while drafts or stages below still need it."""
    note = require_note(note)
    actor.require("registers.edit")
    tree = _locked_tree()
    category = registers.lock_or_new(SceneCategory.objects.all(), _named(tree, code).pk, expected_revision)
    content = registers.content_of(category)
    category.valid_to = last_day
    registers.refuse([*registers.column_problems(category), *_problems(category, tree)])
    _store(category, content, actor, note)
    return category


@transaction.atomic
def file_theme(*, actor: User, theme: str, category: str, expected_revision: int) -> Theme:
    """The theme's draft is filed under the category, at its next revision; what is on show stays where it is."""
    found = selectors.get_theme(actor, theme, lock=True)
    subject = found.subject
    actor.require("themes.edit", within=subject.division, department=found.lead_department, on=found)
    target = SceneCategory.objects.filter(code=category).first()
    if target is None or target.is_over(clock.today()):
        raise Invalid(problems=(Problem("/category", "unknown_code", "没有这个场景分类，或已停用。"),))
    found.subject = _file(actor, subject, category, "edit", expected_revision)
    return found


def in_order(rows: Any) -> list[SceneCategory]:
    """The categories as siblings stand beside each other."""
    return sorted(rows, key=lambda row: (row.order, row.code))


def count_drafts(code: str) -> int:
    """How many drafts are filed under the category, whoever sees them."""
    return _drafts_in(code).count()


def _drafts_in(code: str) -> Any:
    return Subject.objects.filter(kind="theme", draft__category_code=code)


def _file(actor: User, subject: Subject, category: str, right: Any, expected: int | None = None) -> Subject:
    tree = {**subject.draft, "category_code": category}
    revision = subject.draft_revision if expected is None else expected
    return save_draft(actor=actor, subject_id=subject.pk, tree=tree, expected_revision=revision, right=right)


def _locked_tree() -> dict[str, SceneCategory]:
    """Every category by its code, locked: two who move stages at once would else put each below the other."""
    rows = SceneCategory.objects.select_for_update(of=("self",), no_key=True).select_related("parent").order_by("pk")
    return {row.code: row for row in rows}


def _named(tree: Tree, code: str, place: str = "") -> SceneCategory:
    if code in tree:
        return tree[code]
    if place:
        raise Invalid(problems=(Problem(place, "unknown_code", "没有这个场景分类。"),))
    raise NotFound


def _pk(row: SceneCategory | None) -> int | None:
    return row.pk if row is not None else None


def _store(row: SceneCategory, before: Any, actor: User, note: str = "") -> None:
    changes = registers.differences(before, registers.content_of(row))
    registers.store(row, changes, actor=actor, event=_EVENT, division=city_code(), reason=note)


def _problems(category: SceneCategory, tree: Tree) -> Iterator[Problem]:
    if category.parent_id is not None and _is_below(category.parent_id, category, tree):
        yield Problem("/parent", "cycle", "上级分类不能是自己或自己的下级。")
        return
    begins, ends = category.valid_from or date.min, category.valid_to or date.max
    if ends < begins:
        yield Problem("/valid_to", "empty_period", "停用日期早于启用日期。")
    standing = [row for row in tree.values() if row.merged_into_id is None]
    above = next((row for row in tree.values() if row.pk == category.parent_id), None)
    if above is not None and category.merged_into_id is None and (above.valid_to or date.max) < ends:
        yield Problem("/parent", "outlives_parent", f"上级分类“{above}”于 {above.valid_to} 停用，它却更晚。")
    below = [row for row in standing if row.parent_id == category.pk and (row.valid_to or date.max) > ends]
    if category.pk is not None and below:
        names = "、".join(f"“{row}”" for row in in_order(below)[:3])
        yield Problem("/valid_to", "has_children", f"下级分类 {names} 还在用，请先停用、移走，或把本分类并入其他分类。")
    former = next((row for row in tree.values() if row.pk == category.pk), None)
    is_sooner = former is not None and ends < (former.valid_to or date.max)
    filed = count_drafts(category.code) if is_sooner else 0
    if filed:
        yield Problem(
            "/valid_to", "in_use", f"还有 {filed} 个主题草稿属于这个分类，请先移到其他分类，或把本分类并入其他分类。"
        )


def _is_below(pk: int, category: SceneCategory, tree: Tree) -> bool:
    """Whether that row is the category or lies below it, as the tree stands."""
    by_pk = {row.pk: row for row in tree.values()}
    above, seen = by_pk.get(pk), set()
    while above is not None and above.pk not in seen:
        if above.pk == category.pk:
            return True
        seen.add(above.pk)
        above = by_pk.get(above.parent_id or 0)
    return False


def _target_problems(category: SceneCategory, target: SceneCategory, tree: Tree, today: date) -> Sequence[Problem]:
    if _is_below(target.pk, category, tree):
        return [Problem("/into", "below", "不能并入自己或自己的下级。")]
    if target.is_over(today):
        return [Problem("/into", "over", f"“{target}”已停用，不能并入。")]
    return []
