"""The national lists of themes: brought in from a file, placed below a stage, and linked to the city's own themes."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock, registers
from opsplatform.kernel.documents import Document
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.list_imports import ImportedList, refuse_list, repeated, wait_for_turn
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.selectors import city_code
from themes.models import NationalTheme, SceneCategory, Theme

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ItemInFile(Document, frozen=True):
    name: _Name
    department: Annotated[str, msgspec.Meta(max_length=100)] = ""
    days_note: str = ""


class ThemeInFile(Document, frozen=True):
    """What a list says of one theme; the last four are remarks of whoever put the file together."""

    name: _Name
    audience: Annotated[str, msgspec.Meta(max_length=40)] = ""
    lead_department: Annotated[str, msgspec.Meta(max_length=100)] = ""
    coop_departments: tuple[str, ...] = ()
    items: tuple[ItemInFile, ...] = ()
    source: str = ""
    confidence: str = ""
    scenarios: Any = None
    block_conditions: Any = None
    measured: Any = None
    shanghai_fact: Any = None


class Batch(Document, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    name: _Name
    themes: tuple[ThemeInFile, ...]
    official_count: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    count_confidence: str = ""
    complete: bool = True


class NationalFile(Document, frozen=True):
    """A file of national lists."""

    batches: tuple[Batch, ...]
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")
    policy_documents: tuple[Any, ...] = ()
    shanghai_early: dict[str, Any] = {}


@transaction.atomic
def import_national_themes(*, actor: User, tree: Any, is_dry_run: bool = False) -> ImportedList:
    """Every theme of the lists is an entry; known ones stay as they are, with their stage and theme. A dry run changes
    nothing. Raises Invalid with everything that is wrong, at its JSON pointer."""
    actor.require("registers.edit")
    wait_for_turn("themes.import_national_themes")
    batches = read_document(NationalFile, tree).batches
    refuse_list(_file_problems(batches))
    known = {(row.batch, row.name): row for row in NationalTheme.objects.all()}
    result = ImportedList(is_dry_run)
    for batch in batches:
        for order, theme in enumerate(batch.themes):
            row = _row(batch, order, theme)
            standing = known.get((row.batch, row.name))
            if standing is not None:
                result.met(row.audit_key, _content(standing), _content(row))
                continue
            row.save()
            result.new.append(row.audit_key)
            trail.record(actor, "national_theme.imported", row, after={"name": row.name}, division=city_code())
    if is_dry_run:
        transaction.set_rollback(True)
    return result


@transaction.atomic
def place_national_theme(
    *, actor: User, pk: int, category: str, theme: str, expected_revision: int | None
) -> NationalTheme:
    """The entry belongs to that stage and is offered by that theme; an empty code for none."""
    actor.require("registers.edit")
    row = registers.lock_or_new(NationalTheme.objects.all(), pk, expected_revision)
    before = registers.content_of(row)
    problems: list[Problem] = []
    row.category = SceneCategory.objects.filter(code=category).first() if category else None
    if category and (row.category is None or row.category.is_over(clock.today())):
        problems.append(Problem(f"/{pk}/category", "unknown_code", f"“{row}”：没有这个场景分类，或已停用。"))
    row.theme = _theme(actor, row, theme) if theme else None
    if theme and row.theme is None:
        problems.append(Problem(f"/{pk}/theme", "unknown_code", f"“{row}”：没有代码为 {theme} 的主题。"))
    registers.refuse(problems)
    changes = registers.differences(before, registers.content_of(row))
    registers.store(row, changes, actor=actor, event="national_theme", division=city_code())
    return row


def _theme(actor: User, row: NationalTheme, code: str) -> Theme | None:
    """The theme of that code if the actor sees it, or if the entry is linked to it already."""
    standing = row.theme
    if standing is not None and standing.code == code:
        return standing
    return Theme.objects.visible_to(actor).select_related("subject").filter(subject__code=code).first()


def _file_problems(batches: Sequence[Batch]) -> Iterator[Problem]:
    yield from repeated([(f"/batches/{number}/code", batch.code) for number, batch in enumerate(batches)])
    for number, batch in enumerate(batches):
        places = [(f"/batches/{number}/themes/{order}/name", one.name) for order, one in enumerate(batch.themes)]
        yield from repeated(places)


def _row(batch: Batch, order: int, theme: ThemeInFile) -> NationalTheme:
    return NationalTheme(
        batch=batch.code,
        batch_name=batch.name,
        batch_total=batch.official_count,
        order=order,
        name=theme.name,
        audience=theme.audience,
        lead_department=theme.lead_department,
        partners=list(theme.coop_departments),
        items=[item.name for item in theme.items],
        source=theme.source,
        confidence=theme.confidence,
    )


def _content(row: NationalTheme) -> dict[str, Any]:
    return {
        name: getattr(row, name)
        for name in ("audience", "lead_department", "partners", "items", "source", "confidence")
    }
