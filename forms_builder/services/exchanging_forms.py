"""Item forms leave as JSON Schema and as sheets; a file that enters waits, is looked at, and is taken into the draft.

A file is kept as it was read and compared with the draft anew whenever it is shown, so that what a person agrees to is
what happens; taking it saves the draft at the revision they saw, through the same service as the designer.
"""

import hashlib
import json
import tempfile
from datetime import timedelta
from pathlib import PurePath
from typing import IO, Any, NamedTuple

import msgspec
from django.db import transaction

from forms_builder import selectors
from forms_builder.documents import FrozenItemForm, ItemFormDocument
from forms_builder.exchange.losses import Loss
from forms_builder.exchange.normal_form import Dialect, parse_schema
from forms_builder.exchange.reading import read_schema
from forms_builder.exchange.sheets import HEADINGS, CellFault, read_rows, rows_of
from forms_builder.exchange.writing import write_schema
from forms_builder.models import ItemForm, UploadedForm
from forms_builder.selectors import FormDraft
from forms_builder.services.freezing_forms import dictionaries_named, freeze_dictionaries, freeze_item_form
from forms_builder.services.item_forms import place_of, save_item_form
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.comparison import duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.kernel.parsing import MAX_BYTES
from opsplatform.kernel.shape import shape_problems
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.reading import read_book
from opsplatform.spreadsheets.writing import Format, write_csv, write_xlsx

_KEPT = timedelta(days=2)


class Proposal(NamedTuple):
    """What a waiting file would make of the draft, and what speaks against it.

    `faults` are wrong cells of a sheet, `problems` what the form itself may not say; either keeps the file from being
    taken. `losses` are what a schema says and a form cannot. `absent` are columns that the sheet leaves as they are.
    """

    upload: UploadedForm
    draft: FormDraft
    document: ItemFormDocument
    faults: tuple[CellFault, ...] = ()
    problems: tuple[Problem, ...] = ()
    losses: tuple[Loss, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether the draft would become another."""
        return bool(write(self.document) != self.draft.tree)

    @property
    def may_be_taken(self) -> bool:
        """Whether there is something to take and nothing against it."""
        return self.has_changes and not self.faults and not self.problems

    def letter_of(self, fault: CellFault) -> str:
        """The letter of the fault's column in the uploaded sheet; empty for a whole line and a missing column."""
        headings = [cell.strip() for cell in self.upload.content[0][1]]
        return letters(headings.index(fault.heading)) if fault.heading in headings else ""

    def problem_of(self, fault: CellFault) -> Problem:
        """The fault as every refusal tells it."""
        place = f"第 {fault.line} 行“{fault.heading}”" if fault.heading else f"第 {fault.line} 行"
        return Problem(f"/{fault.line}/{self.letter_of(fault)}", "bad_cell", f"{place}：{fault.sentence}")

    def sides(self) -> tuple[FrozenItemForm, FrozenItemForm]:
        """The draft and what it would become, each with the dictionaries it names."""
        name, today = self.draft.item.name, clock.today()
        before = msgspec.convert(self.draft.tree, ItemFormDocument)
        return freeze_item_form(before, name, today), freeze_item_form(self.document, name, today)


# --- out --------------------------------------------------------------------------------------------------------------


def schema_of(document: ItemFormDocument, title: str, dialect: Dialect = "2020-12") -> dict[str, Any]:
    """The form as JSON Schema, with the dictionaries it names as they are today."""
    held, _ = freeze_dictionaries(dictionaries_named(document), clock.today())
    lists = {code: {entry.code: entry.name for entry in one.entries} for code, one in held.items()}
    return write_schema(document, lists, title, dialect, {code: one.parents for code, one in held.items()})


def schema_file(document: ItemFormDocument, title: str, dialect: Dialect = "2020-12") -> bytes:
    """The schema as people read it."""
    return json.dumps(schema_of(document, title, dialect), ensure_ascii=False, indent=2).encode()


def sheet_file(document: ItemFormDocument, title: str, file_format: Format) -> IO[bytes]:
    """The form as a sheet in a temporary file, rewound; without fields it is the template."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    if file_format == "xlsx":
        write_xlsx(file, title, HEADINGS, rows_of(document))
    else:
        write_csv(file, HEADINGS, rows_of(document))
    file.seek(0)
    return file


# --- in ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def upload_form_file(*, actor: User, item_key: str, file: IO[bytes], name: str) -> UploadedForm:
    """The file waits to be looked at, in place of the actor's last one for this form; the draft is not changed.

    Raises FileRefused, BadJSON and SchemaRefused for a file that no form can be made of, with the places.
    """
    item = _editable(actor, item_key).item
    kind, content, unread = _content_of(file, name)
    UploadedForm.objects.filter(expires_at__lt=clock.now()).delete()
    UploadedForm.objects.filter(item=item, created_by=actor).delete()
    return UploadedForm.objects.create(
        item=item,
        kind=kind,
        file_name=PurePath(name).name[-200:],
        content=content,
        unread=unread,
        digest=hashlib.sha256(canonical_bytes(content)).hexdigest(),
        created_by=actor,
        expires_at=clock.now() + _KEPT,
    )


def _editable(actor: User, item_key: str) -> FormDraft:
    """The draft of a form that the actor may edit; NotFound out of sight."""
    draft = selectors.get_form_draft(actor, item_key)
    division, department = place_of(draft.item)
    actor.require("item_forms.edit", within=division, department=department)
    return draft


def _content_of(file: IO[bytes], name: str) -> tuple[UploadedForm.Kind, Any, list[str]]:
    """The kind of file, what it says, and the sheets that are not read. A schema stays text: jsonb sorts its names."""
    extension = PurePath(name).suffix.lower()
    if extension not in (".xlsx", ".csv", ".json"):
        raise FileRefused("只接受 .xlsx、.csv 和 .json 文件。")
    if extension != ".json":
        book = read_book(file, name, most=1)
        lines = [[line.number, list(line.cells)] for line in book.sheets[0].lines]
        return UploadedForm.Kind.SHEET, lines, list(book.further)
    schema = file.read(MAX_BYTES + 1)
    read_schema(parse_schema(schema))
    return UploadedForm.Kind.SCHEMA, schema.decode(), []


def read_form_schema(*, actor: User, item_key: str, tree: Any) -> tuple[ItemFormDocument, tuple[Loss, ...]]:
    """The form of this item that a schema describes, and what it loses; nothing is kept."""
    item = _editable(actor, item_key).item
    reading = read_schema(tree)
    document = msgspec.structs.replace(reading.document, item=item.key)
    _refuse(_problems_of(document))
    return document, reading.losses


def find_proposal(*, actor: User, item_key: str) -> Proposal | None:
    """What the actor's waiting file would make of the draft as it is now; None where none waits."""
    draft = _editable(actor, item_key)
    upload = UploadedForm.objects.filter(item=draft.item, created_by=actor, expires_at__gte=clock.now()).first()
    return None if upload is None else _proposal(upload, draft)


def _proposal(upload: UploadedForm, draft: FormDraft) -> Proposal:
    if upload.kind == UploadedForm.Kind.SCHEMA:
        reading = read_schema(parse_schema(upload.content.encode()))
        document = msgspec.structs.replace(reading.document, item=draft.item.key)
        return Proposal(upload, draft, document, problems=_problems_of(document), losses=reading.losses)
    base = msgspec.convert(draft.tree, ItemFormDocument)
    sheet = read_rows([(number, cells) for number, cells in upload.content], base)
    document = msgspec.structs.replace(sheet.document, item=draft.item.key)
    problems = () if sheet.faults else _problems_of(document)
    return Proposal(upload, draft, document, faults=sheet.faults, problems=problems, absent=sheet.absent)


def _problems_of(document: ItemFormDocument) -> tuple[Problem, ...]:
    tree = write(document)
    return (*shape_problems(ItemFormDocument, tree), *duplicate_keys(tree))


@transaction.atomic
def take_form_file(*, actor: User, item_key: str, expected_revision: int) -> ItemForm:
    """The draft is what the actor's waiting file says, at the next revision, and nothing waits any more."""
    proposal = find_proposal(actor=actor, item_key=item_key)
    if proposal is None:
        raise NotFound("没有等待导入的文件，请重新上传。")
    _refuse((*map(proposal.problem_of, proposal.faults), *proposal.problems))
    upload = proposal.upload
    form = save_item_form(
        actor=actor, item_key=item_key, tree=write(proposal.document), expected_revision=expected_revision
    )
    trail.record(
        actor,
        "item_form.imported",
        form,
        division=form.subject.division.code,
        file=upload.file_name,
        digest=upload.digest,
        fields=len(proposal.document.fields),
        losses=len(proposal.losses),
    )
    upload.delete()
    return form


@transaction.atomic
def discard_form_file(*, actor: User, item_key: str) -> None:
    """Nothing of the actor's waits for this form."""
    draft = _editable(actor, item_key)
    UploadedForm.objects.filter(item=draft.item, created_by=actor).delete()


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise Invalid(f"文件有 {len(problems)} 处问题，没有写入任何内容。", problems=problems)
