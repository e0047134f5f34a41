"""People change their own passwords and end their own sessions."""

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction

from opsplatform.accounts import selectors
from opsplatform.accounts.models import User
from opsplatform.accounts.sessions import LoginSession
from opsplatform.kernel import recording
from opsplatform.kernel.errors import Invalid, NotFound, Problem

WRONG_PASSWORD = Problem("/old", "wrong_password", "原密码不正确。")


@transaction.atomic
def change_own_password(*, actor: User, old: str, new: str, current_session: str) -> User:
    """The actor logs in with the new password from now on; sessions elsewhere have ended."""
    user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    problems = []
    if not user.check_password(old):
        problems.append(WRONG_PASSWORD)
    elif old == new:
        problems.append(Problem("/new", "same_password", "新密码不能与原密码相同。"))
    try:
        password_validation.validate_password(new, user)
    except ValidationError as error:
        problems += [Problem("/new", "weak_password", message) for message in error.messages]
    if problems:
        raise Invalid(problems=tuple(problems))
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    LoginSession.objects.filter(user=user).exclude(session_key=current_session).delete()
    _record(user, "user.password_changed")
    return user


@transaction.atomic
def end_session(*, actor: User, handle: str) -> None:
    """One of the actor's own sessions has ended; raises NotFound."""
    for session in selectors.list_sessions(actor):
        if selectors.session_handle(session) == handle:
            session.delete()
            _record(actor, "user.session_ended", address=session.address)
            return
    raise NotFound("这一登录已经结束。")


@transaction.atomic
def end_other_sessions(*, actor: User, current_session: str) -> int:
    """Every session of the actor but this one has ended; returns how many."""
    count, _ = LoginSession.objects.filter(user=actor).exclude(session_key=current_session).delete()
    _record(actor, "user.session_ended", count=count)
    return count


@transaction.atomic
def record_login(*, actor: User, address: str) -> None:
    """The trail says who logged in from where."""
    _record(actor, "user.logged_in", address=address)


@transaction.atomic
def record_logout(*, actor: User) -> None:
    """The trail says who logged out."""
    _record(actor, "user.logged_out")


def _record(user: User, action: str, **facts: Any) -> None:
    division = user.division.code if user.division else _first_division(user)
    recording.trail().record(user, action, user, division=division, **facts)


def _first_division(user: User) -> str:
    return next((membership.division.code for membership in user.held_memberships), "")
