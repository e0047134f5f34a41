"""Filters of the trail, for the list page and the API alike. Each stands on an index: the trail is long."""

import django_filters
from django.db.models import Q, QuerySet, Subquery

from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.filtering import MomentFilter


class _WholeText(django_filters.CharFilter):
    """Entries whose object, request or acting account is exactly the text."""

    def filter(self, qs: QuerySet[AuditEntry], value: str) -> QuerySet[AuditEntry]:
        """The entries that match; all of them for an empty text."""
        if not value:
            return qs
        # The account is looked up first: joined, it would keep the database from using three indexes at once.
        actor = User.objects.filter(username=value).values("pk")[:1]
        return qs.filter(Q(object_key=value) | Q(request_id=value) | Q(actor=Subquery(actor)))


class AuditEntryFilter(django_filters.FilterSet):
    q = _WholeText(label="对象、账号或请求编号")
    actor = django_filters.CharFilter(label="操作账号", field_name="actor__username")
    action = django_filters.CharFilter(label="动作")
    object_type = django_filters.CharFilter(label="对象类型")
    object_key = django_filters.CharFilter(label="对象")
    division = django_filters.CharFilter(label="区划代码", field_name="division_code")
    request_id = django_filters.CharFilter(label="请求编号")
    at_from = MomentFilter(label="时间自", field_name="at", lookup_expr="gte")
    at_to = MomentFilter(label="时间至", field_name="at", lookup_expr="lte")

    class Meta:
        model = AuditEntry
        fields: list[str] = []
