"""Importing a dossier: registers first, then the theme's draft; one transaction, repeatable (domain.md §8)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from psycopg2.errors import UniqueViolation

from forms_builder.models import DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.comparison import compare
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.list_imports import turn_at, wait_for_turn
from opsplatform.kernel.parsing import BadJSON
from opsplatform.kernel.shape import read_document, shape_problems
from opsplatform.organizations.models import Department, Division
from opsplatform.release.services import drafting
from opsplatform.spreadsheets.sheets import sheets
from themes.dossier.consistency import find_inconsistencies
from themes.dossier.mending import MendedDossier, is_within
from themes.dossier.reading import to_theme_document
from themes.dossier.structure import Dossier
from themes.errors import BadDossier, RegisteredMeanwhile
from themes.models import Collision, SceneCategory, Theme
from themes.services.drafting import take_in_partners
from themes.services.registering import FoundCollision, Registration, register_dossier

MAX_DOSSIER_BYTES = 8_000_000


@dataclass
class ImportReport:
    """What an import did, or with `is_dry_run` would do."""

    theme_code: str
    is_dry_run: bool
    is_new: bool = False
    created: dict[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)
    collisions: list[FoundCollision] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    draft_revision: int = 0

    @property
    def has_changes(self) -> bool:
        """Whether anything was, or would be, written."""
        return self.is_new or bool(self.created) or bool(self.changes)


def import_dossier(*, actor: User, tree: Any, is_dry_run: bool = False) -> ImportReport:
    """The theme of the dossier stands as a draft bound to the registers; a dry run changes nothing.

    The same file again changes nothing, even where staff have edited the draft since. Raises Invalid or BadDossier with
    every problem at its JSON pointer, RegisteredMeanwhile where somebody was quicker.
    """
    try:
        return _import(actor, tree, is_dry_run=is_dry_run)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise RegisteredMeanwhile from error
        raise


@transaction.atomic
def _import(actor: User, tree: Any, *, is_dry_run: bool) -> ImportReport:
    if not actor.may_somewhere("themes.import"):
        actor.require("themes.import")
    for turn in ("themes.import", *_turns_at_registers()):
        wait_for_turn(turn)
    dossier = _sound_dossier(tree)
    divisions = {row.code: row for row in Division.objects.filter(code__in=dossier.theme.division_codes)}
    for division in divisions.values():
        actor.require("themes.import", within=division)
    dossier_digest = digest_of(canonical_bytes(tree))
    theme = Theme.objects.select_related("subject").filter(subject__code=dossier.theme.code).first()
    if theme is not None and theme.dossier_digest == dossier_digest:
        return _nothing_new(theme, is_dry_run=is_dry_run)
    registration = register_dossier(actor=actor, dossier=dossier)
    report = ImportReport(
        theme_code=dossier.theme.code,
        is_dry_run=is_dry_run,
        created=dict(registration.created),
        matched=dict(registration.matched),
        collisions=registration.collisions,
    )
    _draft(actor, dossier, theme, divisions[dossier.theme.division_codes[0]], registration, dossier_digest, report)
    if is_dry_run:
        transaction.set_rollback(True)
    return report


def _turns_at_registers() -> list[str]:
    """Those of every register that files go into: a dossier brings entries to most of them."""
    return [turn_at(sheet.name) for sheet in sheets() if sheet.save is not None]


def _nothing_new(theme: Theme, *, is_dry_run: bool) -> ImportReport:
    """The file is the one imported last: whatever staff have done to draft and registers since stays as it is."""
    return ImportReport(
        theme_code=theme.code,
        is_dry_run=is_dry_run,
        collisions=[
            FoundCollision(row.kind, row.local_code, row.existing_code, row.qualified_code, row.differences)
            for row in theme.collisions.order_by("kind", "local_code")
        ],
        draft_revision=theme.subject.draft_revision,
    )


def all_that_is_wrong(refusal: BadJSON) -> BadJSON:
    """The refusal of a dossier's text, with whatever else is wrong in it where that can be read."""
    tree = refusal.readable()
    if not isinstance(tree, dict):
        return refusal
    unread = {problem.pointer for problem in refusal.problems}
    shape = shape_problems(Dossier, tree)
    own = [problem for problem in shape if not any(is_within(problem.pointer, place) for place in unread)]
    problems = (*refusal.problems, *own, *_inconsistencies_beside(tree, unread))
    return BadJSON(f"主题资料有 {len(problems)} 处错误，未导入任何内容。首处：{problems[0]}", problems=problems)


def _inconsistencies_beside(tree: Any, unread: Collection[str] = ()) -> list[Problem]:
    """What contradicts itself in a dossier that is wrong in other ways too."""
    mended = MendedDossier(tree, unread)
    if mended.dossier is None:
        return []
    return [problem for problem in _inconsistencies(mended.dossier) if mended.is_own(problem)]


def _sound_dossier(tree: Any) -> Dossier:
    problems = list(shape_problems(Dossier, tree))
    if problems:
        problems += _inconsistencies_beside(tree)
    else:
        dossier = read_document(Dossier, tree)
        problems = _inconsistencies(dossier)
        if not problems:
            return dossier
    raise BadDossier(
        f"主题资料有 {len(problems)} 处错误，未导入任何内容。首处：{problems[0]}",
        problems=tuple(problems),
    )


def _inconsistencies(dossier: Dossier) -> list[Problem]:
    dictionaries: dict[str, set[str]] = {
        dictionary.code: {entry.code for entry in dictionary.items} for dictionary in dossier.dictionaries
    }
    for code, entry in DictionaryEntry.objects.values_list("dictionary__code", "code"):
        dictionaries.setdefault(code, set()).add(entry)
    return find_inconsistencies(
        dossier,
        divisions=set(Division.objects.values_list("code", flat=True)),
        dictionaries=dictionaries,
        categories=set(SceneCategory.objects.values_list("code", flat=True)),
        patterns=CodePatterns(settings.CODE_PATTERNS),
    )


def _draft(
    actor: User,
    dossier: Dossier,
    theme: Theme | None,
    division: Division,
    registration: Registration,
    dossier_digest: str,
    report: ImportReport,
) -> None:
    document = write(to_theme_document(dossier, registration.codes))
    departments = {department.code: department for department in dossier.departments}
    lead = _body(departments, dossier.theme.lead_department)
    if theme is None:
        subject = drafting.open_draft(
            actor=actor,
            kind="theme",
            code=dossier.theme.code,
            division=division,
            department=lead,
            tree=document,
            right="import",
        )
        theme = Theme.objects.create(
            subject=subject,
            lead_department=lead,
            category=SceneCategory.objects.get(code=dossier.theme.category_code),
            summary=dossier.theme.summary,
            dossier_digest=dossier_digest,
        )
        report.is_new = True
    else:
        if theme.subject.draft.get("merge_decisions"):  # made here, about terms that each of them names
            document["merge_decisions"] = theme.subject.draft["merge_decisions"]
        report.changes = [
            {"place": change.pointer, "kind": change.kind, "before": change.before, "after": change.after}
            for change in compare(theme.subject.draft, document)
        ]
        theme.subject = drafting.save_draft(
            actor=actor,
            subject_id=theme.subject_id,
            tree=document,
            expected_revision=theme.subject.draft_revision,
            right="import",
        )
        theme.lead_department, theme.dossier_digest = lead, dossier_digest
        theme.save(update_fields=["lead_department", "dossier_digest"])
    # A partner that is a body kind is another body in every district: the document names it, nobody is a member of it.
    partners = [code for code in dossier.theme.coop_departments if not departments[code].is_kind]
    theme.partner_departments.set([_body(departments, code) for code in partners])
    take_in_partners(theme)
    report.draft_revision = theme.subject.draft_revision
    _remember(theme, registration.collisions)


def _body(departments: Mapping[str, Any], code: str) -> Department:
    department = departments[code]
    return Department.objects.get(division__code=department.division_code, name=department.name)


def _remember(theme: Theme, collisions: list[FoundCollision]) -> None:
    for found in collisions:
        facts = {
            "existing_code": found.existing_code,
            "qualified_code": found.qualified_code,
            "differences": found.differences,
        }
        known = Collision.objects.filter(theme=theme, kind=found.kind, local_code=found.local_code)
        if not known.filter(**facts).exists():  # what was decided was decided about other differences
            known.update_or_create(
                theme=theme, kind=found.kind, local_code=found.local_code, defaults={**facts, "is_settled": False}
            )
