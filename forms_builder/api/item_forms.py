"""Item forms: what is in force, and the work on drafts: read, save whole, submit, decide, enable, disable."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from forms_builder import selectors
from forms_builder.api.item_form_serializers import (
    DisableBody,
    EnableBody,
    FormFromSchemaSerializer,
    ItemFormDetailSerializer,
    ItemFormSerializer,
    ItemFormStateSerializer,
)
from forms_builder.documents import ItemFormDocument
from forms_builder.filters import ItemFormFilter
from forms_builder.models import ItemForm
from forms_builder.services.exchanging_forms import read_form_schema, schema_of
from forms_builder.services.forms_in_force import live_releases
from forms_builder.services.item_forms import (
    approve_item_form,
    disable_item_form,
    enable_item_form,
    return_item_form,
    save_item_form,
    submit_item_form,
)
from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView, Register, RegisterDetail, RegisterList
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound
from opsplatform.kernel.shape import read_document
from opsplatform.release.api.serializers import (
    DecideBody,
    FindingsSerializer,
    ReleaseSerializer,
    SubmitBody,
    VersionHistorySerializer,
    VersionSerializer,
)
from opsplatform.release.models import Version
from opsplatform.release.selectors import list_history
from opsplatform.release.subjects import kind_of

SEE = ("registers.view", "item_forms.view_draft")
SEE_DRAFT = ("item_forms.view_draft",)
READ = "registers:read"
DRAFT = "draft"


class _ItemForms(Register):
    queryset = (
        ItemForm.objects.select_related("item", "subject__division", "subject__current_version")
        .defer("subject__draft", "subject__current_version__content")
        .prefetch_related(live_releases())
    )
    serializer_class = ItemFormSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the forms whose drafts the caller may see."""
        drafts = ItemForm.objects.drafts_visible_to(self.actor).values_list("pk", flat=True)
        return {**super().get_serializer_context(), "drafts": set(drafts)}


class ItemFormList(_ItemForms, RegisterList):
    operations = {"get": Operation("list_item_forms", "事项表单列表", SEE, READ)}
    filterset_class = ItemFormFilter
    order_key = "item__key"


class ItemFormDetail(_ItemForms, RegisterDetail):
    operations = {
        "get": Operation("read_item_form", "事项表单：草稿状态、在用的版本及其文档", SEE, READ, has_etag=True)
    }
    queryset = _ItemForms.queryset.prefetch_related(None).prefetch_related(live_releases(content=True))
    serializer_class = ItemFormDetailSerializer
    lookup_field = "item__key"
    lookup_url_kwarg = "key"

    def tag_of(self, row: ItemForm) -> str:
        """The digest of what is shown: several rows make it up, none of which has a revision for all."""
        shown = json.dumps(self.get_serializer(row).data, cls=DjangoJSONEncoder, sort_keys=True)
        return digest_of(shown.encode())[:32]


class ItemFormDraft(ApiView):
    operations = {
        "get": Operation("read_item_form_draft", "读取事项表单草稿", SEE_DRAFT, has_etag=True),
        "put": Operation(
            "save_item_form_draft",
            "整体保存事项表单草稿；还没有表单的事项从修订 0 开始",
            ("item_forms.edit",),
            is_change=True,
            needs_match=True,
            has_etag=True,
        ),
    }

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """The whole document; empty for an item without a form."""
        draft = selectors.get_form_draft(self.actor, key)
        return self.unchanged_or(f"{DRAFT}-{draft.revision}", lambda: draft.tree)

    @extend_schema(
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses=ItemFormStateSerializer,
    )
    def put(self, request: Request, key: str) -> Response:
        """Where the draft stands now."""
        tree = request.data
        expected = conditional.expected_revision(request, DRAFT)
        form = save_item_form(actor=self.actor, item_key=key, tree=tree, expected_revision=expected)
        headers = {"ETag": conditional.strong(f"{DRAFT}-{form.subject.draft_revision}")}
        return Response(ItemFormStateSerializer(form).data, headers=headers)


class ItemFormDraftSchema(ApiView):
    operations = {
        "get": Operation("read_item_form_schema", "表单草稿的 JSON Schema（2020-12）", SEE_DRAFT, has_etag=True),
        "post": Operation(
            "read_schema_as_item_form",
            "把 JSON Schema（draft-04 至 2020-12）读成本事项的表单，列出不能带入的内容；不写入，由 PUT 草稿保存",
            ("item_forms.edit",),
        ),
    }

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """The schema accepts what the form accepts; dotted codes are nested objects. 404 while there is none."""
        draft = selectors.get_form_draft(self.actor, key)
        try:
            schema = schema_of(read_document(ItemFormDocument, draft.tree), draft.item.name)
        except Invalid as refusal:
            raise NotFound(f"草稿还写不成 JSON Schema。{refusal.sentence}") from refusal
        return self.unchanged_or(digest_of(canonical_bytes(schema))[:32], lambda: schema)

    @extend_schema(
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses=FormFromSchemaSerializer,
    )
    def post(self, request: Request, key: str) -> Response:
        """The document, and every keyword that it does not carry with what follows from that."""
        document, losses = read_form_schema(actor=self.actor, item_key=key, tree=request.data)
        return Response(FormFromSchemaSerializer({"document": write(document), "losses": losses}).data)


class ItemFormFindings(ApiView):
    operations = {"get": Operation("list_item_form_findings", "检查表单草稿，列出全部问题", SEE_DRAFT)}

    @extend_schema(responses=FindingsSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Every finding, blocking ones first."""
        subject = selectors.get_drafted_form(self.actor, key).subject
        return Response(FindingsSerializer({"results": kind_of(subject).findings(subject)}).data)


class ItemFormSubmission(ApiView):
    operations = {
        "post": Operation(
            "submit_item_form",
            "提交审核：通过检查后冻结为新版本",
            ("item_forms.submit",),
            is_change=True,
            needs_match=True,
        )
    }

    @extend_schema(request=SubmitBody, responses=VersionSerializer)
    def post(self, request: Request, key: str) -> Response:
        """The version that now waits for a second person."""
        body = self.body(SubmitBody)
        expected = conditional.expected_revision(request, DRAFT)
        version = submit_item_form(actor=self.actor, item_key=key, expected_revision=expected, note=body["note"])
        return Response(VersionSerializer(version).data)


class ItemFormApproval(ApiView):
    operations = {
        "post": Operation(
            "approve_item_form", "批准所审阅的版本（不能是自己编写的）", ("item_forms.approve",), is_change=True
        )
    }

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, key: str) -> Response:
        """The approved version."""
        version = approve_item_form(actor=self.actor, item_key=key, **self.body(DecideBody))
        return Response(VersionSerializer(version).data)


class ItemFormReturn(ApiView):
    operations = {"post": Operation("return_item_form", "退回修改", ("item_forms.approve",), is_change=True)}

    @extend_schema(request=DecideBody, responses=VersionSerializer)
    def post(self, request: Request, key: str) -> Response:
        """The returned version."""
        version = return_item_form(actor=self.actor, item_key=key, **self.body(DecideBody))
        return Response(VersionSerializer(version).data)


class ItemFormEnabling(ApiView):
    operations = {"post": Operation("enable_item_form", "启用已批准的版本", ("item_forms.release",), is_change=True)}

    @extend_schema(request=EnableBody, responses=ReleaseSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Since when it is in force."""
        release = enable_item_form(actor=self.actor, item_key=key, **self.body(EnableBody))
        return Response(ReleaseSerializer(release).data)


class ItemFormDisabling(ApiView):
    operations = {"post": Operation("disable_item_form", "停用在用的版本", ("item_forms.withdraw",), is_change=True)}

    @extend_schema(request=DisableBody, responses=ReleaseSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Until when it was in force."""
        release = disable_item_form(actor=self.actor, item_key=key, **self.body(DisableBody))
        return Response(ReleaseSerializer(release).data)


class ItemFormVersions(RegisterList):
    operations = {"get": Operation("list_item_form_versions", "表单的全部版本及审核决定，最新在前", SEE_DRAFT)}
    queryset = Version.objects.all()
    serializer_class = VersionHistorySerializer
    order_key = "-number"

    def visible_rows(self) -> QuerySet[Version]:
        """The versions of a form whose draft the actor may see."""
        return list_history(selectors.get_drafted_form(self.actor, self.kwargs["key"]).subject)
