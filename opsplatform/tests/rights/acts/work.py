"""Acts on what the platform does and keeps: work rows, the trail, the change feed, files of registers."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.audit.models import AuditEntry
from opsplatform.feed.services.epochs import begin_epoch
from opsplatform.jobs.models import Job
from opsplatform.jobs.selectors import get_job
from opsplatform.jobs.services import asking
from opsplatform.jobs.services.steering import cancel_job, retry_job
from opsplatform.kernel import clock
from opsplatform.register_files.documents import Comparison, RowChange
from opsplatform.register_files.models import UploadedSheet
from opsplatform.register_files.services.exporting import export_register
from opsplatform.register_files.services.importing import compare_again, confirm_upload, discard_upload, upload_sheet
from opsplatform.spreadsheets.sheets import find_sheet
from opsplatform.tests.rights.acts import NEVER_WAS, Act, Ask, Door, at_every_spot, in_every_division, in_the_city
from opsplatform.tests.rights.world import staff
from themes.services.watching import WATCH

_SHEET = "serviceitem"
_DIGEST = "d" * 64
_COMPARED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def work_acts() -> Iterator[Act]:
    """Jobs, audit entries, the feed, exports, imports."""
    yield Act(
        "job.read",
        at_every_spot(lambda spot: _job(staff(spot, RoleCode.LEAD_EDITOR))),
        lambda actor, job: get_job(actor, job.pk),
        asks={Door.PAGE: lambda job: Ask(f"/jobs/{job.pk}/")},
        own=_job,
        never_was=_other_row,
    )
    yield Act(
        "job.list_own",
        in_the_city(lambda: None),
        asks={Door.ADMIN: lambda _: Ask("/admin/jobs/job/")},
    )
    yield Act("feed.read", in_the_city(lambda: None), asks={Door.API: lambda _: Ask("/api/v1/export/feed/")})
    yield Act("feed.browse", in_the_city(lambda: None), asks={Door.ADMIN: lambda _: Ask("/admin/feed/event/")})
    yield Act(
        "feed.begin_epoch",
        in_the_city(lambda: None),
        lambda actor, _: begin_epoch(actor=actor, note="理由"),
        begin_epoch,
        trace="feed.epoch_begun",
    )
    yield _steering("retry", retry_job, "job.retried")
    yield _steering("cancel", cancel_job, "job.cancelled")
    yield Act(
        "audit_entry.read",
        in_every_division(lambda spot: AuditEntry.objects.filter(division_code=spot.division).latest("id")),
        asks={
            Door.API: lambda entry: Ask(f"/api/v1/audit-entries/{entry.pk}/"),
            Door.ADMIN: lambda entry: Ask(f"/admin/audit/auditentry/{entry.pk}/change/"),
        },
        never_was=_other_row,
    )
    for name in ("department", "user", "auditentry"):
        yield Act(
            f"{name}.export",
            in_the_city(lambda: None),
            service=export_register,
            asks={Door.PAGE: partial(_export_page, name)},
            trace="register.exported",
        )
    for name in ("department", "servicepoint", "serviceitem"):
        yield Act(
            f"{name}.upload",
            in_the_city(lambda: None),
            service=upload_sheet,
            asks={Door.PAGE: partial(_upload_page, name)},
        )
    yield _on_upload("compare", compare_again, {"do": "compare"})
    yield _on_upload("confirm", confirm_upload, {"do": "confirm", "mark": _COMPARED_AT.isoformat()})
    yield _on_upload("discard", discard_upload, {"do": "discard"})


# --- work -------------------------------------------------------------------------------------------------------------


def _job(actor: User) -> Job:
    with transaction.atomic():
        return asking.ask(WATCH, actor=actor, payload={"codes": []})


def _parked(actor: User) -> Job:
    job = _job(actor)
    job.state = Job.State.PARKED
    job.save(update_fields=["state"])
    return job


def _steering(do: str, service: Callable[..., Any], trace: str) -> Act:
    return Act(
        f"job.{do}",
        at_every_spot(lambda spot: _parked(staff(spot, RoleCode.LEAD_EDITOR))),
        lambda actor, job: service(actor=actor, job_id=job.pk, note="理由"),
        service,
        {Door.PAGE: lambda job: Ask(f"/jobs/{job.pk}/", {"do": do, "note": "理由"})},
        own=_parked,
        trace=trace,
        never_was=_other_row,
    )


# --- files ------------------------------------------------------------------------------------------------------------


def _export_page(name: str, _: Any) -> Ask:
    return Ask(f"/registers/{name}/export/csv/")


def _upload_page(name: str, _: Any) -> Ask:
    sheet = find_sheet(name)
    assert sheet is not None
    file = SimpleUploadedFile("a.csv", (",".join(sheet.headings) + "\n").encode())
    return Ask(f"/registers/{name}/import/", {"file": file})


def _upload(actor: User) -> UploadedSheet:
    """A compared file of headings only: whoever lost the right to import still has what they uploaded before."""
    sheet = find_sheet(_SHEET)
    assert sheet is not None
    compared = Comparison(rows=[RowChange("某事项", 2, is_new=True, cells=())]).report()
    return UploadedSheet.objects.create(
        register=_SHEET,
        file_name="a.csv",
        lines=[[1, sheet.headings]],
        seen={},
        digest=_DIGEST,
        created_by=actor,
        expires_at=clock.now() + timedelta(hours=1),
        comparison=msgspec.to_builtins(compared),
        compared_at=_COMPARED_AT,
    )


def _on_upload(do: str, service: Callable[..., Any], form: dict[str, str]) -> Act:
    return Act(
        f"upload.{do}",
        at_every_spot(lambda spot: _upload(staff(spot, RoleCode.LEAD_EDITOR))),
        service=service,
        asks={Door.PAGE: lambda upload: Ask(f"/registers/{_SHEET}/import/{upload.pk}/", form)},
        own=_upload,
        never_was=_other_row,
    )


def _other_row(row: Any) -> Any:
    twin = copy.copy(row)
    twin.pk = NEVER_WAS
    return twin
