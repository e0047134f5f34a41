"""Filters of work rows, for the list page and the API alike."""

import django_filters

from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import kinds, things
from opsplatform.kernel.filtering import MomentFilter, TextSearch


class JobFilter(django_filters.FilterSet):
    q = TextSearch("kind", "object_key")
    state = django_filters.ChoiceFilter(label="状态", choices=Job.State.choices)
    kind = django_filters.ChoiceFilter(label="任务", choices=kinds)
    object_type = django_filters.ChoiceFilter(label="对象类型", choices=things)
    object_key = django_filters.CharFilter(label="对象")
    created_from = MomentFilter(label="创建自", field_name="created_at", lookup_expr="gte")
    created_to = MomentFilter(label="创建至", field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Job
        fields: list[str] = []
