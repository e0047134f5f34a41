"""The ways in: a service called in the actor's name, or a request with their session or their token."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, set_token_value

from opsplatform.accounts.models import LoginSession, User
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound
from opsplatform.tests.rights.acts import Act, Ask, Door
from opsplatform.tests.rights.oracle import Verdict
from opsplatform.tests.rights.world import SCOPES

_DONE, _FORBIDDEN, _NOT_FOUND, _INVALID = (200, 201, 302), (401, 403), 404, 422
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_PLACES = ("division", "department", "parent")  # fields of a form that say where a new thing stands


def give_keys(users: Any) -> None:
    """Everybody has a session, machines (which ought not to use it) as well, and a token; once for all cells."""
    for user in users:
        Client().force_login(user, backend=_BACKEND)
        if user.kind == User.Kind.PERSON:
            continue
        row = AccessToken(
            application=Application.objects.get(user=user),
            scope=" ".join(SCOPES),
            expires=timezone.now() + timedelta(hours=12),
        )
        set_token_value(row, _token_of(user))
        row.save()


def client_of(user: User, door: Door = Door.PAGE) -> Client:
    """A browser, or at the API's door a system, that carries the account's key."""
    if user.kind == User.Kind.MACHINE and door is Door.API:
        return Client(headers={"Authorization": f"Bearer {_token_of(user)}"})
    client = Client()
    session = LoginSession.objects.filter(user=user).first()
    if session is None:
        client.force_login(user, backend=_BACKEND)
    else:
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def is_closed_to(door: Door, user: User) -> bool:
    """Whether such an account never gets through the door: systems have no pages, whatever they may do."""
    return user.kind == User.Kind.MACHINE and door in (Door.PAGE, Door.ADMIN)


def attempt(act: Act, door: Door, actor: User, thing: Any) -> Verdict | str:
    """What came of the act; a text where it was neither done nor refused for want of a right."""
    if door is Door.SERVICE:
        return _call(act, actor, thing)
    response = _send(client_of(actor, door), act.asks[door](thing))
    if response.streaming:
        b"".join(response.streaming_content)
    status = response.status_code
    if status in _FORBIDDEN:
        return Verdict.FORBIDDEN
    if status == _NOT_FOUND:
        return Verdict.NOT_FOUND
    refusal = getattr(response.wsgi_request, "refusal", None)
    if status == _INVALID and _faults_told(response) == {act.missing}:
        return Verdict.NOT_FOUND
    if _is_choice_refused(response) or isinstance(refusal, Forbidden):
        return Verdict.FORBIDDEN  # a register's form shows what its service refused
    is_shown_again = status == 200 and door is Door.ADMIN and response.request["REQUEST_METHOD"] == "POST"
    if status in _DONE and not (is_shown_again and act.trace) and not _leads_to_login(response):
        return Verdict.DONE
    return f"answered {status}: {_said(response)}"


def _call(act: Act, actor: User, thing: Any) -> Verdict | str:
    assert act.call is not None
    try:
        act.call(actor, thing)
    except NotFound:
        return Verdict.NOT_FOUND
    except Forbidden:
        return Verdict.FORBIDDEN
    except Exception as error:  # noqa: BLE001 — whatever else it was is told with its cell
        is_missing = isinstance(error, Invalid) and _faults_of(error) == {act.missing}
        return Verdict.NOT_FOUND if is_missing else f"raised {error!r}"
    return Verdict.DONE


def _faults_of(error: Invalid) -> set[str]:
    return {problem.code for problem in error.problems}


def _faults_told(response: Any) -> set[str]:
    """The codes of what a 422 says is wrong, in JSON or on a page."""
    if response["Content-Type"].startswith("application/"):
        return {one["code"] for one in response.json()["errors"]}
    shown = (response.context or {}).get("refusal")
    return _faults_of(shown) if isinstance(shown, Invalid) else set()


def _send(client: Client, ask: Ask) -> Any:
    if ask.form is not None:
        return client.post(ask.path, ask.form, headers=ask.headers)
    if ask.body is not None:
        content = json.dumps(ask.body)
        return client.generic(
            ask.method.upper(), ask.path, content, content_type="application/json", headers=ask.headers
        )
    return client.get(ask.path, headers=ask.headers)


def _is_choice_refused(response: Any) -> bool:
    """Whether the form did not offer the place: what a person may not choose is not in the list."""
    context = response.context if response.status_code in (200, 422) else None
    if context is None:
        return False
    shown = (context.get(name) for name in ("adminform", "grant_form", "form"))
    forms = (getattr(one, "form", one) for one in shown)
    return any(name in getattr(form, "errors", {}) for form in forms for name in _PLACES)


def _leads_to_login(response: Any) -> bool:
    return response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL)


def _said(response: Any) -> str:
    context = response.context or {}
    form = getattr(context.get("adminform"), "form", None) or context.get("form")
    refusal = context.get("refusal")
    return str(refusal or dict(getattr(form, "errors", {})) or response.content[:200].decode(errors="replace"))


def _token_of(user: User) -> str:
    return f"token-of-{user.name}"
