"""The token endpoint (RFC 6749 §4.4): client credentials, each client its own scopes, only while active."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.views.mixins import OAuthLibMixin

from opsplatform.accounts.models import MachineClient, User

FORM = "application/x-www-form-urlencoded"
JSON = {"Content-Type": "application/json"}


class ClientScopes(BaseScopes):
    """What a client may ask for is in its row; without asking it gets all of it."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every scope with its sentence."""
        scopes: dict[str, str] = settings.OAUTH2_PROVIDER["SCOPES"]
        return scopes

    def get_available_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """The client's scopes; none for a client without a row."""
        row = MachineClient.objects.filter(application=application).first() if application else None
        return list(row.scopes) if row else []

    def get_default_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """The same: asking for nothing in particular is asking for everything one may have."""
        return self.get_available_scopes(application)


class ClientValidator(OAuth2Validator):
    """A client is authentic when its secret is right and its machine account is active."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the caller is a registered client in good standing."""
        if not super().authenticate_client(request, *args, **kwargs):
            return False
        user = request.client.user
        return user is not None and user.is_active and user.kind == User.Kind.MACHINE


class _FormEndpoint(OAuthLibMixin, View):
    """A form-encoded POST without NUL; errors in the form of RFC 6749 §5.2."""

    http_method_names = ["post"]

    @method_decorator(csrf_exempt)
    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not _is_readable(request):
            return _refusal("invalid_request", f"请求应为 {FORM}，每个参数一次，且不含 NUL。")
        return super().dispatch(request, *args, **kwargs)


class TokenView(_FormEndpoint):
    """POST: an access token for the client."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The token, or the refusal of RFC 6749 §5.2."""
        if request.POST.get("grant_type") != "client_credentials":
            return _refusal("unsupported_grant_type", "只支持 client_credentials。")
        _, headers, body, status = self.create_token_response(request)
        return HttpResponse(body, status=status, headers={**headers, **JSON})


class RevocationView(_FormEndpoint):
    """POST: a token of the calling client is no longer in force (RFC 7009)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """200 whether or not the token existed."""
        _, headers, body, status = self.create_revocation_response(request)
        return HttpResponse(body or "", status=status, headers={**headers, **JSON})


def _is_readable(request: HttpRequest) -> bool:
    if request.content_type != FORM:
        return False
    try:
        fields = list(request.POST.lists())
    except UnreadablePostError:  # the caller stalled or went away in the middle
        return False
    texts: Iterable[str] = (text for name, values in fields for text in (name, *values))
    return all(len(values) == 1 for _, values in fields) and not any("\x00" in text for text in texts)


def _refusal(error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=400)
