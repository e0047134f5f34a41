"""Accounts are opened, corrected, disabled, enabled; passwords are reset. Rights are another activity."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.crypto import get_random_string
from oauth2_provider.models import AccessToken

from opsplatform.accounts import selectors
from opsplatform.accounts.errors import OwnAccount
from opsplatform.accounts.models import User
from opsplatform.accounts.sessions import LoginSession
from opsplatform.kernel import recording, registers
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note

FIELDS = ("username", "name", "kind", "phone", "email", "division")
_OWN_FIELDS = ("name", "phone", "email")
_SECRET = ("password", "last_login", "is_superuser", "is_demo", "joined_at", "awaits_confirmation")
_UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@transaction.atomic
def open_account(*, actor: User, values: Mapping[str, Any]) -> tuple[User, str]:
    """An account exists with a first password that its owner must change; returns both. It holds no role yet."""
    user = User()
    registers.fill(user, values, FIELDS)
    if user.division is None:
        raise Invalid(problems=(Problem("/division", "required", "请选择所属区划。"),))
    actor.require("accounts.edit_users", within=user.division)
    password = _first_password()
    user.set_password(password)
    user.must_change_password = True
    registers.refuse(registers.column_problems(user))
    _store(user, {}, actor, "")
    return user, password


@transaction.atomic
def correct_account(*, actor: User, user_id: int, values: Mapping[str, Any], expected_revision: int | None) -> User:
    """The account carries these particulars at its next revision. Its name and its kind were given once."""
    user = registers.lock_or_new(User.objects.visible_to(actor), user_id, expected_revision)
    _require(actor, user)
    before = registers.content_of(user, _SECRET)
    registers.fill(user, {**values, "username": user.username, "kind": user.kind}, FIELDS)
    if user.division is not None:
        actor.require("accounts.edit_users", within=user.division)
    registers.refuse(registers.column_problems(user))
    _store(user, before, actor, "")
    return user


@transaction.atomic
def correct_own_profile(*, actor: User, values: Mapping[str, Any], expected_revision: int | None) -> User:
    """The actor's own name, phone and mail are these."""
    user = registers.lock_or_new(User.objects.all(), actor.pk, expected_revision)
    before = registers.content_of(user, _SECRET)
    registers.fill(user, values, _OWN_FIELDS)
    registers.refuse(registers.column_problems(user))
    _store(user, before, actor, "")
    return user


@transaction.atomic
def disable_account(*, actor: User, user_id: int, note: str) -> User:
    """The account can no longer log in; its sessions have ended and its tokens are void for good."""
    user = _locked(actor, user_id)
    if user.pk == actor.pk:
        raise OwnAccount("不能停用自己的账号。")
    if not user.is_active:
        raise WrongState("账号已经停用。")
    _set_active(user, actor, note, is_active=False)
    LoginSession.objects.filter(user=user).delete()
    AccessToken.objects.filter(application__user=user).delete()
    return user


@transaction.atomic
def enable_account(*, actor: User, user_id: int, note: str) -> User:
    """The account can log in again."""
    user = _locked(actor, user_id)
    if user.is_active:
        raise WrongState("账号没有停用。")
    _set_active(user, actor, note, is_active=True)
    return user


@transaction.atomic
def reset_password(*, actor: User, user_id: int, note: str) -> str:
    """The account has a new first password, returned, which its owner must change; its sessions have ended.

    Where the account decides over the work of others, the password opens nothing until `confirm_reset`.
    """
    user = _locked(actor, user_id)
    if user.pk == actor.pk:
        raise OwnAccount("请在“修改密码”页修改自己的密码。")
    if user.kind == User.Kind.MACHINE:
        raise WrongState("系统账号没有密码，不能登录；请另行登记客户端。")
    note = require_note(note)
    password = _first_password()
    user.set_password(password)
    user.must_change_password = True
    user.awaits_confirmation = selectors.is_second_person(user)
    user.save(update_fields=["password", "must_change_password", "awaits_confirmation"])
    LoginSession.objects.filter(user=user).delete()
    recording.trail().record(
        actor,
        "user.password_reset",
        user,
        reason=note,
        division=_division_code(user),
        awaits_confirmation=user.awaits_confirmation,
    )
    return password


@transaction.atomic
def confirm_reset(*, actor: User, user_id: int, note: str) -> User:
    """The reset password opens the account: a second administration has said that its owner asked for it."""
    user = selectors.get_user(actor, user_id)
    if user.pk == actor.pk:
        raise OwnAccount("不能确认自己账号的密码重置。")
    if not selectors.may_manage(actor, "accounts.assign_roles", user):
        raise Forbidden("您不负责这个账号的权限。")
    return _confirmed(user.username, actor, note)


@transaction.atomic
def confirm_reset_at_the_machine(*, username: str, note: str) -> User:
    """As `confirm_reset`, by whoever holds the machine: where the only security administrator was reset."""
    return _confirmed(username, None, note)


def _confirmed(username: str, actor: User | None, note: str) -> User:
    note = require_note(note)
    user = User.objects.select_for_update(no_key=True).filter(username=username).first()
    if user is None:
        raise NotFound(f"没有账号 {username}。")
    if not user.awaits_confirmation:
        raise WrongState("这个账号没有待确认的密码重置。")
    user.awaits_confirmation = False
    user.save(update_fields=["awaits_confirmation"])
    recording.trail().record(actor, "user.reset_confirmed", user, reason=note, division=_division_code(user))
    return user


def _locked(actor: User, user_id: int) -> User:
    user = selectors.get_user(actor, user_id)
    _require(actor, user)
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _require(actor: User, user: User) -> None:
    if not selectors.may_manage(actor, "accounts.edit_users", user):
        raise Forbidden("您不负责管理这个账号。")


def _set_active(user: User, actor: User, note: str, *, is_active: bool) -> None:
    note = require_note(note)
    before = registers.content_of(user, _SECRET)
    user.is_active = is_active
    _store(user, before, actor, note)


def _store(user: User, before: dict[str, Any], actor: User, note: str) -> None:
    changes = registers.differences(before, registers.content_of(user, _SECRET))
    registers.store(user, changes, actor=actor, event="user", division=_division_code(user), reason=note)


def _division_code(user: User) -> str:
    return user.division.code if user.division else ""


def _first_password() -> str:
    return get_random_string(14, _UNAMBIGUOUS)
