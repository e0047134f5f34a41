"""Routes of the token endpoint."""

from django.urls import path

from opsplatform.accounts.api.oauth import RevocationView, TokenView

urlpatterns = [
    path("token/", TokenView.as_view(), name="oauth-token"),
    path("revoke/", RevocationView.as_view(), name="oauth-revoke"),
]
