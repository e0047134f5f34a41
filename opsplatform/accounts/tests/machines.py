"""Machine clients for tests: a token in force is one call away."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, set_token_value
from rest_framework.test import APIClient

from opsplatform.accounts.models import MachineClient, User
from opsplatform.accounts.tests.factories import person
from opsplatform.organizations.models import Division

SECRET = "secret-of-a-test-client"


def machine(role: str = "acceptance_platform", division: Division | None = None, **fields: Any) -> User:
    """A machine account with the role and an OAuth client that may ask for every scope."""
    user = person(role, division, kind=User.Kind.MACHINE, **fields)
    application = Application.objects.create(
        user=user,
        name=user.name,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    scopes = ["export:read", "registers:read", "themes:read", "themes:write", "webhooks:write"]
    MachineClient.objects.create(application=application, scopes=scopes)
    return user


def token_of(user: User, scopes: Iterable[str], expires: datetime | None = None) -> str:
    """A token of the machine's client, in force for an hour unless said otherwise."""
    token = f"token-{user.pk}-{AccessToken.objects.count()}"
    row = AccessToken(
        application=Application.objects.get(user=user),
        scope=" ".join(scopes),
        expires=expires or timezone.now() + timedelta(hours=1),
    )
    set_token_value(row, token)
    row.save()
    return token


def calling(user: User, *scopes: str) -> APIClient:
    """An HTTP client that sends a token of the machine with the scopes."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(user, scopes)}")
    return client


def logged_in(user: User) -> APIClient:
    """An HTTP client with the person's session."""
    client = APIClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
