"""An item's form as a file: JSON Schema or a sheet, of the draft or of what is in force; and the empty template."""

import io
from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse

from forms_builder.documents import ItemFormDocument
from forms_builder.exchange.normal_form import Dialect
from forms_builder.pages.item_form_base import ItemFormPage
from forms_builder.services.exchanging_forms import schema_file, sheet_file
from forms_builder.services.freezing_forms import read_frozen_form
from opsplatform.console.pages import ConsolePage
from opsplatform.kernel.errors import NotFound
from opsplatform.kernel.shape import read_document
from opsplatform.spreadsheets.writing import CONTENT_TYPES, Format

_SCHEMAS: dict[str, Dialect] = {"schema.json": "2020-12", "schema-07.json": "draft-07"}
_SHEETS: dict[str, Format] = {"xlsx": "xlsx", "csv": "csv"}


class ExportForm(ItemFormPage):
    """The draft for those who see it, else what is in force; `?live=1` asks for what is in force."""

    template_name = "forms_builder/item_form_page.html"
    title = "导出表单"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        document, name = self._document(), self.form.item.name
        kind = kwargs["kind"]
        if kind in _SCHEMAS:
            content = io.BytesIO(schema_file(document, name, _SCHEMAS[kind]))
            return _attachment(content, f"{name}-表单.schema.json", "application/schema+json")
        if kind in _SHEETS:
            file = sheet_file(document, name, _SHEETS[kind])
            return _attachment(file, f"{name}-表单.{kind}", CONTENT_TYPES[_SHEETS[kind]])
        raise NotFound

    def _document(self) -> ItemFormDocument:
        if self.may_view_draft and not self.request.GET.get("live"):
            return read_document(ItemFormDocument, self.form.subject.draft)
        if self.live is None:
            raise NotFound("这张表单没有在用的版本。")
        return read_frozen_form(bytes(self.live.version.content)).document


class FormTemplate(ConsolePage):
    """The sheet with its headings and nothing below."""

    action = "item_forms.edit"
    template_name = "forms_builder/form_import.html"
    title = "表单模板"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        file_format = kwargs["kind"]
        if file_format not in _SHEETS:
            raise NotFound
        file = sheet_file(ItemFormDocument(), "表单模板", _SHEETS[file_format])
        return _attachment(file, f"表单模板.{file_format}", CONTENT_TYPES[_SHEETS[file_format]])


def _attachment(file: Any, name: str, content_type: str) -> HttpResponse:
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=name, content_type=content_type))
