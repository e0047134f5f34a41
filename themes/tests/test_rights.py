"""Who may do what to a theme: every act by every account of the demonstration, against a table kept by hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import DomainError, Forbidden, NotFound
from opsplatform.release.models import Version
from themes import selectors
from themes.models import Theme
from themes.services.demonstration import approve_by_all
from themes.services.drafting import save_theme
from themes.services.importing import import_dossier
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import approve_theme, return_theme, submit_theme
from themes.tests.demonstrated import (
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    bring_in,
    contents,
    dossier,
    get,
    new_version,
    save,
    submitted,
)
from themes.tests.rights import MAY, grant

pytestmark = pytest.mark.usefixtures("demo_db")

Act = Callable[[User], Any]
EVERYBODY = (
    "operator", "operator2", "sj_editor", "sj_reviewer", "ga_editor", "ga_reviewer", "lh_editor", "lh_reviewer",
    "ny_editor", "ny_reviewer", "xf_editor", "xf_reviewer", "hp_editor", "hp_publisher", "mh_editor", "mh_publisher",
    "content", "application", "model", "sysadmin", "secadmin", "auditor",
)  # fmt: skip


def _save() -> Act:
    subject = get(RESTAURANT).subject
    tree = {**subject.draft, "summary": "新"}
    return lambda actor: save_theme(actor=actor, code=RESTAURANT, tree=tree, expected_revision=subject.draft_revision)


def _submit() -> Act:
    save(RESTAURANT, add_sentence)
    revision = get(RESTAURANT).subject.draft_revision
    return lambda actor: submit_theme(actor=actor, code=RESTAURANT, expected_revision=revision, note="提交")


def _approve(before: str) -> Act:
    """The step of that code is open."""
    save(RESTAURANT, add_sentence)
    version = approve_by_all(submitted(RESTAURANT), "同意", before=before)
    return lambda actor: approve_theme(actor=actor, code=RESTAURANT, digest=version.digest, note="同意")


def _return() -> Act:
    version = new_version(RESTAURANT, approved=False)
    return lambda actor: return_theme(actor=actor, code=RESTAURANT, digest=version.digest, note="退回")


def _release() -> Act:
    version = new_version(RESTAURANT)
    return lambda actor: release_theme(
        actor=actor, code=RESTAURANT, version=version.number, division_codes=["310101"], note="发布"
    )


def _withdraw() -> Act:
    return lambda actor: withdraw_theme(actor=actor, code=RESTAURANT, division_codes=["310101"], note="撤回")


def _import() -> Act:
    tree = dossier(RESTAURANT)
    tree["theme"]["summary"] = "新"
    return lambda actor: import_dossier(actor=actor, tree=tree)


ACTS: dict[str, Callable[[], Act]] = {
    "save": _save, "submit": _submit,
    "countersign": partial(_approve, "partners"), "approve": partial(_approve, "lead"),
    "sign_off": partial(_approve, "platform"), "return": _return, "release": _release,
    "withdraw": _withdraw, "import": _import,
}  # fmt: skip


def test_the_table_kept_by_hand_speaks_of_every_act_and_the_accounts_are_all() -> None:
    assert set(MAY) == set(ACTS)
    people = User.objects.filter(kind=User.Kind.PERSON).values_list("username", flat=True)
    assert set(people) == set(EVERYBODY)


@pytest.mark.parametrize("act", ACTS)
def test_each_account_may_do_what_the_table_says_and_nothing_else(act: str) -> None:
    do = ACTS[act]()
    before = contents()
    for username in set(EVERYBODY) - MAY[act]:
        with pytest.raises(Forbidden):  # the theme is live, so everyone sees that it exists
            do(account(username))
    assert contents() == before, "a refused act left a trace"
    entries = AuditEntry.objects.count()
    for username in MAY[act]:
        with transaction.atomic():
            do(account(username))
            assert AuditEntry.objects.count() > entries
            assert AuditEntry.objects.latest("id").actor == account(username)
            transaction.set_rollback(True)


@pytest.mark.parametrize("act", [act for act in ACTS if act != "import"])
def test_an_account_that_is_switched_off_may_do_nothing(act: str) -> None:
    do = ACTS[act]()
    User.objects.filter(username__in=MAY[act]).update(is_active=False)
    for username in MAY[act]:
        with pytest.raises(DomainError):
            do(account(username))


def test_the_saboteur_that_lets_everyone_in_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    do = _save()
    monkeypatch.setattr(User, "require", lambda self, action, **where: None)
    with pytest.raises(pytest.fail.Exception), pytest.raises(Forbidden):
        do(account("auditor"))


# --- what lies out of sight does not exist --------------------------------------------------------------------------


@pytest.fixture
def hidden() -> str:
    """A theme of 市场监管 that is live nowhere."""
    tree = dossier(RESTAURANT)
    tree["theme"]["code"] = "HIDDEN-1"
    tree["addresses"] = []
    bring_in(tree)
    return "HIDDEN-1"


SEES_HIDDEN = {"operator", "operator2", "sj_editor", "sj_reviewer"} | {
    "ga_editor", "ga_reviewer", "lh_editor", "lh_reviewer", "ny_editor", "xf_editor", "xf_reviewer"
}  # fmt: skip


def _partners(code: str) -> set[str]:
    names = set(get(code).partner_departments.values_list("name", flat=True)) | {get(code).lead_department.name}
    users = User.objects.filter(memberships__department__name__in=names, username__in=EVERYBODY)
    return {"operator", "operator2", *users.values_list("username", flat=True)}


def test_a_theme_that_is_not_live_exists_only_for_its_departments_and_the_operator(hidden: str) -> None:
    partners = _partners(hidden)
    for username in EVERYBODY:
        assert_seen_by_partners_only(hidden, account(username), sees=username in partners)


def assert_seen_by_partners_only(hidden: str, actor: User, *, sees: bool) -> None:
    assert (hidden in {theme.code for theme in Theme.objects.visible_to(actor)}) == sees
    if sees:
        assert selectors.get_theme(actor, hidden).code == hidden
    else:
        for act in _acts_on(hidden, actor):
            with pytest.raises(NotFound) as refusal:
                act()
            assert str(refusal.value) == NotFound.sentence  # nothing tells it from a theme that does not exist
        with pytest.raises(NotFound) as nothing:
            selectors.get_theme(actor, "NO-SUCH")
        assert str(nothing.value) == NotFound.sentence


def _acts_on(code: str, actor: User) -> list[Callable[[], Any]]:
    where: dict[str, Any] = {"actor": actor, "code": code}
    return [
        lambda: selectors.get_theme(actor, code),
        lambda: selectors.get_draft(actor, code),
        lambda: save_theme(**where, tree={}, expected_revision=1),
        lambda: submit_theme(**where, expected_revision=1, note="x"),
        lambda: approve_theme(**where, digest="0" * 64, note="x"),
        lambda: return_theme(**where, digest="0" * 64, note="x"),
        lambda: release_theme(**where, version=1, division_codes=None, note="x"),
        lambda: withdraw_theme(**where, division_codes=None, note="x"),
    ]


def test_the_hidden_theme_is_hidden_from_somebody_and_shown_to_somebody(hidden: str) -> None:
    assert {"operator", "sj_editor", "sj_reviewer"} <= _partners(hidden)
    assert not {"hp_editor", "mh_publisher", "content", "auditor", "ny_editor"} & _partners(hidden)
    assert _partners(hidden) <= SEES_HIDDEN


@pytest.mark.parametrize("code", [RESTAURANT, DOG])
def test_what_is_live_is_visible_to_all_and_its_draft_is_not(code: str) -> None:
    partners = _partners(code)
    for username in EVERYBODY:
        actor = account(username)
        assert selectors.get_theme(actor, code).code == code
        if username in partners:
            assert selectors.get_draft(actor, code).code == code
        else:
            with pytest.raises(Forbidden):
                selectors.get_draft(actor, code)


# --- exceptional grants ---------------------------------------------------------------------------------------------


def test_a_grant_shows_one_theme_and_only_that(hidden: str) -> None:
    other = dossier(DOG)
    other["theme"]["code"] = "HIDDEN-2"
    other["addresses"] = []
    bring_in(other)
    grant("view_theme", "mh_editor", hidden)
    actor = account("mh_editor")
    assert selectors.get_draft(actor, hidden).code == hidden
    with pytest.raises(Forbidden):
        save_theme(actor=actor, code=hidden, tree=get(hidden).subject.draft, expected_revision=1)
    with pytest.raises(NotFound):
        selectors.get_theme(actor, "HIDDEN-2")
    with pytest.raises(Forbidden):
        selectors.get_draft(actor, DOG)


def test_a_grant_to_edit_is_for_one_theme_and_gives_no_approval() -> None:
    grant("change_theme", "mh_editor", RESTAURANT)
    save(RESTAURANT, add_sentence, by="mh_editor")
    with pytest.raises(Forbidden):
        save(DOG, add_sentence, by="mh_editor")
    revision = get(RESTAURANT).subject.draft_revision
    version = submit_theme(actor=account("mh_editor"), code=RESTAURANT, expected_revision=revision, note="提交")
    assert account("mh_editor").pk in version.author_ids
    with pytest.raises(Forbidden):
        approve_theme(actor=account("mh_editor"), code=RESTAURANT, digest=version.digest, note="同意")
    assert not Version.objects.get(pk=version.pk).decisions.exists()


def test_a_superuser_bit_gives_nothing() -> None:
    User.objects.filter(username="mh_editor").update(is_superuser=True)
    with pytest.raises(Forbidden):
        save(RESTAURANT, add_sentence, by="mh_editor")
