"""Pages of export and import, beside the lists of the registers."""

import json
from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localtime

from opsplatform.console.pages import ConsolePage, Crumb
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.jobs.models import Job
from opsplatform.jobs.pages import has_settled, loaded_anew
from opsplatform.jobs.selectors import list_recent
from opsplatform.jobs.wording import Standing, standing_of, told
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound
from opsplatform.register_files import selectors
from opsplatform.register_files.documents import MOST_SHOWN, Report
from opsplatform.register_files.models import UploadedSheet
from opsplatform.register_files.services.exporting import export_register
from opsplatform.register_files.services.importing import (
    compare_again,
    confirm_upload,
    discard_upload,
    upload_sheet,
)
from opsplatform.spreadsheets.gate import MAX_FILE, too_large
from opsplatform.spreadsheets.sheets import RegisterSheet, find_sheet
from opsplatform.spreadsheets.uploads import is_cut_off
from opsplatform.spreadsheets.writing import CONTENT_TYPES, Format

_UPLOADS_LISTED = 10


class _RegisterPage(ConsolePage):
    """A page about one register: its sheet, and the list that knows its rights, scope and filters."""

    @property
    def sheet(self) -> RegisterSheet:
        """The register's sheet."""
        sheet = find_sheet(self.kwargs["name"])
        if sheet is None:
            raise NotFound
        return sheet

    @property
    def register(self) -> ScopedModelAdmin:
        """The register's list."""
        register = site._registry[self.sheet.model]
        assert isinstance(register, ScopedModelAdmin)
        return register

    @property
    def nav_url(self) -> str:
        """The list."""
        options = self.sheet.model._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist")


class Export(_RegisterPage):
    action = "registers.export"
    template_name = "register_files/import.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file with the rows of the list as it is filtered, in its order."""
        if not self.register.has_view_permission(request):
            raise PermissionDenied("您没有查看这一登记的权限。")
        file_format: Format = kwargs["file_format"]
        file = export_register(
            actor=self.actor,
            sheet=self.sheet,
            rows=self._rows(),
            file_format=file_format,
            filters=_spelled_out(request),
        )
        day = localtime(clock.now()).strftime("%Y%m%d")
        return FileResponse(  # type: ignore[return-value]
            file,
            as_attachment=True,
            filename=f"{self.sheet.title}-{day}.{file_format}",
            content_type=CONTENT_TYPES[file_format],
        )

    def _rows(self) -> QuerySet[Any]:
        try:
            rows: QuerySet[Any] = self.register.get_changelist_instance(self.request).queryset
        except (IncorrectLookupParameters, DisallowedModelAdminLookup) as error:
            raise Invalid("筛选条件不能识别，请回到列表重新筛选。") from error
        return rows


class _ImportPage(_RegisterPage):
    action = "registers.import"

    def is_open(self) -> bool:
        """Whether the person may edit rows of this register somewhere."""
        sheet = find_sheet(self.kwargs["name"])
        may_edit = sheet is None or site._registry[sheet.model].has_add_permission(self.request)
        return super().is_open() and may_edit

    @property
    def sheet(self) -> RegisterSheet:
        """The register's sheet, where it can be written."""
        sheet = super().sheet
        if sheet.save is None:
            raise NotFound
        return sheet

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list and the page."""
        return Crumb(self.sheet.title, self.nav_url), Crumb("导入")


class Import(_ImportPage):
    template_name = "register_files/import.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"导入{self.sheet.title}"

    def context(self) -> dict[str, Any]:
        """What a file must look like."""
        sheet = self.sheet
        own = sheet.headings[: len(sheet.columns)]
        keys = [heading for column, heading in zip(sheet.columns, own, strict=True) if column.name in sheet.key]
        return {
            "sheet": sheet,
            "headings": sheet.headings,
            "keys": keys,
            "max_megabytes": MAX_FILE // 1024 // 1024,
            "nav_url": self.nav_url,
            "uploads": self._uploads(),
            **(_json_told(sheet) if sheet.json else {}),
        }

    def _uploads(self) -> list[tuple[UploadedSheet, Standing]]:
        """The person's latest files of this register, with where they stand."""
        uploads = list(selectors.list_uploads(self.actor).filter(register=self.sheet.name)[:_UPLOADS_LISTED])
        jobs = selectors.find_jobs(uploads)
        return [(upload, _standing_of(upload, jobs.get(str(upload.pk)))) for upload in uploads]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """The file waits to be confirmed, and what it would change is shown."""
        sheet, file = self.sheet, request.FILES.get("file")
        if is_cut_off(request):
            raise too_large()
        if file is None or file.file is None:
            raise Invalid("请选择一个文件。")
        upload = upload_sheet(actor=self.actor, sheet=sheet, file=file.file, name=str(file.name))
        return redirect("register-import-confirm", name, upload.pk)


class ConfirmImport(_ImportPage):
    """An upload from its comparison to what came of it: while work on it goes on, the page refreshes itself."""

    template_name = "register_files/confirm.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"导入{self.sheet.title}：核对改动"

    @cached_property
    def upload(self) -> UploadedSheet:
        """The person's own upload; raises NotFound."""
        return selectors.get_upload(self.actor, self.sheet, self.kwargs["pk"])

    @cached_property
    def job(self) -> Job | None:
        """The latest work about it."""
        return selectors.find_job(self.upload)

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, the upload, the comparison."""
        sheet = self.sheet
        upload_page = Crumb("导入", reverse("register-import", args=[sheet.name]))
        return Crumb(sheet.title, self.nav_url), upload_page, Crumb("核对改动")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; once the work is done, a refresh loads it anew with what came of it."""
        return loaded_anew() if self.job and has_settled(request, self.job) else self.page()

    def context(self) -> dict[str, Any]:
        """Where the upload stands, what writing it would do or did, and what is open to the person."""
        upload, job, report = self.upload, self.job, self.upload.report
        at_work = job if job is not None and job.is_open else None
        return {
            "sheet": self.sheet,
            "upload": upload,
            "at_work": at_work,
            "standing": standing_of(at_work) if at_work else None,
            "reason": _reason(upload, job),
            "works": told(self.actor, list_recent(selectors.UPLOAD, upload.pk)),
            "result": None if at_work else report,
            "facts": _facts(report) if report else [],
            "new_rows": [row for row in report.rows if row.is_new] if report else [],
            "changed_rows": [row for row in report.rows if not row.is_new] if report else [],
            "is_open": upload.is_open(clock.now()),
            "most_shown": MOST_SHOWN,
            "nav_url": self.nav_url,
        }

    def post(self, request: HttpRequest, name: str, pk: int) -> HttpResponse:
        """Everything is going to be written, or compared again, or the upload is thrown away."""
        sheet, wish = self.sheet, request.POST.get("do")
        if wish == "discard":
            discard_upload(actor=self.actor, sheet=sheet, pk=pk)
            return self.done("已放弃，没有写入任何内容。", "register-import", name)
        if wish == "compare":
            compare_again(actor=self.actor, sheet=sheet, pk=pk)
        elif wish == "confirm":
            confirm_upload(actor=self.actor, sheet=sheet, pk=pk, mark=request.POST.get("mark", ""))
        else:
            raise Invalid("没有这项操作。")
        return redirect("register-import-confirm", name, pk)


def _json_told(sheet: RegisterSheet) -> dict[str, Any]:
    """What a JSON file of the register looks like."""
    assert sheet.json is not None
    called = {column: key for key, column in sheet.json.names.items()}
    own = [called.get(column.name, column.name) for column in sheet.columns if column.parse is not None]
    elements = sheet.elements.columns if sheet.elements else ()
    of_elements = [called.get(column.name, column.name) for column in elements if column.parse is not None]
    row: dict[str, Any] = dict.fromkeys(own[:2], "…")
    if sheet.json.elements:
        row[sheet.json.elements] = [dict.fromkeys(of_elements[:2], "…")]
    sample = json.dumps({sheet.json.root: [row]}, ensure_ascii=False)
    return {"json_sample": sample, "json_keys": own, "json_element_keys": of_elements}


def _standing_of(upload: UploadedSheet, job: Job | None) -> Standing:
    """Where an upload stands: with its work while that goes on or has failed, else with its uploader."""
    if job is not None and job.state != Job.State.DONE and upload.applied_at is None:
        return standing_of(job)
    if upload.applied_at is not None:
        return Standing("已写入", "good")
    return Standing("等待确认", "warn") if upload.is_open(clock.now()) else Standing("已过期", "neutral")


def _reason(upload: UploadedSheet, job: Job | None) -> str:
    """Why the latest work about the upload came to nothing, or has to wait."""
    if job is None or upload.applied_at is not None:
        return ""
    return "任务已取消。" if job.state == Job.State.CANCELLED and not job.last_error else job.last_error


def _spelled_out(request: HttpRequest) -> dict[str, str]:
    """The filters as the record of the export keeps them: short, and without what JSON in PostgreSQL cannot hold."""
    return {name[:60]: str(value)[:200].replace("\x00", "") for name, value in request.GET.items() if value}


def _facts(result: Report) -> list[tuple[str, str]]:
    return [
        ("新增", f"{result.new_count} 条"),
        ("修改", f"{result.changed_count} 条，共 {result.cell_count} 处"),
        ("没有变化", f"{result.unchanged_count} 条"),
        ("问题", f"{result.problem_count} 个"),
    ]
