"""A system's own endpoints: list, register, look up, replace the secret, read the log. People use the console."""

import json
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api.operations import Operation
from opsplatform.api.serializers import Body
from opsplatform.api.views import ApiView, Register, RegisterDetail, RegisterList
from opsplatform.kernel.canonical import digest_of
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.webhooks import selectors
from opsplatform.webhooks.api.serializers import (
    DeliverySerializer,
    EndpointSerializer,
    NewEndpointBody,
    RedeliveredSerializer,
    RedeliverPeriodBody,
    RotateBody,
    SecretSerializer,
)
from opsplatform.webhooks.filters import DeliveryFilter, EndpointFilter
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services.endpoints import register_endpoint, rotate_secret
from opsplatform.webhooks.services.redelivering import redeliver, redeliver_period

KEEP = ("webhooks.keep_own",)
SCOPE = "webhooks:write"


class _Own(Register):
    queryset = Endpoint.objects.select_related("division")
    serializer_class = EndpointSerializer

    def visible_rows(self) -> QuerySet[Endpoint]:
        """The caller's own."""
        return self.queryset.filter(peer=self.actor)


class Endpoints(_Own, RegisterList):
    operations = {
        "get": Operation("list_webhook_endpoints", "本系统的通知回调", KEEP, SCOPE, for_people=False),
        "post": Operation(
            "register_webhook_endpoint",
            "登记通知回调；密钥只在回答中给出一次",
            KEEP,
            SCOPE,
            for_people=False,
            is_change=True,
        ),
    }
    filterset_class = EndpointFilter
    order_key = "id"

    def query_names(self) -> set[str]:
        """Filters and page of the list; none for registering."""
        return set() if self.request.method == "POST" else super().query_names()

    @extend_schema(request=NewEndpointBody, responses={201: SecretSerializer})
    def post(self, request: Request) -> Response:
        """The endpoint stands and is told of everything from now on."""
        values = self.body(NewEndpointBody)
        division = Division.objects.filter(code=values["division"]).first()
        if division is None:
            raise Invalid(problems=(Problem("/division", "unknown_division", "没有这个区划代码。"),))
        shown = register_endpoint(actor=self.actor, values={**values, "division": division})
        return Response(SecretSerializer(shown._asdict()).data, status=201)


class EndpointDetail(_Own, RegisterDetail):
    operations = {
        "get": Operation("read_webhook_endpoint", "一个通知回调", KEEP, SCOPE, for_people=False, has_etag=True)
    }
    lookup_field = "id"

    def tag_of(self, row: Endpoint) -> str:
        """The digest of what is shown: how it is doing changes without a revision."""
        shown = json.dumps(self.get_serializer(row).data, cls=DjangoJSONEncoder, sort_keys=True)
        return digest_of(shown.encode())[:32]


class EndpointRotate(ApiView):
    operations = {
        "post": Operation(
            "rotate_webhook_secret", "更换签名密钥，一段时间内新旧并用", KEEP, SCOPE, for_people=False, is_change=True
        )
    }

    @extend_schema(request=RotateBody, responses=SecretSerializer)
    def post(self, request: Request, id: int) -> Response:  # noqa: A002
        """The new secret signs, beside it the previous one for the overlap."""
        body = self.body(RotateBody)
        overlap = timedelta(hours=body["overlap_hours"])
        shown = rotate_secret(actor=self.actor, endpoint_id=id, note=body["note"], overlap=overlap)
        return Response(SecretSerializer(shown._asdict()).data)


class EndpointDeliveries(RegisterList):
    operations = {"get": Operation("list_webhook_deliveries", "投递记录，最新在前", KEEP, SCOPE, for_people=False)}
    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter

    def visible_rows(self) -> QuerySet[Any]:
        """The deliveries of the endpoint."""
        return selectors.list_deliveries(selectors.get_endpoint(self.actor, self.kwargs["id"]))

    def order(self) -> tuple[str, ...]:
        """The latest first."""
        return ("-id",)


class MessageRedelivery(ApiView):
    operations = {
        "post": Operation(
            "redeliver_webhook_message", "重新投递一条通知，消息编号不变", KEEP, SCOPE, for_people=False, is_change=True
        )
    }

    @extend_schema(request=Body, responses=DeliverySerializer)
    def post(self, request: Request, id: int, message: str) -> Response:  # noqa: A002
        """The delivery, which waits to be sent."""
        self.body(Body)
        redeliver(actor=self.actor, endpoint_id=id, message_id=message)
        return Response(DeliverySerializer(selectors.get_delivery(self.actor, id, message)).data)


class PeriodRedelivery(ApiView):
    operations = {
        "post": Operation(
            "redeliver_webhook_period", "重新投递一个时段的通知", KEEP, SCOPE, for_people=False, is_change=True
        )
    }

    @extend_schema(request=RedeliverPeriodBody, responses=RedeliveredSerializer)
    def post(self, request: Request, id: int) -> Response:  # noqa: A002
        """How many wait to be sent."""
        body = self.body(RedeliverPeriodBody)
        count = redeliver_period(actor=self.actor, endpoint_id=id, **body)
        return Response(RedeliveredSerializer({"count": count}).data)
