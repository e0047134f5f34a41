"""One person outside the theme's departments sees or edits one theme, until the grant is taken back."""

import pytest
from django.core.management import call_command

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid
from opsplatform.kernel.notes import NoteMissing
from themes import selectors
from themes.services.reviewing import approve_theme
from themes.services.sharing import share_theme, unshare_theme
from themes.tests.demonstrated import DOG, RESTAURANT, account, get, new_version

pytestmark = pytest.mark.usefixtures("demo_db")
STRANGER = "ga_editor"  # the other theme's department


def may_see(code: str = RESTAURANT) -> bool:
    return selectors.may_view_draft(account(STRANGER), get(code))


def may_edit(code: str = RESTAURANT) -> bool:
    return selectors.may_on(account(STRANGER), get(code), "themes.edit")


def test_a_grant_to_view_opens_this_draft_and_nothing_else() -> None:
    assert not may_see()
    call_command("share_theme", RESTAURANT, username=STRANGER, note="联合调研", actor="operator")
    assert may_see() and not may_edit()
    entry = AuditEntry.objects.get(action="theme.shared")
    assert (entry.object_key, entry.reason, entry.facts["person"]) == (RESTAURANT, "联合调研", STRANGER)


def test_a_grant_to_edit_lets_nobody_approve() -> None:
    share_theme(actor=account("operator"), code=RESTAURANT, username=STRANGER, right="edit", note="代为编辑")
    assert may_see() and may_edit()
    version = new_version(RESTAURANT, approved=False)
    with pytest.raises(Forbidden):
        approve_theme(actor=account(STRANGER), code=RESTAURANT, digest=version.digest, note="同意")


def test_a_grant_taken_back_leaves_what_roles_allow() -> None:
    operator = account("operator")
    for code in (RESTAURANT, DOG):
        share_theme(actor=operator, code=code, username=STRANGER, right="edit", note="代为编辑")
        call_command("share_theme", code, username=STRANGER, is_end=True, note="已完成", actor="operator")
    assert not may_see() and not may_edit()
    assert may_see(DOG) and may_edit(DOG)
    assert AuditEntry.objects.filter(action="theme.unshared", reason="已完成").count() == 2


@pytest.mark.parametrize("act", [share_theme, unshare_theme])
def test_a_grant_is_refused_without_right_reason_or_person(act: object) -> None:
    extra = {"right": "view"} if act is share_theme else {}

    def attempt(actor: str, username: str, note: str) -> None:
        act(actor=account(actor), code=RESTAURANT, username=username, note=note, **extra)  # type: ignore[operator]

    with pytest.raises(Forbidden):
        attempt("sj_editor", STRANGER, "帮忙")
    with pytest.raises(NoteMissing):
        attempt("operator", STRANGER, " ")
    with pytest.raises(Invalid):
        attempt("operator", "nobody", "帮忙")
    assert not may_see()
