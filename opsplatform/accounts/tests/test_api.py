"""Tokens, sessions and the registers of users and roles."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from django.test.client import FakePayload
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application
from rest_framework.test import APIClient

from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.accounts.tests.factories import RoleFactory, UserFactory, person
from opsplatform.accounts.tests.machines import calling, logged_in, machine, token_of
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid
from opsplatform.organizations.tests.factories import CityFactory, DistrictFactory

pytestmark = pytest.mark.django_db
TOKEN, REVOKE, DIVISIONS = "/oauth/token/", "/oauth/revoke/", "/api/v1/divisions/"


@pytest.fixture
def registered() -> tuple[str, str]:
    """A client that went through the service: id and secret."""
    return register_machine_client(
        actor=person(RoleCode.SYSTEM_ADMIN),
        name="统一受理平台",
        role=RoleFactory(code=RoleCode.ACCEPTANCE_PLATFORM),
        division=CityFactory(),
        scopes=["registers:read", "export:read"],
    )


def ask(client_id: str, secret: str, **more: str) -> Any:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
    return Client().post(TOKEN, urlencode(form), content_type="application/x-www-form-urlencoded")


def get(token: str, address: str = DIVISIONS) -> Any:
    return Client().get(address, headers={"Authorization": f"Bearer {token}"})


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_registered_client_gets_a_token_that_reads_as_its_machine_account(registered: tuple[str, str]) -> None:
    answer = ask(*registered)
    assert answer.status_code == 200
    assert set(answer.json()["scope"].split()) == {"registers:read", "export:read"}
    assert get(answer.json()["access_token"]).status_code == 200


def test_neither_secret_nor_token_is_kept_readable(registered: tuple[str, str]) -> None:
    token = ask(*registered).json()["access_token"]
    application, row = Application.objects.get(client_id=registered[0]), AccessToken.objects.get()
    assert registered[1] not in application.client_secret
    assert token not in (row.token, row.token_checksum)


def test_a_client_gets_only_scopes_of_its_own(registered: tuple[str, str]) -> None:
    assert ask(*registered, scope="export:read").json()["scope"] == "export:read"
    refused = ask(*registered, scope="themes:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_a_wrong_secret_gets_no_token(registered: tuple[str, str]) -> None:
    assert ask(registered[0], "wrong").status_code == 401
    assert ask("nobody", registered[1]).status_code == 401


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("grant_type=client_credentials&client_id=%00&client_secret=x", "application/x-www-form-urlencoded"),
        ("grant_type=client_credentials&grant_type=password", "application/x-www-form-urlencoded"),
        ("grant_type=password&username=a&password=b", "application/x-www-form-urlencoded"),
        ("grant_type=urn:ietf:params:oauth:grant-type:device_code", "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
        ('{"grant_type": "client_credentials"}', "application/json"),
    ],
)
def test_other_requests_for_a_token_are_refused(content: str, content_type: str) -> None:
    for address in (TOKEN, REVOKE):
        answer = Client().generic("POST", address, content, content_type=content_type)
        assert 400 <= answer.status_code < 500
        assert "error" in answer.json()


def test_a_request_for_a_token_that_breaks_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*sizes: int) -> bytes:
        raise ConnectionResetError

    monkeypatch.setattr(FakePayload, "read", break_off)
    for address in (TOKEN, REVOKE):
        answer = Client().generic("POST", address, "grant_type=", content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_switched_off_client_gets_no_token_and_its_tokens_die_at_once(registered: tuple[str, str]) -> None:
    token = ask(*registered).json()["access_token"]
    User.objects.filter(kind=User.Kind.MACHINE).update(is_active=False)
    assert get(token).status_code == 401
    assert ask(*registered).status_code == 401


def test_an_expired_token_is_no_token() -> None:
    robot = machine()
    expired = token_of(robot, ["registers:read"], timezone.now() - timedelta(seconds=1))
    answer = get(expired)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert get(token_of(robot, ["registers:read"])).status_code == 200


def test_a_revoked_token_is_no_token(registered: tuple[str, str]) -> None:
    token = ask(*registered).json()["access_token"]
    form = {"token": token, "client_id": registered[0], "client_secret": registered[1]}
    revoked = Client().post(REVOKE, urlencode(form), content_type="application/x-www-form-urlencoded")
    assert revoked.status_code == 200
    assert get(token).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer \x80\xff", "Basic YTpi", "Bearer a b c", "x" * 5000])
def test_a_nonsense_authorization_is_no_server_error(header: str) -> None:
    assert Client().get(DIVISIONS, headers={"Authorization": header}).status_code == 401


def test_a_token_of_a_person_does_not_exist() -> None:
    user = machine()
    token = token_of(user, ["registers:read"])
    User.objects.filter(pk=user.pk).update(kind=User.Kind.PERSON)
    assert get(token).status_code == 401


def test_knowing_the_caller_costs_one_statement_and_their_roles_another(django_assert_num_queries: Any) -> None:
    client = calling(machine(), "registers:read")
    with django_assert_num_queries(3):
        assert client.get("/api/v1/body-kinds/").status_code == 200


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_machine_cannot_log_in_to_the_console(registered: tuple[str, str]) -> None:
    robot = User.objects.get(kind=User.Kind.MACHINE)
    assert not robot.has_usable_password()
    assert not robot.is_staff
    client = Client()
    client.force_login(robot, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code in (302, 403, 404)


def test_a_write_by_session_needs_the_csrf_token() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(person(RoleCode.LEAD_EDITOR), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.put("/api/v1/themes/nothing/draft/", {}, format="json", headers={"If-Match": '"draft-1"'})
    assert answer.status_code == 403


# --- registration -----------------------------------------------------------------------------------------------------


def test_a_registration_is_in_the_trail_without_the_secret(registered: tuple[str, str]) -> None:
    entry = AuditEntry.objects.get(action="user.client_registered")
    assert entry.after["client_id"] == registered[0]
    assert registered[1] not in json.dumps([entry.before, entry.after, entry.facts])


def test_only_who_may_edit_accounts_registers_a_client() -> None:
    with pytest.raises(Forbidden):
        register_machine_client(
            actor=person(RoleCode.OPERATOR),
            name="平台",
            role=RoleFactory(code=RoleCode.ACCEPTANCE_PLATFORM),
            division=CityFactory(),
            scopes=["export:read"],
        )
    assert not Application.objects.exists()


def test_an_unfit_registration_is_refused_with_everything_that_is_wrong() -> None:
    with pytest.raises(Invalid) as refusal:
        register_machine_client(
            actor=person(RoleCode.SYSTEM_ADMIN),
            name=" ",
            role=RoleFactory(code=RoleCode.LEAD_EDITOR),
            division=CityFactory(),
            scopes=["export:read", "everything"],
        )
    assert [problem.pointer for problem in refusal.value.problems] == ["/name", "/role", "/scopes/1"]


def test_the_command_prints_the_credentials_once(capsys: pytest.CaptureFixture[str]) -> None:
    admin = person(RoleCode.SYSTEM_ADMIN)
    RoleFactory(code=RoleCode.ACCEPTANCE_PLATFORM)
    call_command(
        "register_client", "平台", "--role", "acceptance_platform", "--division", "310000",
        "--scopes", "export:read,registers:read", "--actor", admin.username, "--json",
    )  # fmt: skip
    credentials = json.loads(capsys.readouterr().out)
    assert ask(credentials["client_id"], credentials["client_secret"]).status_code == 200


# --- registers --------------------------------------------------------------------------------------------------------


def test_accounts_of_a_neighbouring_district_are_out_of_sight_by_every_way() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    admin = person(RoleCode.SYSTEM_ADMIN, here)
    person(RoleCode.DISTRICT_EDITOR, here, username="near")
    person(RoleCode.DISTRICT_EDITOR, there, username="far")
    client = logged_in(admin)
    for query in ("", "?q=far", f"?division={there.code}", "?role=district_editor", "?kind=person"):
        assert "far" not in client.get(f"/api/v1/users/{query}").content.decode()
    assert "near" in client.get("/api/v1/users/").content.decode()
    assert client.get("/api/v1/users/near/").status_code == 200
    assert client.get("/api/v1/users/far/").status_code == 404


def test_the_list_of_users_costs_the_same_however_long_it_is(django_assert_max_num_queries: Any) -> None:
    client = logged_in(person(RoleCode.SYSTEM_ADMIN))
    for _ in range(5):
        person(RoleCode.OPERATOR)
    with django_assert_max_num_queries(12):
        assert len(client.get("/api/v1/users/").json()["results"]) == 6


def test_an_account_never_shows_what_it_logs_in_with() -> None:
    shown = logged_in(person(RoleCode.SYSTEM_ADMIN)).get("/api/v1/users/").json()["results"][0]
    assert not {"password", "last_login", "is_superuser"} & set(shown)


def test_granting_a_role_changes_the_tag_of_the_account() -> None:
    admin = person(RoleCode.SYSTEM_ADMIN)
    user = UserFactory(division=CityFactory())
    address = f"/api/v1/users/{user.username}/"
    before = logged_in(admin).get(address)["ETag"]
    user.memberships.create(role=RoleFactory(code=RoleCode.OPERATOR), division=CityFactory())
    assert logged_in(admin).get(address, headers={"If-None-Match": before}).status_code == 200
