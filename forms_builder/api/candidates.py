"""Which public fields the fields of an item form may mean: ranked candidates, taken and refused many at once."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from forms_builder import selectors
from forms_builder.api.item_form_serializers import ItemFormStateSerializer
from forms_builder.api.item_forms import DRAFT, SEE_DRAFT
from forms_builder.services.matching import FormMatching, match_fields, offer_candidates
from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.serializers import Assigned, Body, Several, Text
from opsplatform.api.views import ApiView

_CODE_LENGTH = 200


class CandidateSerializer(serializers.Serializer[Any]):
    """A public field that is offered."""

    public_field = serializers.CharField(source="code")
    score = serializers.FloatField(help_text="可能性，0 至 1。")
    why = serializers.ListField(child=serializers.CharField(), help_text="依据，给人看。")


class OfferSerializer(serializers.Serializer[Any]):
    """A field that points to no public field yet."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    data_type = serializers.CharField()
    candidates = CandidateSerializer(many=True, help_text="最可能的在前；不采用过的不再列出。")


class FormOffersSerializer(serializers.Serializer[Any]):
    """Every field of a form that is still to be matched."""

    item = serializers.CharField(source="form.item.key")
    draft_revision = serializers.IntegerField(source="revision")
    fields = OfferSerializer(source="offers", many=True)  # type: ignore[assignment]


class MatchBody(Body):
    """`taken`: field → the public field it means; `refused`: field → public fields it does not mean."""

    taken = Assigned(child=Text(max_length=_CODE_LENGTH), default=dict, help_text="字段代码 → 采用的公共字段。")
    refused = Assigned(
        child=Several(child=Text(max_length=_CODE_LENGTH), max_length=50),
        default=dict,
        help_text="字段代码 → 不采用的公共字段，今后不再列出。",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something is decided."""
        if not attrs["taken"] and not attrs["refused"]:
            raise serializers.ValidationError("请至少采用或不采用一个候选。")
        return attrs


class ItemFormCandidates(ApiView):
    operations = {
        "get": Operation("read_item_form_candidates", "没有对照公共字段的字段及其候选", SEE_DRAFT),
        "post": Operation(
            "match_item_form_fields",
            "批量采用或不采用候选",
            ("item_forms.edit",),
            is_change=True,
            needs_match=True,
            has_etag=True,
            description="If-Match 用草稿的 ETag。全部写入草稿，或因其中任一处有误而什么都不改变。",
        ),
    }

    @extend_schema(responses=FormOffersSerializer)
    def get(self, request: Request, key: str) -> Response:
        """What the free fields of the draft may mean, the likeliest first."""
        (offers,) = offer_candidates(self.actor, [selectors.get_drafted_form(self.actor, key)])
        return Response(FormOffersSerializer(offers).data)

    @extend_schema(request=MatchBody, responses=ItemFormStateSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Where the draft stands now."""
        body = self.body(MatchBody)
        expected = conditional.expected_revision(request, DRAFT)
        match_fields(actor=self.actor, matchings=[FormMatching(key, expected, **body)])
        form = selectors.get_drafted_form(self.actor, key)
        headers = {"ETag": conditional.strong(f"{DRAFT}-{form.subject.draft_revision}")}
        return Response(ItemFormStateSerializer(form).data, headers=headers)
