"""A file is uploaded, compared, and written once its uploader has confirmed what was shown."""

import hashlib
from datetime import timedelta
from typing import IO

from django.db import connection, transaction
from django.db.models import Q

from opsplatform.accounts.models import User
from opsplatform.kernel import clock, recording
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.errors import NotFound, Problem
from opsplatform.register_files.errors import ImportBusy, ImportRefused, UploadGone
from opsplatform.register_files.models import UploadedSheet
from opsplatform.register_files.services.comparing import Comparison, revisions_of, write_lines
from opsplatform.spreadsheets.reading import Line, read_lines
from opsplatform.spreadsheets.sheets import RegisterSheet

_KEPT = timedelta(hours=2)


def upload_sheet(*, actor: User, sheet: RegisterSheet, file: IO[bytes], name: str) -> UploadedSheet:
    """The lines of the file wait for the actor's word; nothing of the register is changed.

    Raises FileRefused for a file that is not looked into. What expired, and what the actor uploaded here before, goes.
    """
    actor.require("registers.import")
    lines = read_lines(file, name)
    seen = revisions_of(actor=actor, sheet=sheet, lines=lines)
    content = [[line.number, list(line.cells)] for line in lines]
    with transaction.atomic():
        now = clock.now()
        unconfirmed = UploadedSheet.objects.filter(applied_at=None)
        unconfirmed.filter(Q(expires_at__lt=now) | Q(created_by=actor, register=sheet.name)).delete()
        return UploadedSheet.objects.create(
            register=sheet.name,
            file_name=name[-200:],
            lines=content,
            seen=seen,
            digest=hashlib.sha256(canonical_bytes(content)).hexdigest(),
            created_by=actor,
            expires_at=now + _KEPT,
        )


def get_upload(actor: User, sheet: RegisterSheet, pk: int) -> UploadedSheet:
    """The actor's own upload; anybody else's is not found."""
    upload = UploadedSheet.objects.filter(pk=pk, created_by=actor, register=sheet.name).first()
    if upload is None:
        raise NotFound
    return upload


def compare_upload(*, actor: User, sheet: RegisterSheet, upload: UploadedSheet) -> Comparison:
    """What confirming would do at this moment; nothing is written. Raises UploadGone past its time."""
    actor.require("registers.import")
    if not upload.is_open(clock.now()):
        raise UploadGone
    with transaction.atomic():
        _alone_with(sheet)
        result = write_lines(actor=actor, sheet=sheet, lines=_lines_of(upload), seen=upload.seen)
        transaction.set_rollback(True)
    return result


@transaction.atomic
def confirm_upload(*, actor: User, sheet: RegisterSheet, pk: int, digest: str) -> Comparison:
    """Everything the file says stands in the register, or nothing does and ImportRefused says why.

    `digest` is that of the content the actor looked at.
    """
    actor.require("registers.import")
    UploadedSheet.objects.select_for_update().filter(pk=pk, created_by=actor).first()
    upload = get_upload(actor, sheet, pk)
    if not upload.is_open(clock.now()) or upload.digest != digest:
        raise UploadGone
    _alone_with(sheet)
    result = write_lines(actor=actor, sheet=sheet, lines=_lines_of(upload), seen=upload.seen)
    if result.problems:
        raise ImportRefused(
            problems=tuple(
                Problem(f"/{problem.line}/{problem.letter}", "refused", f"第 {problem.line} 行：{problem.sentence}")
                for problem in result.problems[:20]
            )
        )
    upload.applied_at = clock.now()
    upload.save(update_fields=["applied_at"])
    recording.trail().record(
        actor,
        "register.imported",
        upload,
        division=actor.division.code if actor.division else "",
        register=sheet.title,
        digest=upload.digest,
        new=result.new_count,
        changed=result.changed_count,
        unchanged=result.unchanged_count,
    )
    return result


@transaction.atomic
def discard_upload(*, actor: User, sheet: RegisterSheet, pk: int) -> None:
    """The upload is gone; one that was applied stays on record."""
    upload = get_upload(actor, sheet, pk)
    if upload.applied_at is not None:
        raise UploadGone
    upload.delete()


def _alone_with(sheet: RegisterSheet) -> None:
    """No other file is compared with the register until this transaction ends, so that no two wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"register_files.{sheet.name}"])
        if not cursor.fetchone()[0]:
            raise ImportBusy


def _lines_of(upload: UploadedSheet) -> list[Line]:
    return [Line(number, tuple(cells)) for number, cells in upload.lines]
