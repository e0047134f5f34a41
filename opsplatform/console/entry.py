"""Who gets past the door of the console: people who are logged in and whose password is their own."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

PASSWORD_PAGE = "account-password"  # noqa: S105  the name of a URL


def detour(request: HttpRequest, *, is_open_while_password_due: bool = False) -> HttpResponse | None:
    """Where the person must go first, if anywhere; raises PermissionDenied for accounts that are not people."""
    user: Any = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not user.is_staff:
        raise PermissionDenied("系统账号不能使用控制台。")
    if user.must_change_password and not is_open_while_password_due:
        return redirect(PASSWORD_PAGE)
    return None
