"""Building blocks of the rooms' FilterSets: one definition serves the list page and the API."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters.fields import IsoDateTimeField


class TextSearch(django_filters.CharFilter):
    """Rows where the text occurs in any of the columns, whatever its case."""

    def __init__(self, *columns: str, label: str = "搜索") -> None:
        super().__init__(label=label)
        self.columns = columns

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that match; all of them for an empty text."""
        if not value:
            return qs
        return qs.filter(reduce(or_, (Q(**{f"{column}__icontains": value}) for column in self.columns)))


class ScopedChoice(django_filters.ModelChoiceFilter):
    """A choice among the rows that the caller sees: `queryset` is a function of the request.

    A filter keeps its form field once asked for it. What is asked without a request, as the OpenAPI schema asks
    of the declared filter, offers nothing and must not stay, for every later filter is a copy of the declared one.
    """

    @property
    def field(self) -> Any:
        """The form field for the request; built anew where there is none."""
        field = super().field
        if self.get_request() is None:
            del self._field
        return field


class ValidOn(django_filters.DateFilter):
    """Rows whose period `valid_from`…`valid_to`, both days included, contains the day."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows in force on the day; all of them without one."""
        if value is None:
            return qs
        return qs.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=value), Q(valid_to__isnull=True) | Q(valid_to__gte=value)
        )


class WholeNumberFilter(django_filters.NumberFilter):
    """A whole number, as codes of rows are."""

    field_class = forms.IntegerField


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment is not None and not 1970 <= moment.year < 3000:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A moment of the computer age: the ends of the calendar cannot be said in every zone, nor by the database."""

    field_class = _MomentField
