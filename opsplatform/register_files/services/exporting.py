"""A register leaves as a file."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet

from opsplatform.accounts.models import User
from opsplatform.kernel import recording
from opsplatform.register_files.models import ExportedFile
from opsplatform.spreadsheets.sheets import RegisterSheet
from opsplatform.spreadsheets.writing import MAX_LINES, Format, refuse_too_many, write_csv, write_xlsx

_ROWS_AT_ONCE = 500


@transaction.atomic
def export_register(
    *, actor: User, sheet: RegisterSheet, rows: QuerySet[Any], file_format: Format, filters: Mapping[str, str]
) -> IO[bytes]:
    """The rows the actor sees stand in a temporary file, rewound, and the file is on record with its digest.

    `rows` come filtered and in order; scope is applied here once more. A server-side cursor hands them over in one
    snapshot, so memory does not grow with their number, and nobody gets half a file: it is sent when it is whole.
    """
    actor.require("registers.export")
    visible_to = getattr(sheet.model._default_manager.all(), "visible_to", None)
    if visible_to is not None:
        rows = rows.filter(pk__in=visible_to(actor).values("pk"))
    refuse_too_many(file_format, rows.order_by()[: MAX_LINES[file_format] + 1].count())  # before any is written
    with ExitStack() as on_failure:
        file: IO[bytes] = on_failure.enter_context(tempfile.TemporaryFile())
        if file_format == "xlsx":
            count = write_xlsx(file, sheet.title, sheet.headings, _lines(sheet, rows))
        else:
            count = write_csv(file, sheet.headings, _lines(sheet, rows))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        file.seek(0)
        _record(actor, sheet, file_format, filters, count, digest)
        on_failure.pop_all()  # the answer closes it
    return file


def _record(
    actor: User, sheet: RegisterSheet, file_format: Format, filters: Mapping[str, str], count: int, digest: str
) -> None:
    record = ExportedFile.objects.create(
        register=sheet.name,
        format=file_format,
        filters=dict(filters),
        line_count=count,
        digest=digest,
        created_by=actor,
    )
    recording.trail().record(
        actor,
        "register.exported",
        record,
        division=actor.division.code if actor.division else "",
        register=sheet.title,
        lines=count,
        filters=dict(filters),
        digest=digest,
    )


def _lines(sheet: RegisterSheet, rows: QuerySet[Any]) -> Iterator[list[str]]:
    rows = rows.prefetch_related(None).prefetch_related(*sheet.prefetched)
    if sheet.related:
        rows = rows.select_related(*sheet.related)
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        yield from sheet.lines_of(row)
