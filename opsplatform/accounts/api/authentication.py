"""Who is calling: a machine by its token, a person by the console's session."""

import hashlib
from dataclasses import dataclass

from django.db.models.functions import Now
from oauth2_provider.models import get_access_token_model
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import DomainError

REALM = 'Bearer realm="api"'


@dataclass(frozen=True)
class Bearer:
    """What a token carried: its client and its scopes."""

    client_id: str
    scopes: frozenset[str]


def bearer_token(header: str) -> str | None:
    """The token in an Authorization header, None where the header is of another kind."""
    kind, _, token = header.strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def checksum(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class TokenRefused(DomainError):
    """No token, or one that is not in force; for routes that check it in a statement of their own."""

    code = "not_authenticated"
    status = 401
    sentence = "请提供有效的访问令牌。"

    def __init__(self, *, was_given: bool) -> None:
        super().__init__()
        self.headers = {"WWW-Authenticate": f'{REALM}, error="invalid_token"' if was_given else REALM}


class MachineAuthentication(BaseAuthentication):
    """A bearer token in force makes request.user the client's own machine account, read in one statement."""

    def authenticate(self, request: Request) -> tuple[User, Bearer] | None:
        """The machine and what its token carries; None without a token; AuthenticationFailed for one not in force."""
        token = bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            return None
        row = (
            get_access_token_model()
            .objects.select_related("application__user")
            .filter(
                token_checksum=checksum(token),
                expires__gt=Now(),
                application__user__is_active=True,
                application__user__kind=User.Kind.MACHINE,
            )
            .first()
        )
        if row is None:
            raise AuthenticationFailed("令牌无效、过期或已被停用。")
        return row.application.user, Bearer(row.application.client_id, frozenset(row.scope.split()))

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750 §3)."""
        given = bearer_token(request.META.get("HTTP_AUTHORIZATION", "")) is not None
        return f'{REALM}, error="invalid_token"' if given else REALM


class PeopleAuthentication(SessionAuthentication):
    """The console's session, for people only; writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The person who is logged in; None for strangers and machines."""
        user = request._request.user
        if not isinstance(user, User) or not user.is_staff:
            return None
        self.enforce_csrf(request)
        return user, None
