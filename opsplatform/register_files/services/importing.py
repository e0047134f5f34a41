"""A file is uploaded, compared, and written once its uploader has confirmed what was shown.

Comparing and writing are background work: a large file takes longer than a request may. Each is one element in one
transaction, so that a worker that dies leaves nothing behind and the next one begins anew.
"""

import hashlib
from datetime import timedelta
from typing import IO

import msgspec
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.jobs.services.asking import ask
from opsplatform.jobs.services.steering import close_parked
from opsplatform.jobs.services.telling import tell
from opsplatform.kernel import clock, recording
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.errors import Problem, WrongState
from opsplatform.kernel.list_imports import may_take_turn, turn_at
from opsplatform.register_files import selectors
from opsplatform.register_files.errors import ImportBusy, ImportRefused, UploadGone
from opsplatform.register_files.models import UploadedSheet
from opsplatform.register_files.services.comparing import revisions_of, write_lines
from opsplatform.spreadsheets.json_files import lines_of_json
from opsplatform.spreadsheets.reading import Line, read_book
from opsplatform.spreadsheets.sheets import RegisterSheet, find_sheet

COMPARE, WRITE = "register_files.compare", "register_files.write"  # the kinds of work
_KEPT = timedelta(hours=2)
_AT_WORK = "这份文件正在处理；要改变主意，请先取消这项任务。"


def upload_sheet(*, actor: User, sheet: RegisterSheet, file: IO[bytes], name: str) -> UploadedSheet:
    """The lines of the file are going to be compared and wait for the actor's word; the register is not changed.

    Raises FileRefused for a file that is not looked into. What expired, and what the actor uploaded here before, goes.
    """
    actor.require("registers.import")
    lines, unread = _read(file, name, sheet)
    seen = revisions_of(actor=actor, sheet=sheet, lines=lines)
    content = [[line.number, list(line.cells)] for line in lines]
    with transaction.atomic():
        now = clock.now()
        _remove(UploadedSheet.objects.filter(Q(expires_at__lt=now) | Q(created_by=actor, register=sheet.name)))
        upload = UploadedSheet.objects.create(
            register=sheet.name,
            file_name=name[-200:],
            lines=content,
            unread=unread,
            seen=seen,
            digest=hashlib.sha256(canonical_bytes(content)).hexdigest(),
            created_by=actor,
            expires_at=now + _KEPT,
        )
        _ask(COMPARE, upload, actor)
    return upload


def _read(file: IO[bytes], name: str, sheet: RegisterSheet) -> tuple[list[Line], list[str]]:
    """The lines of the file, and the titles of its sheets that say something and are not read."""
    if sheet.json is not None and name.lower().endswith(".json"):
        return lines_of_json(file, sheet), []
    book = read_book(file, name, most=1)
    return book.sheets[0].lines, list(book.further)


@transaction.atomic
def compare_again(*, actor: User, sheet: RegisterSheet, pk: int) -> None:
    """The upload is going to be compared with the register as it is now."""
    actor.require("registers.import")
    upload = _open_upload(actor, sheet, pk)
    upload.seen = revisions_of(actor=actor, sheet=sheet, lines=_lines_of(upload))
    upload.comparison = upload.compared_at = None
    upload.save(update_fields=["seen", "comparison", "compared_at"])
    _ask(COMPARE, upload, actor)


def compare_upload(pk: int) -> None:
    """What writing would do at this moment is kept with the upload; nothing of the register is changed."""
    upload, sheet = _upload_at_work(pk)
    with transaction.atomic():
        _alone_with(sheet)
        result = write_lines(actor=upload.created_by, sheet=sheet, lines=_lines_of(upload), seen=upload.seen, tell=tell)
        transaction.set_rollback(True)
    upload.comparison, upload.compared_at = msgspec.to_builtins(result.report()), clock.now()
    upload.save(update_fields=["comparison", "compared_at"])


@transaction.atomic
def confirm_upload(*, actor: User, sheet: RegisterSheet, pk: int, mark: str) -> None:
    """What the actor looked at, which is the comparison of that mark, is going to be written."""
    actor.require("registers.import")
    upload = _open_upload(actor, sheet, pk)
    if not mark or upload.comparison_mark != mark:
        raise UploadGone
    if upload.report is None or not upload.report.may_be_written:
        raise ImportRefused
    _ask(WRITE, upload, actor)


def write_upload(pk: int) -> None:
    """Everything the file says stands in the register, or nothing does and ImportRefused says why.

    Whoever uploaded it acts, with the rights they have at this moment. What was written already is left alone.
    """
    upload, sheet = _upload_at_work(pk)
    if upload.applied_at is not None:
        return
    actor = upload.created_by
    _alone_with(sheet)
    result = write_lines(actor=actor, sheet=sheet, lines=_lines_of(upload), seen=upload.seen, tell=tell)
    if result.problems:
        raise ImportRefused(
            problems=tuple(
                Problem(f"/{problem.line}/{problem.letter}", "refused", f"第 {problem.line} 行：{problem.sentence}")
                for problem in result.problems
            )
        )
    report = result.report()
    upload.comparison, upload.applied_at = msgspec.to_builtins(report), clock.now()
    upload.save(update_fields=["comparison", "applied_at"])
    recording.trail().record(
        actor,
        "register.imported",
        upload,
        division=actor.division.code if actor.division else "",
        register=sheet.title,
        digest=upload.digest,
        new=report.new_count,
        changed=report.changed_count,
        unchanged=report.unchanged_count,
    )


@transaction.atomic
def discard_upload(*, actor: User, sheet: RegisterSheet, pk: int) -> None:
    """The upload is gone; one that was written stays on record, and one that is being written is called off first."""
    upload = selectors.get_upload(actor, sheet, pk)
    if upload.applied_at is not None:
        raise UploadGone
    _refuse_while_at_work(upload)
    _remove(UploadedSheet.objects.filter(pk=pk))


def _remove(uploads: QuerySet[UploadedSheet]) -> None:
    """Those uploads are gone that neither were written nor are being worked on, with their failed work."""
    at_work = Job.objects.open().filter(
        object_type=selectors.UPLOAD, object_key=Cast(OuterRef("pk"), output_field=CharField())
    )
    keys = list(uploads.filter(~Exists(at_work), applied_at=None).values_list("pk", flat=True))
    close_parked(selectors.UPLOAD, [str(key) for key in keys])
    UploadedSheet.objects.filter(pk__in=keys).delete()


def _ask(kind: str, upload: UploadedSheet, actor: User) -> None:
    ask(
        kind,
        actor=actor,
        payload={"upload": upload.pk},
        dedupe_key=f"{kind}:{upload.pk}",
        object_type=selectors.UPLOAD,
        object_key=str(upload.pk),
    )


def _open_upload(actor: User, sheet: RegisterSheet, pk: int) -> UploadedSheet:
    """The actor's own upload, locked, while it can be confirmed and nothing is being done with it."""
    selectors.get_upload(actor, sheet, pk)
    upload = UploadedSheet.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if upload is None:
        raise WrongState(_AT_WORK)
    if not upload.is_open(clock.now()):
        raise UploadGone
    _refuse_while_at_work(upload)
    close_parked(selectors.UPLOAD, [str(pk)])
    return upload


def _refuse_while_at_work(upload: UploadedSheet) -> None:
    job = selectors.find_job(upload)
    if job is not None and job.is_open:
        raise WrongState(_AT_WORK)


def _upload_at_work(pk: int) -> tuple[UploadedSheet, RegisterSheet]:
    upload = UploadedSheet.objects.select_for_update(of=("self",)).select_related("created_by").filter(pk=pk).first()
    sheet = find_sheet(upload.register) if upload else None
    if upload is None or sheet is None:
        raise UploadGone
    upload.created_by.require("registers.import")
    return upload, sheet


def _alone_with(sheet: RegisterSheet) -> None:
    """No other file is compared with the register until this transaction ends, so that no two wait for each other."""
    if not may_take_turn(turn_at(sheet.name)):
        raise ImportBusy


def _lines_of(upload: UploadedSheet) -> list[Line]:
    return [Line(number, tuple(cells)) for number, cells in upload.lines]
