"""The pages of accounts: login, one's own account, the accounts of others."""

import re
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse
from django.urls.converters import get_converters

from opsplatform.accounts.models import User
from opsplatform.accounts.pages import Profile
from opsplatform.accounts.tests.factories import PASSWORD, RoleFactory, UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.console.pages import ConsolePage, routed_pages
from opsplatform.organizations.tests.factories import CityFactory, DistrictFactory

pytestmark = pytest.mark.django_db


def log_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/login/", {"username": user.username, "password": password})


def test_login_leads_home_and_is_recorded(client: Client) -> None:
    user = UserFactory()
    response = client.post("/login/", {"username": user.username, "password": PASSWORD}, headers={"User-Agent": "X"})
    assert (response.status_code, response["Location"]) == (302, "/")
    session = user.sessions.get()
    assert (session.address, session.agent) == ("127.0.0.1", "X")
    assert AuditEntry.objects.get(action="user.logged_in").channel == "page"


def test_login_does_not_lead_to_another_site(client: Client) -> None:
    user = UserFactory()
    response = client.post(
        "/login/", {"username": user.username, "password": PASSWORD, "next": "https://elsewhere.example/"}
    )
    assert response["Location"] == "/"


@pytest.mark.parametrize("fields", [{"is_active": False}, {"kind": "machine"}, {}])
def test_a_refused_login_does_not_say_why(client: Client, fields: dict[str, Any]) -> None:
    user = UserFactory(**fields)
    response = log_in(client, user, PASSWORD if fields else "wrong")
    assert response.status_code == 200
    assert "账号或密码不正确，或账号已停用。" in response.content.decode()


def test_after_five_failures_the_account_is_locked_even_with_the_right_password(client: Client) -> None:
    user = UserFactory()
    for _ in range(5):
        response = log_in(client, user, "wrong")
    assert response.status_code == 429
    assert "15 分钟后再试" in response.content.decode()
    assert log_in(client, user).status_code == 429
    assert log_in(client, UserFactory()).status_code == 302


def test_logout_needs_a_post(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/account/").status_code == 302


def test_whoever_must_change_the_password_can_do_nothing_else(client: Client) -> None:
    client.force_login(person("platform_operator", must_change_password=True))
    for address in ("/account/", "/admin/", "/admin/catalog/serviceitem/"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, "/account/password/")
    response = client.post(
        "/account/password/", {"old": PASSWORD, "new": "Another-horse-8", "again": "Another-horse-8"}
    )
    assert response.status_code == 302
    assert client.get("/account/").status_code == 200


def test_what_is_wrong_with_a_new_password_stands_at_its_field(client: Client) -> None:
    client.force_login(UserFactory())
    response = client.post("/account/password/", {"old": "wrong", "new": "Another-horse-8", "again": "Another-horse-8"})
    assert response.status_code == 422
    assert response.context["form"].errors["old"] == ["原密码不正确。"]


def test_one_sees_and_ends_ones_other_sessions(client: Client) -> None:
    user = UserFactory()
    elsewhere = Client()
    elsewhere.force_login(user)
    client.force_login(user)
    shown = client.get("/account/sessions/")
    assert [session["is_current"] for session in shown.context["sessions"]].count(True) == 1
    assert not any(session.session_key in shown.content.decode() for session in user.sessions.all())
    handle = next(session["handle"] for session in shown.context["sessions"] if not session["is_current"])
    assert client.post("/account/sessions/", {"do": "end", "handle": handle}).status_code == 302
    assert elsewhere.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_ones_own_particulars_are_saved_with_the_revision_seen(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    values = {"name": "新名", "phone": "13800000000", "email": "", "revision": 1}
    assert client.post("/account/", values).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.revision) == ("新名", 2)
    assert AuditEntry.objects.get(action="user.changed").after["/phone"] == "1***00"
    stale = client.post("/account/", {**values, "name": "旧名"})
    assert stale.status_code == 412
    assert "在您打开之后的改动" in stale.content.decode()
    assert "电话" in str(stale.context["changed_since"])


@pytest.mark.parametrize("address", ["/users/new/", "/users/1/"])
@pytest.mark.parametrize("role", ["platform_operator", "audit_admin", "district_editor"])
def test_pages_about_accounts_are_the_administrators(client: Client, role: str, address: str) -> None:
    client.force_login(person(role))
    assert client.get(address).status_code == 403


def test_an_account_out_of_scope_is_not_found(client: Client) -> None:
    user = UserFactory(division=DistrictFactory())
    client.force_login(person("system_admin", DistrictFactory()))
    assert client.get(f"/users/{user.pk}/").status_code == 404
    assert client.post(f"/users/{user.pk}/", {"do": "reset", "note": "试试"}).status_code == 404


def test_the_system_administrator_opens_an_account_on_the_page(client: Client) -> None:
    city = CityFactory()
    client.force_login(person("system_admin"))
    values = {"username": "new.person", "name": "新人", "kind": "person", "division": city.pk}
    response = client.post("/users/new/", values)
    password = response.context["password"]
    assert password in response.content.decode()
    assert User.objects.get(username="new.person").check_password(password)


def test_the_security_administrator_grants_and_takes_back_on_the_page(client: Client) -> None:
    city = CityFactory()
    user = UserFactory(division=city)
    client.force_login(person("security_admin"))
    role = RoleFactory(code="platform_operator")
    values = {"do": "grant", "role": role.pk, "division": city.pk, "note": "任命"}
    assert client.post(f"/users/{user.pk}/", values).status_code == 302
    held = user.memberships.get()
    refused = client.post(f"/users/{user.pk}/", {"do": "revoke", "membership": held.pk, "note": ""})
    assert refused.status_code == 422
    assert "请填写说明或理由" in refused.content.decode()
    client.post(f"/users/{user.pk}/", {"do": "revoke", "membership": held.pk, "note": "调岗"})
    assert not user.memberships.exists()


def test_a_refused_grant_is_shown_in_place(client: Client) -> None:
    city = CityFactory()
    user = person("audit_admin")
    client.force_login(person("security_admin"))
    values = {"do": "grant", "role": RoleFactory(code="platform_operator").pk, "division": city.pk, "note": "兼任"}
    response = client.post(f"/users/{user.pk}/", values)
    assert response.status_code == 403
    assert "三员分立" in response.content.decode()


@pytest.mark.parametrize("do", ["", "nothing", "correct", "grant", "revoke"])
def test_a_post_that_makes_no_sense_is_no_crash(client: Client, do: str) -> None:
    user = UserFactory(division=CityFactory())
    client.force_login(person("system_admin"))
    assert client.post(f"/users/{user.pk}/", {"do": do, "membership": "x" * 40}).status_code in (403, 404, 422)


def sample_for(converter: str) -> str:
    """Something that the converter of a route lets through."""
    regex = get_converters()[converter].regex
    return next(text for text in ("1", "csv") if re.fullmatch(regex, text))


def test_every_page_sends_a_stranger_to_the_login(client: Client) -> None:
    pages = list(routed_pages())
    assert len(pages) >= 5
    for route, _ in pages:
        address = "/" + re.sub(r"<(\w+):\w+>", lambda found: sample_for(found[1]), route)
        for response in (client.get(address), client.post(address)):
            assert response.status_code == 302, address
            assert response["Location"].startswith("/login/"), address


def test_every_page_names_an_action_of_the_policy_table() -> None:
    assert [error for error in run_checks() if error.id == "accounts.E002"] == []


@pytest.mark.parametrize("action", ["themes.no_such_act", None])
def test_a_page_without_a_policy_row_stops_the_start(monkeypatch: pytest.MonkeyPatch, action: str | None) -> None:
    """Saboteur: the check sees a page that names no action, or one that nobody declared."""
    monkeypatch.setattr(Profile, "action", action)
    assert [error for error in run_checks() if error.id == "accounts.E002"]


def test_a_page_class_has_no_action_by_default() -> None:
    assert not hasattr(ConsolePage, "action")


@pytest.mark.parametrize("address", ["/no-such-page/", "/admin/no/such/"])
def test_what_is_not_there_is_a_page_in_chinese(client: Client, address: str) -> None:
    client.force_login(UserFactory())
    response = client.get(address)
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()


def test_a_form_without_its_token_is_refused_in_chinese() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_the_account_page_links_back_to_the_list(client: Client) -> None:
    user = UserFactory(division=CityFactory())
    client.force_login(person("system_admin"))
    assert reverse("admin:accounts_user_changelist") in client.get(f"/users/{user.pk}/").content.decode()


@pytest.mark.parametrize("username", ["9" * 151, "名" * 30_000])
def test_an_endless_account_name_at_the_login_is_a_refused_login(client: Client, username: str) -> None:
    response = client.post("/login/", {"username": username, "password": "wrong"})
    assert response.status_code == 200
    assert "账号或密码不正确，或账号已停用。" in response.content.decode()


def test_an_endless_number_is_no_membership(client: Client) -> None:
    client.force_login(person("security_admin"))
    user = UserFactory(division=CityFactory())
    form = {"do": "revoke", "membership": "9" * 5000, "note": "收回"}
    assert client.post(reverse("user", args=[user.pk]), form).status_code == 404
