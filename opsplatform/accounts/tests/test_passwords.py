"""Passwords: guessing is slowed everywhere it can be tried, and no administrator alone becomes a second person."""

from typing import Any

import pytest
from django.test import Client

from opsplatform.accounts import login_failures
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services import users
from opsplatform.accounts.tests.factories import PASSWORD, UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, NotFound, WrongState
from opsplatform.organizations.tests.factories import CityFactory, DepartmentFactory, DistrictFactory
from themes.tests.demonstrated import run

pytestmark = pytest.mark.django_db


def log_in(user: User, password: str, address: str = "10.0.0.1") -> Any:
    return Client(REMOTE_ADDR=address).post("/login/", {"username": user.username, "password": password})


# --- guessing ---------------------------------------------------------------------------------------------------------


def guess_from_everywhere(user: User) -> None:
    for number in range(25):
        log_in(user, "wrong", f"10.0.{number}.1")


def test_guessing_at_one_account_from_many_addresses_locks_it() -> None:
    user, other = UserFactory(), UserFactory()
    guess_from_everywhere(user)
    assert log_in(user, PASSWORD, "10.9.9.9").status_code == 429
    assert log_in(other, PASSWORD, "10.9.9.9").status_code == 302


def test_without_the_count_per_account_many_addresses_would_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    monkeypatch.setattr(login_failures, "ACCOUNT_PATIENCE", 1_000_000)
    user = UserFactory()
    guess_from_everywhere(user)
    assert log_in(user, PASSWORD, "10.9.9.9").status_code == 302


def test_guessing_at_many_accounts_from_one_address_locks_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_failures, "ADDRESS_PATIENCE", 2)
    user = UserFactory()
    for number in range(10):
        answer = Client(REMOTE_ADDR="10.0.0.1").post("/login/", {"username": f"guess{number}", "password": "wrong"})
    assert answer.status_code == 429
    assert log_in(user, PASSWORD, "10.0.0.1").status_code == 429
    assert log_in(user, PASSWORD, "10.0.0.2").status_code == 302


def test_guessing_at_the_old_password_of_a_session_ends_it(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    form = {"old": "wrong", "new": "Another-horse-8", "again": "Another-horse-8"}
    answers = [client.post("/account/password/", form).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert client.get("/account/").status_code == 302
    client.force_login(user)
    assert client.post("/account/password/", {**form, "old": PASSWORD}).status_code == 429
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


# --- resets -----------------------------------------------------------------------------------------------------------


def reset(user: User) -> str:
    return users.reset_password(actor=person(RoleCode.SYSTEM_ADMIN), user_id=user.pk, note="本人忘记密码")


def account(role: str) -> User:
    return person(role, department=DepartmentFactory(division=CityFactory()))


@pytest.mark.parametrize("role", sorted(RoleCode.SECOND_PERSONS))
def test_who_resets_a_second_persons_password_cannot_become_that_person(role: str) -> None:
    user = account(role)
    password = reset(user)
    refused = log_in(user, password)
    assert refused.status_code == 200
    assert "须由安全管理员确认" in refused.content.decode()
    second = person(RoleCode.SECURITY_ADMIN)
    users.confirm_reset(actor=second, user_id=user.pk, note="已电话核实")
    assert log_in(user, password).status_code == 302
    entry = AuditEntry.objects.get(action="user.reset_confirmed")
    assert (entry.actor, entry.reason) == (second, "已电话核实")


@pytest.mark.parametrize("role", sorted(RoleCode.PEOPLE - RoleCode.SECOND_PERSONS))
def test_other_accounts_are_reset_by_one_administrator(role: str) -> None:
    user = account(role)
    assert log_in(user, reset(user)).status_code == 302


def test_without_the_wait_the_system_administrator_would_be_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    monkeypatch.setattr("opsplatform.accounts.selectors.is_second_person", lambda user: False)
    user = account(RoleCode.LEAD_REVIEWER)
    assert log_in(user, reset(user)).status_code == 302


@pytest.mark.parametrize("role", sorted(RoleCode.PEOPLE - {RoleCode.SECURITY_ADMIN}))
def test_nobody_but_a_security_administrator_confirms(role: str) -> None:
    user = account(RoleCode.LEAD_REVIEWER)
    reset(user)
    with pytest.raises((Forbidden, NotFound)):
        users.confirm_reset(actor=account(role), user_id=user.pk, note="确认")
    assert User.objects.get(pk=user.pk).awaits_confirmation


def test_a_security_administrator_confirms_neither_themselves_nor_another_district() -> None:
    one = person(RoleCode.SECURITY_ADMIN)
    reset(one)
    with pytest.raises(Forbidden):
        users.confirm_reset(actor=one, user_id=one.pk, note="自己")
    elsewhere = person(RoleCode.SECURITY_ADMIN, DistrictFactory())
    with pytest.raises(NotFound):
        users.confirm_reset(actor=elsewhere, user_id=one.pk, note="别区")


def test_the_page_offers_the_confirmation_to_whom_it_belongs(client: Client) -> None:
    user = account(RoleCode.LEAD_REVIEWER)
    reset(user)
    client.force_login(person(RoleCode.SYSTEM_ADMIN))
    assert 'value="confirm_reset"' not in client.get(f"/users/{user.pk}/").content.decode()
    assert client.post(f"/users/{user.pk}/", {"do": "confirm_reset", "note": "自己确认"}).status_code == 403
    client.force_login(person(RoleCode.SECURITY_ADMIN))
    assert 'value="confirm_reset"' in client.get(f"/users/{user.pk}/").content.decode()
    assert client.post(f"/users/{user.pk}/", {"do": "confirm_reset", "note": "已核实"}).status_code == 302
    assert not User.objects.get(pk=user.pk).awaits_confirmation
    with pytest.raises(WrongState):
        users.confirm_reset(actor=person(RoleCode.SECURITY_ADMIN), user_id=user.pk, note="再次")


def test_whoever_holds_the_machine_confirms_for_the_only_security_administrator() -> None:
    only = person(RoleCode.SECURITY_ADMIN)
    password = reset(only)
    assert run("confirm_reset", only.username, "--note", "唯一的安全管理员").status == 0
    assert log_in(only, password).status_code == 302
    assert run("confirm_reset", "nobody", "--note", "x").status == 1
