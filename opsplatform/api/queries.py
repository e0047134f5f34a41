"""Query parameters: known ones once each, everything else refused by name."""

from collections.abc import Collection, Iterable

from django.http import QueryDict
from django_filters import BooleanFilter, CharFilter, Filter, FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.widgets import SuffixedMultiWidget
from rest_framework.request import Request
from rest_framework.views import APIView

from opsplatform.api.errors import BadQuery
from opsplatform.kernel.errors import Problem


def refuse_unknown(given: QueryDict, known: Collection[str]) -> None:
    """Passes when every parameter is known, given once and free of NUL; raises BadQuery naming all that are not."""
    problems = []
    for name, values in given.lists():
        if name not in known:
            problems.append(Problem(name, "unknown_parameter", f"不认识查询参数 {name}。"))
        elif len(values) > 1:
            problems.append(Problem(name, "repeated_parameter", f"查询参数 {name} 只能出现一次。"))
        elif "\x00" in values[0]:
            problems.append(Problem(name, "nul", f"查询参数 {name} 含有 NUL 字符。"))
    if problems:
        raise BadQuery("；".join(entry.sentence.rstrip("。") for entry in problems) + "。", problems=tuple(problems))


def parameter_names(filterset: type[FilterSet]) -> Iterable[str]:
    """The query parameters a FilterSet reads."""
    for name, declared in filterset.base_filters.items():
        widget = declared.field.widget
        if isinstance(widget, SuffixedMultiWidget):
            yield from (f"{name}_{suffix}" if suffix else name for suffix in widget.suffixes)
        else:
            yield name


def is_text(declared: Filter) -> bool:
    """Whether the filter takes any text, the empty one included, which then filters nothing."""
    return isinstance(declared, CharFilter)


class StatedFilters(DjangoFilterBackend):
    """The view's FilterSet on its rows; what it cannot read is refused by name."""

    def filter_queryset(self, request: Request, queryset, view: APIView):  # type: ignore[no-untyped-def]
        """The rows that match every filter; raises BadQuery with every parameter that cannot be read."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        problems = [
            Problem(name, error.code or "invalid", " ".join(error.messages))
            for name, errors in filterset.errors.as_data().items()
            for error in errors
        ]
        problems += [
            Problem(name, "not_a_boolean", f"{name} 应为 true 或 false。")
            for name, declared in filterset.filters.items()
            if isinstance(declared, BooleanFilter) and request.query_params.get(name, "true") not in ("true", "false")
        ]
        problems += [
            Problem(name, "empty", f"{name} 没有值：不按它筛选时请不写这个参数。")
            for name, declared in filterset.filters.items()
            if request.query_params.get(name) == ""
            and not isinstance(declared, BooleanFilter)
            and not is_text(declared)
        ]
        if problems:
            raise BadQuery(problems=tuple(problems))
        return filterset.qs
