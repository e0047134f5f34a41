"""List filters of a register, made from its FilterSet: one definition serves the list page and the API."""

from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters, ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

_INPUT_TYPES = {
    django_filters.DateFilter: "date",
    django_filters.IsoDateTimeFilter: "datetime-local",
    django_filters.NumberFilter: "number",
}


class _Choices(UnfoldAdminSelectWidget):
    """Unfold's list of choices without a template for each of them: there may be hundreds of divisions."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The same elements."""
        chosen = self.format_value(value)
        options = (
            (key, mark_safe(" selected" if str(key) in chosen else ""), label)  # noqa: S308
            for key, label in self.choices
        )
        shown = {
            "name": name,
            "attributes": flatatt(self.build_attrs(self.attrs, attrs)),
            "options": format_html_join("\n", '<option value="{}"{}>{}</option>', options),
        }
        return mark_safe(render_to_string("console/choices.html", shown))  # noqa: S308


class _ChoicesForm(DropdownForm):
    """A list of choices that can be searched."""

    widget = _Choices(attrs=DropdownForm.widget.attrs)


class _TypedForm(forms.Form):
    """One input of the given HTML type."""

    def __init__(self, *, name: str, label: str, input_type: str, data: dict[str, Any]) -> None:
        super().__init__(data)
        widget = UnfoldAdminTextInputWidget(attrs={"type": input_type})
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)


class FilterSetListFilter(SimpleListFilter):
    """One filter of a FilterSet, shown in the list's filter sheet. Subclasses come from `list_filters_of`."""

    template = "unfold/filters/filters_field.html"
    filterset_class: type[django_filters.FilterSet]
    parameter_name: str

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: ModelAdmin) -> None:
        # The set is asked for its filters, which get the list's rows later; the rows in scope are dear to put together.
        bound = self.filterset_class({}, queryset=model._default_manager.none(), request=request)
        self.filter = bound.filters[self.parameter_name]
        self.title = str(self.filter.label)
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """The choices on offer, which for references are those in the person's scope."""
        field: Any = self.filter.field
        if isinstance(self.filter, django_filters.BooleanFilter):
            return [("true", "是"), ("false", "否")]
        if isinstance(self.filter, django_filters.ModelChoiceFilter):
            key = field.to_field_name or "pk"
            return [(str(getattr(row, key)), field.label_from_instance(row)) for row in field.queryset]
        if isinstance(self.filter, django_filters.ChoiceFilter):
            return [(str(value), str(label)) for value, label in field.choices if value not in (None, "")]
        return []

    def has_output(self) -> bool:
        """A filter without choices is a text to type."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows the filter leaves; what cannot be read sends the browser back to the whole list."""
        text = self.value()
        if text in (None, ""):
            return queryset
        try:
            return self.filter.filter(queryset, self.filter.field.clean(text))
        except ValidationError as error:
            raise IncorrectLookupParameters from error

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The form that the filter sheet shows."""
        data = {self.parameter_name: self.value()}
        if self.lookup_choices:
            choices = [("", "全部"), *self.lookup_choices]
            form: forms.Form = _ChoicesForm(name=self.parameter_name, label=self.title, choices=choices, data=data)
        else:
            kind = next((word for base, word in _INPUT_TYPES.items() if isinstance(self.filter, base)), "text")
            form = _TypedForm(name=self.parameter_name, label=str(self.title), input_type=kind, data=data)
        yield {"form": form, "selected": bool(self.value())}


def list_filters_of(
    filterset_class: type[django_filters.FilterSet], hidden: tuple[str, ...]
) -> list[type[FilterSetListFilter]]:
    """A list filter for every filter of the set but `q`, which is the search box, and the hidden ones."""
    return [
        type(
            f"{filterset_class.__name__}_{name}",
            (FilterSetListFilter,),
            {
                "filterset_class": filterset_class,
                "parameter_name": name,
                "title": filterset_class.base_filters[name].label,
                "form_class": _ChoicesForm,  # Unfold takes the scripts of the filter sheet from here
            },
        )
        for name in filterset_class.base_filters
        if name != "q" and name not in hidden
    ]
