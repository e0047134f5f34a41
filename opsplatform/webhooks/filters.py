"""Filters of endpoints and deliveries, for pages and the API alike."""

import django_filters

from opsplatform.kernel.filtering import MomentFilter, TextSearch
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.webhooks.models import Delivery, Endpoint


class EndpointFilter(django_filters.FilterSet):
    q = TextSearch("name", "url")
    division = DivisionSubtree("division__path")
    state = django_filters.ChoiceFilter(label="状态", choices=Endpoint.State.choices)

    class Meta:
        model = Endpoint
        fields: list[str] = []


class DeliveryFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=Delivery.State.choices)
    created_from = MomentFilter(label="生成自", field_name="created_at", lookup_expr="gte")
    created_to = MomentFilter(label="生成至", field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Delivery
        fields: list[str] = []
