"""Filters of events on their list page."""

import django_filters

from opsplatform.feed import vocabulary
from opsplatform.feed.models import Event
from opsplatform.kernel.filtering import MomentFilter, WholeNumberFilter


class EventFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="代码（须完整）", field_name="code")
    type = django_filters.ChoiceFilter(label="事件", choices=vocabulary.choices)
    division = django_filters.CharFilter(label="区划代码", field_name="division_code")
    is_waiting = django_filters.BooleanFilter(label="等待编号", field_name="position", lookup_expr="isnull")
    position_from = WholeNumberFilter(label="位置自", field_name="position", lookup_expr="gte")
    at_from = MomentFilter(label="时间自", field_name="at", lookup_expr="gte")
    at_to = MomentFilter(label="时间至", field_name="at", lookup_expr="lte")

    class Meta:
        model = Event
        fields: list[str] = []
