"""What the acceptance platform reads: what is live, packages byte for byte, forms, evaluation, dictionaries, keys."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from django.db import Error, connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from forms_builder.models import Dictionary
from forms_builder.selectors import entries_at
from opsplatform.api import conditional
from opsplatform.api.errors import BadQuery
from opsplatform.api.operations import Operation, QueryParameter
from opsplatform.api.problems import handle, problem
from opsplatform.api.queries import refuse_unknown
from opsplatform.api.views import ApiView, RegisterList
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import DomainError, NotFound
from opsplatform.release import signing
from opsplatform.release.models import Package, Pause, Release
from themes.api.export.filters import LiveThemeFilter
from themes.api.export.live import ACTION, SCOPE, read_live
from themes.api.export.moments import MomentToCome, day_named, moment_named
from themes.api.export.serializers import (
    AlternativesSerializer,
    AnswersBody,
    DictionaryInForceSerializer,
    ExplainedOutcomeSerializer,
    KeySetSerializer,
    LiveThemeSerializer,
    WholeFormSerializer,
)
from themes.guidance.alternatives import find_alternatives
from themes.packages.evaluation import OpenPackage, open_package
from themes.packages.published_schema import package_schema
from themes.packages.ui_whole import whole_ui
from themes.services.inspecting import require_good_answers

AT = QueryParameter(
    "at", "过去的某一时刻（ISO 8601，带时区）：当时在用的版本。", {"type": "string", "format": "date-time"}
)
DAY = QueryParameter(
    "at",
    "日期，或带时区的时刻；缺省为今天。",
    {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
)
PACKAGE_HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, response=[200])
    for name, description in (
        ("Repr-Digest", "发布包字节的 SHA-256（RFC 9530）。"),
        ("X-Package-Signature", "发布包字节的 Ed25519 签名，base64。"),
        ("X-Package-Key-Id", "签名所用公钥的编号，见 /api/v1/export/keys/。"),
    )
]
RELEASE_HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, response=[200, 304])
    for name, description in (
        ("X-Package-Version", "主题版本号。"),
        ("X-Released-At", "发布时间。"),
        ("X-Released-By", "发布人账号，按 RFC 8187 编码。"),
        ("X-Release-Note", "对外说明，按 RFC 8187 编码，最多 200 字。"),
        ("X-Effective-Until", "本次发布到这一时刻自行结束；没有期限时不给。"),
        ("X-Paused-Since", "暂停受理自何时；没有暂停时不给。"),
        ("X-Pause-Message", "暂停受理时给申请人的话，按 RFC 8187 编码。"),
    )
]
NOTE_LENGTH = 200
UI_FORMAT = 1  # counts up when the same package is shown otherwise, so that no tag stands for two contents
PACKAGE_SHOWN = {(200, "application/json"): {"type": "object", "additionalProperties": True}}


def reading(name: str, summary: str, **more: Any) -> Operation:
    """An operation of the export: for machines with its scope."""
    return Operation(name, summary, (ACTION,), SCOPE, for_people=False, **more)


class LiveThemes(RegisterList):
    """GET: what is, or at a moment was, on show where."""

    operations = {"get": reading("list_live_themes", "在用的主题：每个主题在每个区划一行", query=(AT,))}
    queryset = (
        Release.objects.filter(subject__kind="theme")
        .select_related("subject__theme__category", "division", "version", "localisation", "released_by")
        .defer("subject__draft", "version__content", "localisation__content")
    )
    filterset_class = LiveThemeFilter
    serializer_class = LiveThemeSerializer
    order_key = "id"

    def visible_rows(self) -> QuerySet[Release]:
        """All: what is live is live for everyone who may read the export."""
        return self.queryset.live_at(self.moment)

    @cached_property
    def moment(self) -> datetime:
        """The moment asked about, else now."""
        now = clock.now()
        moment = moment_named(self.request.query_params.get("at")) or now
        if moment > now:
            raise MomentToCome
        return moment

    def paginate_queryset(self, queryset: QuerySet[Release]) -> list[Release]:  # type: ignore[override]
        """The page, each release with the effective period its version states and the pause that stands there."""
        page: list[Release] = super().paginate_queryset(queryset)  # type: ignore[assignment]
        periods = _effective_periods({release.version_id for release in page})
        standing = Pause.objects.at(self.moment).filter(subject__in={release.subject_id for release in page})
        pauses = {(pause.subject_id, pause.division_id): pause for pause in standing}
        for release in page:
            release.effective_from, release.effective_to = periods[release.version_id]  # type: ignore[attr-defined]
            release.paused = pauses.get((release.subject_id, release.division_id))  # type: ignore[attr-defined]
        return page


def _effective_periods(version_ids: set[int]) -> dict[int, tuple[date | None, date | None]]:
    """As the draft says that the version froze: the same words in a tenth of the bytes, and it never changes either."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version.id, frozen.document ->> 'effective_from', frozen.document ->> 'effective_to'"
            " FROM release_version version JOIN release_draftrevision frozen"
            " ON frozen.subject_id = version.subject_id AND frozen.revision = version.draft_revision"
            " WHERE version.id = ANY(%s)",
            [list(version_ids)],
        )
        return {number: (_day(start), _day(end)) for number, start, end in cursor.fetchall()}


def _day(spelling: str | None) -> date | None:
    return date.fromisoformat(spelling) if spelling else None


class LiveThemePackage(ApiView):
    """GET: the package now on show in the division, or the one that was at a moment.

    The platform polls this route for every theme and division, so it does in one statement what the framework does in
    five, and answers without it (docs/integrators-guide.md states that the ceiling on requests does not apply here).
    """

    operations = {
        "get": reading(
            "read_live_package",
            "某区划在用的发布包，原样字节",
            has_etag=True,
            may_be_gone=True,
            may_refuse_query=True,
            query=(AT,),
        ),
    }

    @extend_schema(parameters=[*PACKAGE_HEADERS, *RELEASE_HEADERS], responses=PACKAGE_SHOWN)
    def get(self, request: HttpRequest, code: str, division: str) -> HttpResponse:
        """The bytes, or 304 where the caller holds them."""
        if "\x00" in code or "\x00" in division:
            raise NotFound
        authorization = request.META.get("HTTP_AUTHORIZATION", "")
        seen = conditional.seen_tags(request)
        try:
            refuse_unknown(request.GET, {"at"})
            at = moment_named(request.GET.get("at"))
        except BadQuery:
            with suppress(NotFound):
                read_live(authorization, code, division, at=None, seen=seen)  # who may not ask is told that first
            raise
        live = read_live(authorization, code, division, at=at, seen=seen)
        headers = {
            "ETag": conditional.strong(live.digest),
            "Cache-Control": conditional.REVALIDATE,
            "Vary": "Authorization",
            **_told(live.version, live.released_at, live.released_by, live.note),
        }
        if live.effective_until is not None:
            headers["X-Effective-Until"] = timezone.localtime(live.effective_until).isoformat()
        if live.paused_since is not None and live.paused is not None:
            headers["X-Paused-Since"] = timezone.localtime(live.paused_since).isoformat()
            headers["X-Pause-Message"] = _extended(live.paused)
        if live.content is None or seen == ["*"]:
            return HttpResponseNotModified(headers=headers)
        headers |= _proof(live.digest, live.signature, live.key_id)
        return HttpResponse(live.content, content_type="application/json", headers=headers)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer without the framework's own layers."""
        if request.method not in ("GET", "HEAD"):
            return problem(405, headers={"Allow": "GET, HEAD"})
        try:
            return self.get(request, *args, **kwargs)
        except (DomainError, Error) as error:
            refusal = handle(error, {})
            if refusal is None:
                raise
            return refusal


class BelowPackage(ApiView):
    """A route below one package."""

    def stored(self, digest: str) -> Package:
        """The theme's package of that digest; raises NotFound."""
        package = Package.objects.filter(digest=digest, version__subject__kind="theme").first()
        if package is None:
            raise NotFound
        return package

    def opened(self, digest: str) -> OpenPackage:
        """The package compiled for evaluation."""
        return open_package(bytes(self.stored(digest).content))

    def answered(self, digest: str) -> tuple[OpenPackage, dict[str, Any], date]:
        """The package, the answers and the day in the body; raises with everything that is wrong with them."""
        body = AnswersBody(data=self.request.data)
        body.is_valid(raise_exception=True)
        opened = self.opened(digest)
        answers: dict[str, Any] = body.validated_data["answers"]
        require_good_answers(opened, answers)
        return opened, answers, body.validated_data["on"] or clock.today()


class StoredPackage(BelowPackage):
    operations = {"get": reading("read_package", "按摘要读取发布包，永久不变", has_etag=True)}

    @extend_schema(parameters=PACKAGE_HEADERS, responses=PACKAGE_SHOWN)
    def get(self, request: Request, digest: str) -> HttpResponseBase:
        """The bytes, or 304 where the caller holds them."""
        package = self.stored(digest)
        headers = {"ETag": conditional.strong(digest), "Cache-Control": conditional.FOREVER}
        if conditional.is_seen(request, digest):
            return HttpResponseNotModified(headers=headers)
        headers |= _proof(digest, package.signature, package.key_id)
        return HttpResponse(bytes(package.content), content_type="application/json", headers=headers)


class PackageForm(BelowPackage):
    operations = {
        "get": reading("read_package_form", "一表：全部路径的 JSON Schema、次序、分组、投影与显示方式", has_etag=True),
        "post": reading("read_path_form", "按回答得到这条路径的一表"),
    }

    @extend_schema(responses=WholeFormSerializer)
    def get(self, request: Request, digest: str) -> HttpResponseBase:
        """The whole form."""
        opened = self.opened(digest)
        form = opened.package.form
        tag = f"form-{UI_FORMAT}-{digest}"

        def build() -> dict[str, Any]:
            return {
                "schema": form.schema,
                "order": list(form.order),
                "groups": [write(group) for group in form.groups],
                "projections": form.projections,
                "translations": form.translations,
                "ui": whole_ui(opened),
            }

        return self.unchanged_or(tag, build, conditional.FOREVER)

    @extend_schema(request=AnswersBody, responses={200: {"type": "object", "additionalProperties": True}})
    def post(self, request: Request, digest: str) -> Response:
        """The form of the path these answers take."""
        opened, answers, on = self.answered(digest)
        return Response(opened.form_for(answers, on))


class PackageEvaluation(BelowPackage):
    operations = {"post": reading("evaluate_package", "按回答求出事项、材料、时限等结果及解释")}

    @extend_schema(request=AnswersBody, responses=ExplainedOutcomeSerializer)
    def post(self, request: Request, digest: str) -> Response:
        """Outcome and explanation."""
        opened, answers, on = self.answered(digest)
        return Response(opened.evaluate(answers, on))


class PackageAlternatives(BelowPackage):
    operations = {"post": reading("find_package_alternatives", "要改哪些回答，事项和材料才会变成要或者不要")}

    @extend_schema(request=AnswersBody, responses=AlternativesSerializer)
    def post(self, request: Request, digest: str) -> Response:
        """For every item and every material the fewest answers that would have to be others."""
        opened, answers, on = self.answered(digest)
        found = find_alternatives(opened.guidance, answers, on, opened.package.divisions)
        path = opened.guidance.evaluate(answers, on)
        asked = {use.material for uses in path.materials.values() for use in uses}
        shown = {
            "items": _turns([(one.code, one.code in path.items) for one in opened.package.items], found.changes),
            "materials": _turns(
                [(one.code, one.code in asked) for one in opened.package.materials], found.material_changes
            ),
            "is_complete": found.is_complete,
        }
        return Response(AlternativesSerializer(shown).data)


def _turns(known: list[tuple[str, bool]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"code": code, "is_needed": is_needed, "changes": changes.get(code)} for code, is_needed in known]


class DictionaryInForce(ApiView):
    operations = {
        "get": reading(
            "read_dictionary_in_force",
            "字典中在某一天有效的字典项",
            has_etag=True,
            query=(DAY,),
        )
    }

    @extend_schema(responses=DictionaryInForceSerializer)
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """The dictionary as of the day."""
        dictionary = Dictionary.objects.filter(code=code).first()
        if dictionary is None:
            raise NotFound
        on = day_named(request.query_params.get("at"))
        shown = DictionaryInForceSerializer(
            {
                "code": dictionary.code,
                "name": dictionary.name,
                "standard": dictionary.standard,
                "on": on,
                "entries": entries_at(dictionary, on),
            }
        ).data
        return self.unchanged_or(digest_of(canonical_bytes(shown)), lambda: shown)


class SigningKeys(ApiView):
    operations = {"get": reading("list_signing_keys", "验证发布包签名的公钥（JWK）")}

    @extend_schema(responses=KeySetSerializer)
    def get(self, request: Request) -> Response:
        """The keys in use."""
        x = base64.urlsafe_b64encode(signing.public_key_bytes()).rstrip(b"=").decode()
        key = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": signing.key_id(), "use": "sig", "alg": "EdDSA"}
        return Response({"keys": [key]})


class PackageSchema(ApiView):
    operations = {"get": reading("read_package_schema", "发布包自身的 JSON Schema 2020-12", has_etag=True)}

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request: Request) -> HttpResponseBase:
        """The schema every package fits."""
        schema = package_schema()
        return self.unchanged_or(digest_of(canonical_bytes(schema)), lambda: schema)


def _proof(digest: str, signature: str, key_id: str) -> Mapping[str, str]:
    spelled = base64.b64encode(bytes.fromhex(digest)).decode()
    return {
        "Repr-Digest": f"sha-256=:{spelled}:",
        "X-Package-Signature": signature,
        "X-Package-Key-Id": key_id,
    }


@lru_cache(maxsize=1024)
def _told(version: int, released_at: datetime, released_by: str, note: str) -> Mapping[str, str]:
    """What the headers say of a release; the same at every request until the next one."""
    return {
        "X-Package-Version": str(version),
        "X-Released-At": timezone.localtime(released_at).isoformat(),
        "X-Released-By": _extended(released_by),
        "X-Release-Note": _extended(note[:NOTE_LENGTH]),
    }


def _extended(text: str) -> str:
    """RFC 8187: any text in an ASCII header."""
    return "UTF-8''" + quote(text, safe="!#$&+^_`|~")
