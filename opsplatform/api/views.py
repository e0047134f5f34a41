"""Base views: rights as stated, queries as stated, registers read by list and by code."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opsplatform.api import conditional
from opsplatform.api.operations import Operation, unstated_methods
from opsplatform.api.pagination import PARAMETERS, CursorPages
from opsplatform.api.queries import StatedFilters, parameter_names, refuse_unknown
from opsplatform.api.serializers import Body
from opsplatform.kernel.errors import NotFound
from opsplatform.kernel.parsing import MAX_BYTES
from opsplatform.kernel.request_context import through


class ApiView(APIView):
    """A view that states an Operation for each of its methods; without that it cannot be put under a route."""

    operations: ClassVar[Mapping[str, Operation]] = {}
    max_bytes: ClassVar[int] = MAX_BYTES
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view function; raises ImproperlyConfigured when a method states no rights."""
        for method in unstated_methods(cls):
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} states no operation for {method.upper()}")
        return super().as_view(**initkwargs)

    @property
    def operation(self) -> Operation | None:
        """What is stated about the method of this request; None where the method does not exist here."""
        method = (self.request.method or "get").lower() if hasattr(self, "request") and self.request else "get"
        return self.operations.get("get" if method == "head" else method)

    @property
    def actor(self) -> Any:
        """The account that acts: request.user, with its questions `may` and `require`."""
        return self.request.user

    def query_names(self) -> set[str]:
        """The query parameters this request may carry."""
        return {parameter.name for parameter in self.operation.query} if self.operation else set()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer; what is done meanwhile came through the API."""
        with through("api"):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Passes when caller, rights, rate, path and query are in order."""
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            raise NotFound
        if self.operation is not None:
            refuse_unknown(request.query_params, self.query_names())

    def body(self, kind: type[Body]) -> Any:
        """The validated body; raises ValidationError with everything that is wrong."""
        body = kind(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def unchanged_or(self, tag: str, build: Callable[[], Any], cache: str = conditional.REVALIDATE) -> HttpResponseBase:
        """304 when the caller holds the representation with this tag, else 200 with it; both carry the tag."""
        headers = {"ETag": conditional.strong(tag), "Cache-Control": cache}
        if conditional.is_seen(self.request, tag):
            return HttpResponseNotModified(headers=headers)
        return Response(build(), headers=headers)


class Register(ApiView, GenericAPIView[Any]):
    """Rows of one register as the actor may see them."""

    queryset: QuerySet[Any]

    def visible_rows(self) -> QuerySet[Any]:
        """The rows in the actor's scope. A register all staff share overrides this with `.all()`."""
        return self.queryset.visible_to(self.actor)  # type: ignore[attr-defined]


class RegisterList(Register):
    """GET: the rows in scope, filtered, by cursor."""

    pagination_class = CursorPages
    filter_backends = [StatedFilters]
    order_key: ClassVar[str]

    def order(self) -> tuple[str, ...]:
        """Along which columns the pages go: unchanging ones, the last one unique."""
        return (self.order_key,)

    def query_names(self) -> set[str]:
        """The filters' parameters and the page's."""
        filterset: Any = getattr(self, "filterset_class", None)
        names = set(parameter_names(filterset)) if filterset else set()
        return {*super().query_names(), *names, *PARAMETERS}

    def get(self, request: Request, **kwargs: Any) -> Response:
        """One page."""
        page = self.paginate_queryset(self.filter_queryset(self.visible_rows()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RegisterDetail(Register):
    """GET: one row in scope by its code, with its revision as entity tag."""

    lookup_field = "code"

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """The row; 404 outside the scope."""
        code = kwargs[self.lookup_url_kwarg or self.lookup_field]
        row = self.visible_rows().filter(**{self.lookup_field: code}).first()
        if row is None:
            raise NotFound
        return self.unchanged_or(self.tag_of(row), lambda: self.get_serializer(row).data)

    def tag_of(self, row: Any) -> str:
        """The row's revision."""
        return f"r{row.revision}"
