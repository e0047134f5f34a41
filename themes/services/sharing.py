"""Exceptional grants on one theme (django-guardian): somebody outside its departments may see or edit this one."""

from typing import Literal

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.notes import require_note
from themes import selectors
from themes.models import Theme

Right = Literal["view", "edit"]
_PERMISSIONS: dict[Right, tuple[str, ...]] = {"view": ("view_theme",), "edit": ("view_theme", "change_theme")}


@transaction.atomic
def share_theme(*, actor: User, code: str, username: str, right: Right, note: str) -> Theme:
    """The person may see, or see and edit, the draft of this theme; releases and approvals stay with their roles."""
    note = require_note(note)
    theme = selectors.get_theme(actor, code)
    actor.require("themes.share", within=theme.subject.division)
    person = _person(username)
    if not person.takes_grants:
        raise Invalid(problems=(Problem("/username", "administration", "三员不接触业务内容，不能单独授权。"),))
    for permission in _PERMISSIONS[right]:
        assign_perm(permission, person, theme)
    _record(actor, "theme.shared", theme, person, right, note)
    return theme


@transaction.atomic
def unshare_theme(*, actor: User, code: str, username: str, note: str) -> Theme:
    """The person's grants on this theme are gone; what their roles allow stays."""
    note = require_note(note)
    theme = selectors.get_theme(actor, code)
    actor.require("themes.share", within=theme.subject.division)
    person = _person(username)
    for permission in _PERMISSIONS["edit"]:
        remove_perm(permission, person, theme)
    _record(actor, "theme.unshared", theme, person, "edit", note)
    return theme


def _person(username: str) -> User:
    person = User.objects.filter(username=username, kind=User.Kind.PERSON, is_active=True).first()
    if person is None:
        raise Invalid(problems=(Problem("/username", "unknown_user", f"没有启用的账号 {username}。"),))
    return person


def _record(actor: User, action: str, theme: Theme, person: User, right: Right, note: str) -> None:
    division = theme.subject.division.code
    trail.record(actor, action, theme, division=division, reason=note, person=person.username, right=right)
