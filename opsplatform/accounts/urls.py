"""Routes of accounts' pages."""

from django.urls import path

from opsplatform.accounts import pages

urlpatterns = [
    path("login/", pages.Login.as_view(), name="login"),
    path("logout/", pages.log_out, name="logout"),
    path("account/", pages.Profile.as_view(), name="account"),
    path("account/password/", pages.Password.as_view(), name="account-password"),
    path("account/sessions/", pages.Sessions.as_view(), name="account-sessions"),
    path("users/new/", pages.NewAccount.as_view(), name="user-new"),
    path("users/<int:pk>/", pages.Account.as_view(), name="user"),
]
