"""A theme's rules leave as a decision table; a table that enters waits, is looked at, and is taken into the draft.

A table is kept as it was read and compared with the draft anew whenever it is shown, so that what a person agrees to is
what happens; taking it saves the draft at the revision they saw, through the same service as the designer.
"""

import hashlib
import json
import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import IO, NamedTuple

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.kernel.parsing import BadJSON, parse_json
from opsplatform.kernel.shape import shape_problems
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.reading import ReadSheet, read_sheets
from opsplatform.spreadsheets.writing import WrittenSheet, write_workbook
from themes import selectors
from themes.documents import ThemeDocument
from themes.guidance.tables.table import HELPS, CellFault, Change, changes_between, headings_of, read_rows, rows_of
from themes.guidance.wording import Names
from themes.models import Theme, UploadedRules
from themes.packages.names import names_of
from themes.services.drafting import save_theme
from themes.services.showing import show_draft

EDIT = "themes.edit"
TABLE, EXPLANATION, REVISION = "决策表", "说明", "草稿修订"
logger = logging.getLogger(__name__)
_KEPT = timedelta(days=2)
_MOST_SHEETS = 10  # of a workbook, that are looked at


class UnreadableTable(Invalid):
    """A table, given or waiting, that ends in no comparison with the draft."""

    code = "unreadable_table"
    sentence = "这份表不能与草稿比较，草稿没有改动。请重新导出决策表，照着改好再上传；反复如此请告诉管理员。"


class Proposal(NamedTuple):
    """What a waiting table would make of the draft, and what speaks against it.

    `faults` are wrong cells, `problems` what a theme may not say; either keeps the table from being taken.
    """

    upload: UploadedRules
    theme: Theme
    names: Names
    before: ThemeDocument
    after: ThemeDocument
    faults: tuple[CellFault, ...]
    problems: tuple[Problem, ...]

    @property
    def changes(self) -> list[Change]:
        """Cell by cell what would be different."""
        return list(changes_between(self.before, self.after, self.names))

    @property
    def has_changes(self) -> bool:
        """Whether the draft would become another."""
        return self.before != self.after

    @property
    def may_be_taken(self) -> bool:
        """Whether there is something to take and nothing against it."""
        return self.has_changes and not self.faults and not self.problems

    @property
    def is_of_older_draft(self) -> bool:
        """Whether the draft was changed after the table was exported: what came since may not be in it."""
        return self.upload.revision is not None and self.upload.revision < self.theme.subject.draft_revision

    def problem_of(self, fault: CellFault) -> Problem:
        """The fault as every refusal tells it: sheet, line, column, what to do."""
        letter = "" if fault.column is None else letters(fault.column)
        column = f" {letter} 列“{fault.heading}”" if letter else ""
        sheet = f"工作表“{self.upload.sheet}”" if self.upload.sheet else ""
        return Problem(f"/{fault.line}/{letter}", "bad_cell", f"{sheet}第 {fault.line} 行{column}：{fault.sentence}")


# --- out --------------------------------------------------------------------------------------------------------------


def rules_workbook(*, actor: User, code: str) -> tuple[Theme, IO[bytes]]:
    """The draft's rules as a workbook in a temporary file, rewound: the table, and what its columns and codes mean."""
    theme = _editable(actor, code)
    frozen = show_draft(theme).frozen
    document, names = frozen.document, names_of(frozen)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    write_workbook(
        file,
        WrittenSheet(TABLE, headings_of(document, names), rows_of(document, names)),
        WrittenSheet(EXPLANATION, ["类别", "代码", "名称", "怎么写"], _explanation(document, names, theme)),
    )
    file.seek(0)
    return theme, file


def _explanation(document: ThemeDocument, names: Names, theme: Theme) -> Iterator[tuple[str, str, str, str]]:
    """How each column is written, then every code that may stand in the table."""
    yield REVISION, str(theme.subject.draft_revision), "", "导入时用来发现这份表导出之后草稿又有的改动，请勿修改"
    for heading, how in HELPS.items():
        yield "列", heading, "", how
    for question in sorted(document.guidance.questions, key=lambda one: one.order):
        options = "、".join(f"{option.text}（{option.code}）" for option in question.options)
        yield "问题", question.code, question.text, options
    for parameter in document.guidance.parameters:
        yield "参数", parameter.code, parameter.name, f"参数“{parameter.name}”"
    for item in document.items:
        yield "事项", item.code, names.items.get(item.code, ""), ""
    for material in document.materials:
        yield "材料", material.code, names.materials.get(material.code, ""), ""
    for notice in document.notices:
        yield "须知", notice.code, notice.title, ""
    for key, label in names.fields.items():
        item_code, dot, field = key.rpartition(".")
        values = "、".join(f'"{value}"（{name}）' for value, name in list(names.field_values.get(key, {}).items())[:50])
        yield ("事项自己的字段" if dot else "共用字段"), field, label, f"{f'事项 {item_code}；' if dot else ''}{values}"


# --- in ---------------------------------------------------------------------------------------------------------------


def _editable(actor: User, code: str) -> Theme:
    """The theme whose draft the actor may edit; NotFound out of sight."""
    theme = selectors.get_theme(actor, code)
    actor.require(EDIT, within=theme.subject.division, department=theme.lead_department, on=theme)
    return theme


@transaction.atomic
def upload_rules(*, actor: User, code: str, file: IO[bytes], name: str) -> UploadedRules:
    """The table waits to be looked at, in place of the actor's last one for this theme; the draft is not changed.

    Raises FileRefused for a file that is no spreadsheet, or hostile, UnreadableTable for what could not be looked at.
    """
    theme = _editable(actor, code)
    sheets = read_sheets(file, name, most=_MOST_SHEETS)
    table = next((sheet for sheet in sheets if sheet.title == TABLE), sheets[0])
    if not table.lines:
        raise Invalid(f"工作表“{table.title}”是空的。")
    lines = [[line.number, list(line.cells)] for line in table.lines]
    UploadedRules.objects.filter(expires_at__lt=clock.now()).delete()
    UploadedRules.objects.filter(theme=theme, created_by=actor).delete()
    upload = UploadedRules(
        theme=theme,
        file_name=PurePath(name).name[-200:],
        sheet=table.title[:100],
        lines=lines,
        revision=_revision_told(sheets),
        digest=hashlib.sha256(canonical_bytes(lines)).hexdigest(),
        created_by=actor,
        expires_at=clock.now() + _KEPT,
    )
    _proposal(upload, theme)
    upload.save()
    return upload


def _revision_told(sheets: list[ReadSheet]) -> int | None:
    for sheet in sheets:
        for line in sheet.lines if sheet.title == EXPLANATION else ():
            kind, told, *_ = (*line.cells, "", "")
            if kind == REVISION and told.isascii() and told.isdecimal() and len(told) <= 9:
                return int(told)
    return None


def find_rules_proposal(*, actor: User, code: str) -> Proposal | None:
    """What the actor's waiting table would make of the draft as it is now; None where none waits.

    Raises UnreadableTable for one that can only be discarded.
    """
    theme = _editable(actor, code)
    upload = UploadedRules.objects.filter(theme=theme, created_by=actor, expires_at__gte=clock.now()).first()
    return None if upload is None else _proposal(upload, theme)


def _proposal(upload: UploadedRules, theme: Theme) -> Proposal:
    frozen = show_draft(theme).frozen
    names = names_of(frozen)
    try:
        reading = read_rows([(number, cells) for number, cells in upload.lines], frozen.document, names)
        told = () if reading.faults else _problems_of(reading.document)
        placed = [(problem, reading.fault_at(problem.pointer, problem.sentence)) for problem in told]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        logger.exception("the table %s of theme %s cannot be read", upload.digest, theme.code)
        raise UnreadableTable from error
    faults = (*reading.faults, *(fault for _, fault in placed if fault is not None))
    problems = tuple(problem for problem, fault in placed if fault is None)
    return Proposal(upload, theme, names, frozen.document, reading.document, faults, problems)


def _problems_of(document: ThemeDocument) -> tuple[Problem, ...]:
    """What keeps the document from being a draft, or from being saved again as the API and the designer do."""
    tree = write(document)
    try:
        parse_json(json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode())
    except BadJSON as error:
        return (Problem("", error.code, f"导入后的草稿不能保存：{error.sentence}请精简规则，或分成几个主题。"),)
    return shape_problems(ThemeDocument, tree)


@transaction.atomic
def take_rules(*, actor: User, code: str, expected_revision: int) -> Theme:
    """The draft's rules are what the actor's waiting table says, at the next revision, and nothing waits any more."""
    proposal = find_rules_proposal(actor=actor, code=code)
    if proposal is None:
        raise NotFound("没有等待导入的决策表，请重新上传。")
    problems = (*map(proposal.problem_of, proposal.faults), *proposal.problems)
    if problems:
        raise Invalid(f"表里有 {len(problems)} 处问题，没有写入任何内容。", problems=problems)
    document, upload = proposal.after, proposal.upload
    theme = save_theme(actor=actor, code=code, tree=write(document), expected_revision=expected_revision)
    trail.record(
        actor,
        "theme.rules_imported",
        theme,
        division=theme.subject.division.code,
        file=upload.file_name,
        digest=upload.digest,
        rules=len(document.guidance.rules),
        changes=len(proposal.changes),
    )
    upload.delete()
    return theme


@transaction.atomic
def discard_rules(*, actor: User, code: str) -> None:
    """Nothing of the actor's waits for this theme."""
    UploadedRules.objects.filter(theme=_editable(actor, code), created_by=actor).delete()
