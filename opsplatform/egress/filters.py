"""Filters of approved hosts and networks."""

import django_filters

from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.kernel.filtering import TextSearch


class ApprovedHostFilter(django_filters.FilterSet):
    q = TextSearch("host", "purpose")
    is_active = django_filters.BooleanFilter(label="批准有效")

    class Meta:
        model = ApprovedHost
        fields: list[str] = []


class ApprovedNetworkFilter(django_filters.FilterSet):
    q = TextSearch("network", "name")
    is_active = django_filters.BooleanFilter(label="批准有效")

    class Meta:
        model = ApprovedNetwork
        fields: list[str] = []
