"""Registers of dictionaries, crosswalks and public fields, and the acts on single codes."""

from http import HTTPStatus

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from forms_builder import selectors
from forms_builder.api.serializers import (
    CodeUsesSerializer,
    CrosswalkDetailSerializer,
    CrosswalkSerializer,
    DictionaryDetailSerializer,
    DictionaryEntrySerializer,
    DictionarySerializer,
    EndCodeBody,
    EndingAskedSerializer,
    PublicFieldSerializer,
    RenameBody,
)
from forms_builder.filters import CrosswalkFilter, DictionaryFilter, PublicFieldFilter
from forms_builder.models import Crosswalk, Dictionary, DictionaryEntry, PublicField
from forms_builder.services.ending_codes import Decision, Ending, Successor
from forms_builder.services.endings_as_work import end_or_ask
from forms_builder.services.renaming import rename_entry
from forms_builder.services.uses_told import tell_uses
from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView, Register, RegisterDetail, RegisterList
from opsplatform.jobs.models import Job

VIEW, EDIT = ("registers.view",), ("registers.edit",)
DICTIONARY = "dictionary"
SCOPE = "registers:read"


class _Dictionaries(Register):
    queryset = Dictionary.objects.select_related("parent_dictionary")

    def visible_rows(self) -> QuerySet[Dictionary]:
        """All: dictionaries are one register for the whole city."""
        return self.queryset.all()


class DictionaryList(_Dictionaries, RegisterList):
    operations = {"get": Operation("list_dictionaries", "字典列表", VIEW, SCOPE)}
    serializer_class = DictionarySerializer
    filterset_class = DictionaryFilter
    order_key = "code"


class DictionaryDetail(_Dictionaries, RegisterDetail):
    operations = {"get": Operation("read_dictionary", "字典及其全部字典项", VIEW, SCOPE, has_etag=True)}
    queryset = Dictionary.objects.select_related("parent_dictionary").prefetch_related(
        "entries__successors", "entries__former_names", "entries__former_parents"
    )
    serializer_class = DictionaryDetailSerializer

    def tag_of(self, row: Dictionary) -> str:
        """The revision that acts on its codes ask for in If-Match."""
        return f"{DICTIONARY}-{row.revision}"


class CodeUses(ApiView):
    operations = {"get": Operation("list_code_uses", "一个代码用在哪里", VIEW, SCOPE)}

    @extend_schema(responses=CodeUsesSerializer)
    def get(self, request: Request, code: str, entry: str) -> Response:
        """The places the caller sees."""
        found = selectors.get_entry(selectors.get_dictionary(code), entry)
        return Response(CodeUsesSerializer(tell_uses(self.actor, code, found.code)).data)


class _CodeAct(ApiView):
    """An act on one code, at the revision of its dictionary that the caller read."""

    def done(self, entry: DictionaryEntry) -> Response:
        """The code as it stands now, with the dictionary's new revision."""
        tag = conditional.strong(f"{DICTIONARY}-{selectors.get_dictionary(entry.dictionary.code).revision}")
        return Response(DictionaryEntrySerializer(entry).data, headers={"ETag": tag})


class CodeEnding(_CodeAct):
    operations = {
        "post": Operation(
            "end_code",
            "停用、合并或拆分一个代码",
            EDIT,
            is_change=True,
            needs_match=True,
            has_etag=True,
            description="每个仍使用它的地方都须有决定，否则 422，什么都不改变。"
            "要改写的地方很多时由后台任务办理，回答 202，完成之前什么都不改变。",
        )
    }

    @extend_schema(request=EndCodeBody, responses={200: DictionaryEntrySerializer, 202: EndingAskedSerializer})
    def post(self, request: Request, code: str, entry: str) -> Response:
        """The code with its last day and what took over; or the work that will give it one."""
        body = self.body(EndCodeBody)
        expected = conditional.expected_revision(request, DICTIONARY)
        ending = Ending(
            dictionary=code,
            code=entry,
            last_day=body["last_day"],
            successors=tuple(Successor(**one) for one in body["successors"]),
            decisions={one["use"]: Decision(tuple(one["codes"]), one["ends"]) for one in body["decisions"]},
        )
        ended = end_or_ask(actor=self.actor, ending=ending, expected_revision=expected, note=body["note"])
        if isinstance(ended, Job):
            return Response(EndingAskedSerializer({"work": ended.pk}).data, status=HTTPStatus.ACCEPTED)
        return self.done(ended)


class CodeName(_CodeAct):
    operations = {
        "post": Operation(
            "rename_code", "给一个代码换名称，保留曾用名", EDIT, is_change=True, needs_match=True, has_etag=True
        )
    }

    @extend_schema(request=RenameBody, responses=DictionaryEntrySerializer)
    def post(self, request: Request, code: str, entry: str) -> Response:
        """The code under its new name."""
        body = self.body(RenameBody)
        expected = conditional.expected_revision(request, DICTIONARY)
        return self.done(
            rename_entry(actor=self.actor, dictionary=code, code=entry, expected_revision=expected, **body)
        )


class _Crosswalks(Register):
    queryset = Crosswalk.objects.select_related("from_dictionary", "to_dictionary")
    serializer_class = CrosswalkSerializer

    def visible_rows(self) -> QuerySet[Crosswalk]:
        """All: crosswalks are one register for the whole city."""
        return self.queryset.all()


class CrosswalkList(_Crosswalks, RegisterList):
    operations = {"get": Operation("list_crosswalks", "代码对照列表", VIEW, SCOPE)}
    filterset_class = CrosswalkFilter
    order_key = "code"


class CrosswalkDetail(_Crosswalks, RegisterDetail):
    operations = {"get": Operation("read_crosswalk", "代码对照及其全部对照关系", VIEW, SCOPE, has_etag=True)}
    queryset = Crosswalk.objects.select_related("from_dictionary", "to_dictionary").prefetch_related("mappings")
    serializer_class = CrosswalkDetailSerializer


class _PublicFields(Register):
    queryset = PublicField.objects.select_related("dictionary", "merged_into")
    serializer_class = PublicFieldSerializer

    def visible_rows(self) -> QuerySet[PublicField]:
        """All: public fields are one register for the whole city."""
        return self.queryset.all()


class PublicFieldList(_PublicFields, RegisterList):
    operations = {"get": Operation("list_public_fields", "公共字段列表", VIEW, SCOPE)}
    filterset_class = PublicFieldFilter
    order_key = "code"


class PublicFieldDetail(_PublicFields, RegisterDetail):
    operations = {"get": Operation("read_public_field", "公共字段", VIEW, SCOPE, has_etag=True)}
