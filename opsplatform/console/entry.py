"""Who gets past the door of the console: people who are logged in and whose password is their own."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

PASSWORD_PAGE = "account-password"  # noqa: S105  the name of a URL


def detour(request: HttpRequest, *, is_open_while_password_due: bool = False) -> HttpResponse | None:
    """Where the person must go first, if anywhere.

    Raises PermissionDenied for accounts that are not people, SuspiciousOperation for NUL, which no column can hold and
    no keyboard types.
    """
    user: Any = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not user.is_staff:
        raise PermissionDenied("系统账号不能使用控制台。")
    if user.must_change_password and not is_open_while_password_due:
        return redirect(PASSWORD_PAGE)
    if any("\x00" in text for text in _texts(request)):
        raise SuspiciousOperation("the request carries NUL")
    return None


def _texts(request: HttpRequest) -> Iterator[str]:
    """Everything in the request that may reach a column: path, query and form."""
    yield request.path_info
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            yield name
            yield from values
