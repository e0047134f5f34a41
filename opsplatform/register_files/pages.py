"""Pages of export and import, beside the lists of the registers."""

from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime

from opsplatform.console.pages import ConsolePage, Crumb
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound
from opsplatform.register_files.services.comparing import Comparison
from opsplatform.register_files.services.exporting import export_register
from opsplatform.register_files.services.importing import (
    compare_upload,
    confirm_upload,
    discard_upload,
    get_upload,
    upload_sheet,
)
from opsplatform.spreadsheets.gate import MAX_FILE, too_large
from opsplatform.spreadsheets.sheets import RegisterSheet, find_sheet
from opsplatform.spreadsheets.uploads import is_cut_off
from opsplatform.spreadsheets.writing import CONTENT_TYPES, Format

_SHOWN_ROWS, _SHOWN_PROBLEMS = 200, 200


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
        }

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
    template_name = "register_files/confirm.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"导入{self.sheet.title}：核对改动"

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, the upload, the comparison."""
        sheet = self.sheet
        upload_page = Crumb("导入", reverse("register-import", args=[sheet.name]))
        return Crumb(sheet.title, self.nav_url), upload_page, Crumb("核对改动")

    def context(self) -> dict[str, Any]:
        """What confirming would do at this moment."""
        sheet = self.sheet
        upload = get_upload(self.actor, sheet, self.kwargs["pk"])
        result = compare_upload(actor=self.actor, sheet=sheet, upload=upload)
        return {
            "sheet": sheet,
            "upload": upload,
            "result": result,
            "facts": _facts(result),
            "new_rows": [row for row in result.rows if row.is_new][:_SHOWN_ROWS],
            "changed_rows": [row for row in result.rows if not row.is_new][:_SHOWN_ROWS],
            "problems": result.problems[:_SHOWN_PROBLEMS],
            "may_confirm": bool(result.rows) and not result.problems,
            "shown_rows": _SHOWN_ROWS,
            "shown_problems": _SHOWN_PROBLEMS,
        }

    def post(self, request: HttpRequest, name: str, pk: int) -> HttpResponse:
        """Everything is written, or the upload is thrown away."""
        sheet = self.sheet
        if request.POST.get("do") == "discard":
            discard_upload(actor=self.actor, sheet=sheet, pk=pk)
            return self.done("已放弃，没有写入任何内容。", "register-import", name)
        if request.POST.get("do") != "confirm":
            raise Invalid("没有这项操作。")
        result = confirm_upload(actor=self.actor, sheet=sheet, pk=pk, digest=request.POST.get("digest", ""))
        return self.done(f"已写入：新增 {result.new_count} 条，修改 {result.changed_count} 条。", self.nav_url)


def _spelled_out(request: HttpRequest) -> dict[str, str]:
    """The filters as the record of the export keeps them: short, and without what JSON in PostgreSQL cannot hold."""
    return {name[:60]: str(value)[:200].replace("\x00", "") for name, value in request.GET.items() if value}


def _facts(result: Comparison) -> list[tuple[str, str]]:
    return [
        ("新增", f"{result.new_count} 条"),
        ("修改", f"{result.changed_count} 条，共 {result.cell_count} 处"),
        ("没有变化", f"{result.unchanged_count} 条"),
        ("问题", f"{len(result.problems)} 个"),
    ]
