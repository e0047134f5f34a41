"""Registers: lists and plain edits of reference data in the admin site, judged by the policy table, saved by services.

A register never writes itself. Its form reads what was typed, its `service` does the whole act (right, rules, revision,
audit entry) in the transaction of the request, and what the service refuses is shown in the form.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, cast

import django_filters
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList as DjangoChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from opsplatform.console.code_lists import coded_column, coded_formfield, keep_standing_codes
from opsplatform.console.differences import changes_in_words, place_in_words, text_of
from opsplatform.console.list_filters import list_filters_of
from opsplatform.console.navigation import is_open
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.kernel.errors import DomainError
from opsplatform.kernel.models import Revisioned
from opsplatform.spreadsheets.sheets import find_sheet

SEEN = "seen_revision"
LongText, Choice = UnfoldAdminTextareaWidget, UnfoldAdminSelectWidget  # for rooms' own form fields
TRAIL, TRAIL_ACTION = "admin:audit_auditentry_changelist", "audit.view"
EXPORT_ACTION, IMPORT_ACTION = "registers.export", "registers.import"
_OWN_FIELDS, _HIDDEN_FIELDS = 50, 2  # of a row's form at most; of each element, its key and its owner's
_POSITION = re.compile(r"/[0-9]+(?=/|$)")  # of an element: refusals count from nought, and people by what they read


class RegisterForm(forms.ModelForm):
    """The row's fields, the revision that was seen, and what the service refused, if it did."""

    refusal: ClassVar[DomainError | None] = None
    coded_fields: ClassVar[Mapping[str, str]] = {}
    seen_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and isinstance(self.instance, Revisioned):
            self.initial.setdefault(SEEN, self.instance.revision)
        keep_standing_codes(self, self.coded_fields)

    def clean(self) -> dict[str, Any]:
        """The values; a refusal becomes the errors of the fields it points to."""
        values = super().clean() or self.cleaned_data
        if self.refusal is not None:
            self._show(self.refusal)
        return values

    def _show(self, refusal: DomainError) -> None:
        elsewhere = []
        for problem in refusal.problems:
            name = problem.pointer.strip("/")
            if name in self.fields and name in self.cleaned_data:
                self.add_error(name, problem.sentence)
            else:
                place = place_in_words(self._meta.model, _POSITION.sub("", problem.pointer))
                elsewhere.append(f"{place}：{problem.sentence}" if place else problem.sentence)
        for section in changes_in_words(self._meta.model, refusal.facts.get("changes", ())):
            elsewhere += [f"{line.what} {text_of(line.before)} → {text_of(line.after)}" for line in section.lines]
        if refusal.facts.get("changes"):
            elsewhere.append("请记下您的修改，重新打开本页后再保存。")
        if elsewhere or not refusal.problems:
            self.add_error(None, [refusal.sentence, *elsewhere])


class ElementInline(TabularInline):
    """The elements of a row, which the row's own service writes with it. `element` names them among the values.

    More of them than a request may carry are left out of the form: it could be filled in, and never be saved.
    """

    element: ClassVar[str]
    extra = 0
    can_delete = False

    @classmethod
    def most(cls) -> int:
        """How many elements one request can carry, beside the fields of the row."""
        fields: Any = cls.fields
        return (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - _OWN_FIELDS) // (len(fields) + _HIDDEN_FIELDS)

    @classmethod
    def fits(cls, row: Model) -> bool:
        """Whether the row's elements can be edited in the form."""
        return bool(getattr(row, cls.element).count() <= cls.most())

    def get_max_num(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """No more can be added than can be sent."""
        return self.most()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the row sees its elements."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever edits the row edits its elements."""
        return self._may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As above."""
        return self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As above, where elements may go at all."""
        return self.can_delete and self._may_edit(request, obj)

    def _may_edit(self, request: HttpRequest, obj: Model | None) -> bool:
        register = self.admin_site._registry[self.parent_model]
        return register.has_change_permission(request, obj) if obj else register.has_add_permission(request)


class _Rows(ChangeList):
    """A list by key, whose rows lead to the thing's own page where it has one."""

    def get_results(self, request: HttpRequest) -> None:
        """One page, under the names that the admin's templates use."""
        is_counted: bool = self.model_admin.is_counted
        self.page = list_page(self.queryset, request.GET.get(PARAMETER), self.list_per_page, is_counted=is_counted)
        self.result_list, self.result_count = self.page.rows, self.page.count or len(self.page.rows)
        self.full_result_count, self.show_full_result_count = None, False
        self.show_admin_actions, self.can_show_all = True, False
        self.multi_page = self.page.is_one_of_several
        self.paginator = None

    @cached_property
    def _query_strings(self) -> dict[Any, str]:
        return {}

    def get_query_string(self, new_params: Mapping[str, Any] | None = None, remove: Sequence[str] | None = None) -> str:
        """The list's address with these parameters; Unfold asks for every heading's anew in every row."""
        asked = (tuple((new_params or {}).items()), tuple(remove or ()))
        if asked not in self._query_strings:
            self._query_strings[asked] = super().get_query_string(new_params, remove)
        return self._query_strings[asked]

    def url_for_result(self, result: Model) -> str:
        page_of: Any = self.model_admin
        return page_of.page_url(result) or super().url_for_result(result)


class ScopedModelAdmin(ModelAdmin):
    """The base of every register.

    `view_action` opens list and detail; `edit_action` with `service` opens the form, without them the register is
    browse-only. Rows out of scope do not exist: in the list, by address, in history, in autocomplete, among choices.
    """

    view_action: ClassVar[str] = "registers.view"
    edit_action: ClassVar[str | None] = None
    has_history: ClassVar[bool] = True
    filterset_class: ClassVar[type[django_filters.FilterSet]]
    is_counted: ClassVar[bool] = True  # whether its list says how many rows there are
    hidden_filters: ClassVar[tuple[str, ...]] = ()  # filters the API has and people have no use for
    identity_fields: ClassVar[tuple[str, ...]] = ()  # what a row is known by: given once
    coded_fields: ClassVar[Mapping[str, str]] = {}  # column → dictionary whose codes it holds
    add_page: ClassVar[str | None] = None  # URL name of a page of work that registers a new one
    add_page_action: ClassVar[str | None] = None

    form = RegisterForm
    search_fields = ("q",)  # the FilterSet's `q` does the searching
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count per choice is a query per choice
    list_per_page = 50
    list_max_show_all = 0
    compressed_fields = True
    actions = None
    change_list_template = "console/register_list.html"

    # --- What rooms say ---------------------------------------------------------------------------------------------

    def service(self, *, actor: Any, pk: int | None, values: Mapping[str, Any], expected_revision: int | None) -> Model:
        """The row is written, all of it, or a DomainError is raised; editable registers name their service here."""
        raise NotImplementedError

    def authority(self, row: Any) -> dict[str, Any]:
        """On which `within` and `department` the right to edit the row is judged."""
        return {}

    def page_url(self, row: Any) -> str | None:
        """The address of the row's own page of work, where it has one."""
        return None

    # --- Scope ------------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows the person sees."""
        return _in_scope(super().get_queryset(request), request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row; what is out of scope is not found, exactly as what never was."""
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The FilterSet's own search."""
        if not search_term:
            return queryset, False
        return self.filterset_class.base_filters["q"].filter(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the FilterSet's own filters: a free look-up through references would tell what the list hides."""
        return lookup in self.filterset_class.base_filters and lookup not in self.hidden_filters

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The FilterSet's own filters."""
        return list(list_filters_of(self.filterset_class, self.hidden_filters))

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows the person sees can be chosen."""
        if "queryset" not in kwargs:
            related: Any = db_field.remote_field.model
            kwargs["queryset"] = _in_scope(related._default_manager.all(), request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Codes are chosen by name; references are chosen here and registered in their own register."""
        if db_field.name in self.coded_fields:
            coded = coded_formfield(db_field, self.coded_fields[db_field.name])
            if coded is not None:
                return coded
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    # --- Rights: the policy table alone -----------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the register is on the person's index."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may open the register; which rows is `get_queryset`'s matter."""
        user: Any = request.user
        return bool(user.is_authenticated and user.may_somewhere(self.view_action))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may register something somewhere; the service judges where."""
        user: Any = request.user
        return (
            self.edit_action is not None and self.has_view_permission(request) and user.may_somewhere(self.edit_action)
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may edit this row, or without one anything."""
        if obj is None or self.edit_action is None:
            return self.has_add_permission(request)
        user: Any = request.user
        return bool(user.may(self.edit_action, **self.authority(obj)))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted: it is retired or dated out."""
        return False

    # --- Form -------------------------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What a row is known by does not change."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, *self.identity_fields) if obj is not None else fixed

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """The form, carrying what the service refused a moment ago."""
        form = super().get_form(request, obj, change, **kwargs)
        form.coded_fields = self.coded_fields
        form.refusal = getattr(request, "refusal", None)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """The room's fieldsets, with the revision seen where the row can be edited."""
        fieldsets = [(title, dict(options)) for title, options in super().get_fieldsets(request, obj)]
        if told := self._left_out(request, obj):
            fieldsets[0][1]["description"] = told
        if obj is None:
            return [(title, {**options, "fields": _without(options["fields"], SEEN)}) for title, options in fieldsets]
        if not self.has_change_permission(request, obj):
            return [(title, {**options, "fields": self._read(options["fields"])}) for title, options in fieldsets]
        if not any(SEEN in options["fields"] for _, options in fieldsets):
            fieldsets[0][1]["fields"] = (*fieldsets[0][1]["fields"], SEEN)
        return fieldsets

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        """The elements, where a request can carry them all."""
        inlines: Any = self.inlines
        return [inline for inline in inlines if obj is None or inline.fits(obj)]

    def _left_out(self, request: HttpRequest, obj: Model | None) -> str:
        """Which elements are too many for the form, and where they are edited."""
        shown, inlines = self.get_inlines(request, obj), cast(Any, self.inlines)
        return "".join(
            f"{inline.model._meta.verbose_name}超过 {inline.most()} 项，不能在这一页修改："
            "请在列表右上角“导出导入”导出，在文件里改好后再导入。"
            for inline in inlines
            if inline not in shown
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        """The room's columns, codes with their names."""
        return self._with_names(super().get_list_display(request))

    def _read(self, fields: Any) -> tuple[Any, ...]:
        """Fields as somebody reads them who may not edit the row."""
        return tuple(
            self._with_names(field) if isinstance(field, list | tuple) else field
            for field in self._with_names(_without(fields, SEEN))
        )

    def _with_names(self, columns: Any) -> tuple[Any, ...]:
        return tuple(
            coded_column(self.model._meta.get_field(column), self.coded_fields[column])
            if isinstance(column, str) and column in self.coded_fields
            else column
            for column in columns
        )

    # --- Writing: one service call ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        """The service has written the row; a row with elements waits for them."""
        if not self.get_inlines(request, obj if change else None):
            self._write(request, form, {})

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm,
        formset: BaseInlineFormSet,
        change: bool,  # noqa: FBT001
    ) -> None:
        """The service has written the row with its elements."""
        inline = next(entry for entry in self.inlines if entry.model is formset.model)
        own = [name for name in formset.empty_form.fields if name not in ("id", "DELETE", formset.fk.name)]
        elements = [
            {name: entry.cleaned_data.get(name) for name in own}
            for entry in formset.forms
            if entry.cleaned_data
            and not entry.cleaned_data.get("DELETE")
            and (entry.instance.pk or entry.has_changed())
        ]
        self._write(request, form, {inline.element: elements})

    def _write(self, request: HttpRequest, form: ModelForm, elements: dict[str, Any]) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != SEEN}
        written = self.service(
            actor=request.user,
            pk=form.instance.pk,
            values={**values, **elements},
            expected_revision=form.cleaned_data.get(SEEN),
        )
        form.instance.pk = written.pk
        for sentence in getattr(written, "warnings", ()):
            messages.warning(request, sentence)

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The trail says what changed; Django's own log stays empty."""
        return []

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        """As above."""

    def log_change(self, *args: Any, **kwargs: Any) -> None:
        """As above."""

    # --- Views ------------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DjangoChangeList]:
        """Rows lead to their own pages."""
        return _Rows

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to the row is in the trail, for those who may read it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if not self.has_history:
            raise Http404
        query = {"object_type": row._meta.label_lower, "object_key": str(getattr(row, "audit_key", row.pk))}
        return redirect(f"{reverse(TRAIL)}?{urlencode(query)}")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The form, with the way to the history for those who may read it."""
        may_read = self.has_history and is_open(request, TRAIL_ACTION)
        return super().render_change_form(request, {**context, "show_history": may_read}, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the way to the page of work that registers a new one, and in and out as a spreadsheet."""
        user: Any = request.user
        is_offered = self.add_page and self.add_page_action and user.may_somewhere(self.add_page_action)
        add_page_url = reverse(self.add_page) if is_offered else None
        extra = {"add_page_url": add_page_url, **self._sheet_links(request), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def _sheet_links(self, request: HttpRequest) -> dict[str, Any]:
        """Where the rows, as filtered, leave as a file, and where a file enters."""
        sheet = find_sheet(str(self.opts.model_name))
        if sheet is None or sheet.model is not self.model:
            return {}
        filters = request.GET.copy()
        for name in (PARAMETER, "_changelist_filters"):
            filters.pop(name, None)
        query = f"?{filters.urlencode()}" if filters else ""
        links: dict[str, Any] = {}
        if is_open(request, EXPORT_ACTION):
            links["exports"] = [
                (word, f"{reverse('register-export', args=[sheet.name, ending])}{query}")
                for word, ending in (("导出 XLSX", "xlsx"), ("导出 CSV", "csv"))
            ]
        if sheet.save is not None and is_open(request, IMPORT_ACTION) and self.has_add_permission(request):
            links["import_url"] = reverse("register-import", args=[sheet.name])
        return links


def _in_scope(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    visible_to = getattr(rows, "visible_to", None)
    return visible_to(request.user) if visible_to else rows


def _without(fields: Any, name: str) -> tuple[Any, ...]:
    return tuple(field for field in fields if field != name)
