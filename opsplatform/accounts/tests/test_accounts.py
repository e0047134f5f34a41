"""Accounts, passwords, roles: what services do, refuse and record."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from opsplatform.accounts.errors import OwnAccount, SeparationOfDuties
from opsplatform.accounts.models import Membership, User
from opsplatform.accounts.selectors import browser_in_words
from opsplatform.accounts.services import memberships, passwords, users
from opsplatform.accounts.tests.factories import PASSWORD, MembershipFactory, RoleFactory, UserFactory, person
from opsplatform.accounts.tests.machines import calling, machine
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import CityFactory, DepartmentFactory, DistrictFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Division:
    return CityFactory()


@pytest.fixture
def district() -> Division:
    return DistrictFactory()


@pytest.fixture
def system_admin(city: Division) -> User:
    return person("system_admin")


@pytest.fixture
def security_admin(city: Division) -> User:
    return person("security_admin")


def particulars(division: Division, **others: Any) -> dict[str, Any]:
    return {"username": "new.person", "name": "新人", "kind": "person", "division": division, **others}


def test_a_new_account_must_change_its_first_password_and_holds_nothing(system_admin: User, district: Division) -> None:
    user, password = users.open_account(actor=system_admin, values=particulars(district))
    assert user.check_password(password)
    assert user.must_change_password
    assert not user.memberships.exists()
    entry = AuditEntry.objects.get(action="user.registered")
    assert (entry.actor, entry.object_key, entry.division_code) == (system_admin, str(user.pk), district.code)
    assert password not in str(entry.after)


def test_an_account_opened_by_a_district_lies_in_the_district(district: Division) -> None:
    administrator = person("system_admin", district)
    with pytest.raises(Forbidden):
        users.open_account(actor=administrator, values=particulars(DistrictFactory()))
    user, _ = users.open_account(actor=administrator, values=particulars(district))
    assert user in User.objects.visible_to(administrator)


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "platform_operator", "district_editor"])
def test_nobody_else_opens_accounts(role: str, district: Division) -> None:
    with pytest.raises(Forbidden):
        users.open_account(actor=person(role), values=particulars(district))


def test_the_same_account_name_is_refused(system_admin: User, district: Division) -> None:
    UserFactory(username="new.person")
    with pytest.raises(Invalid) as refusal:
        users.open_account(actor=system_admin, values=particulars(district))
    assert [problem.pointer for problem in refusal.value.problems] == ["/username"]


def test_a_correction_on_an_old_state_says_what_changed(system_admin: User, district: Division) -> None:
    user = UserFactory(division=district)
    values = {"name": "甲", "kind": "person", "phone": "", "email": "", "division": district}
    users.correct_account(actor=system_admin, user_id=user.pk, values=values, expected_revision=1)
    with pytest.raises(StaleRevision) as refusal:
        users.correct_account(actor=system_admin, user_id=user.pk, values={**values, "name": "乙"}, expected_revision=1)
    assert [(change["place"], change["after"]) for change in refusal.value.facts["changes"]] == [("/name", "甲")]
    assert User.objects.get(pk=user.pk).name == "甲"


def test_a_disabled_account_is_out_at_once(client: Any, system_admin: User, district: Division) -> None:
    user = UserFactory(division=district)
    client.force_login(user)
    assert user.sessions.count() == 1
    users.disable_account(actor=system_admin, user_id=user.pk, note="离职")
    assert user.sessions.count() == 0
    assert client.get("/account/").status_code == 302
    assert AuditEntry.objects.get(action="user.changed").reason == "离职"
    with pytest.raises(WrongState):
        users.disable_account(actor=system_admin, user_id=user.pk, note="再来")
    users.enable_account(actor=system_admin, user_id=user.pk, note="返聘")
    assert User.objects.get(pk=user.pk).is_active


def test_disabling_needs_a_reason_and_another_person(system_admin: User, district: Division) -> None:
    user = UserFactory(division=district)
    with pytest.raises(Invalid):
        users.disable_account(actor=system_admin, user_id=user.pk, note=" ")
    with pytest.raises(OwnAccount):
        users.disable_account(actor=system_admin, user_id=system_admin.pk, note="我")


def test_a_reset_password_is_new_and_ends_the_sessions(client: Any, system_admin: User, district: Division) -> None:
    user = UserFactory(division=district)
    client.force_login(user)
    password = users.reset_password(actor=system_admin, user_id=user.pk, note="忘记")
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
    assert not user.sessions.exists()
    assert password not in str(list(AuditEntry.objects.values()))


def test_a_districts_administrator_does_not_manage_an_account_of_the_city(district: Division) -> None:
    user = UserFactory(division=CityFactory())
    MembershipFactory(user=user, role=RoleFactory(code="district_editor"), division=district)
    administrator = person("system_admin", district)
    assert user in User.objects.visible_to(administrator)
    with pytest.raises(Forbidden):
        users.reset_password(actor=administrator, user_id=user.pk, note="试试")


def test_an_account_elsewhere_does_not_exist(district: Division) -> None:
    user = UserFactory(division=DistrictFactory())
    with pytest.raises(NotFound):
        users.reset_password(actor=person("system_admin", district), user_id=user.pk, note="试试")


def test_a_granted_role_counts_and_is_recorded(security_admin: User, district: Division) -> None:
    user = UserFactory(division=district)
    memberships.grant_role(
        actor=security_admin, user_id=user.pk, role=RoleFactory(code="district_editor"), division=district, note="任命"
    )
    assert User.objects.get(pk=user.pk).may("catalog.edit_service_points", within=district)
    entry = AuditEntry.objects.get(action="user.role_granted")
    assert (entry.reason, entry.facts["role"]) == ("任命", "district_editor")


def test_a_role_taken_back_no_longer_counts(security_admin: User, district: Division) -> None:
    user = person("district_editor", district)
    held = user.memberships.get()
    memberships.revoke_role(actor=security_admin, user_id=user.pk, membership_id=held.pk, note="调岗")
    user = User.objects.get(pk=user.pk)
    assert not user.may("catalog.edit_service_points", within=district)
    assert user.division == district
    assert AuditEntry.objects.filter(action="user.role_revoked").exists()


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("system_admin", "security_admin"),
        ("system_admin", "audit_admin"),
        ("security_admin", "platform_operator"),
        ("platform_operator", "audit_admin"),
    ],
)
def test_the_three_administrations_stay_apart(held: str, wanted: str, security_admin: User, city: Division) -> None:
    user = person(held)
    with pytest.raises(SeparationOfDuties):
        memberships.grant_role(
            actor=security_admin, user_id=user.pk, role=RoleFactory(code=wanted), division=city, note="兼任"
        )
    # Saboteur: without the service the database still refuses.
    with pytest.raises(IntegrityError, match="separation of duties"), transaction.atomic():
        Membership.objects.create(user=user, role=RoleFactory(code=wanted), division=city)


def test_business_roles_may_be_held_together(security_admin: User, city: Division) -> None:
    user = person("platform_operator")
    role = RoleFactory(code="content_provider")
    memberships.grant_role(actor=security_admin, user_id=user.pk, role=role, division=city, note="兼任")
    assert user.memberships.count() == 2


def test_one_administration_may_be_held_in_two_places(security_admin: User, district: Division) -> None:
    user = person("audit_admin", district)
    role = RoleFactory(code="audit_admin")
    memberships.grant_role(actor=security_admin, user_id=user.pk, role=role, division=DistrictFactory(), note="代管")
    assert user.memberships.count() == 2


def test_nobody_grants_to_themselves(security_admin: User, city: Division) -> None:
    with pytest.raises(OwnAccount):
        memberships.grant_role(
            actor=security_admin,
            user_id=security_admin.pk,
            role=RoleFactory(code="security_admin"),
            division=city,
            note="自己",
        )


def test_a_districts_security_administrator_grants_in_the_district_only(district: Division, city: Division) -> None:
    administrator, user = person("security_admin", district), UserFactory(division=district)
    role = RoleFactory(code="district_editor")
    with pytest.raises(Forbidden):
        memberships.grant_role(actor=administrator, user_id=user.pk, role=role, division=city, note="越级")


def test_a_departments_role_needs_a_department_of_the_division(security_admin: User, city: Division) -> None:
    user, role = UserFactory(division=city), RoleFactory(code="lead_editor")
    for department in (None, DepartmentFactory()):
        with pytest.raises(Invalid) as refusal:
            memberships.grant_role(
                actor=security_admin, user_id=user.pk, role=role, division=city, department=department, note="任命"
            )
        assert [problem.pointer for problem in refusal.value.problems] == ["/department"]


def test_roles_of_machines_are_for_machines(security_admin: User, city: Division) -> None:
    user = UserFactory(division=city)
    with pytest.raises(Invalid):
        memberships.grant_role(
            actor=security_admin,
            user_id=user.pk,
            role=RoleFactory(code="acceptance_platform"),
            division=city,
            note="错误",
        )


def test_changing_ones_password_ends_the_other_sessions(client: Any) -> None:
    user = UserFactory(must_change_password=True)
    client.force_login(user)
    passwords.change_own_password(actor=user, old=PASSWORD, new="Another-horse-8", current_session="none")
    user.refresh_from_db()
    assert user.check_password("Another-horse-8")
    assert not user.must_change_password
    assert not user.sessions.exists()
    assert AuditEntry.objects.filter(action="user.password_changed").exists()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong", "Another-horse-8", "wrong_password"),
        (PASSWORD, PASSWORD, "same_password"),
        (PASSWORD, "1234567890", "weak_password"),
    ],
)
def test_a_bad_new_password_is_refused(old: str, new: str, code: str) -> None:
    user = UserFactory()
    with pytest.raises(Invalid) as refusal:
        passwords.change_own_password(actor=user, old=old, new=new, current_session="")
    assert code in {problem.code for problem in refusal.value.problems}
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_nobody_ends_the_session_of_another(client: Any) -> None:
    victim = UserFactory()
    client.force_login(victim)
    session = victim.sessions.get()
    with pytest.raises(NotFound):
        passwords.end_session(actor=UserFactory(), handle=str(session.session_key))
    assert victim.sessions.exists()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8.0", "未知"),
        ("", "未知"),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, words: str) -> None:
    assert browser_in_words(agent) == words


def test_what_kind_an_account_is_was_said_once(system_admin: User, district: Division) -> None:
    machine = UserFactory(kind=User.Kind.MACHINE, division=district)
    values = {"name": "甲", "kind": "person", "phone": "", "email": "", "division": district}
    corrected = users.correct_account(actor=system_admin, user_id=machine.pk, values=values, expected_revision=1)
    assert (corrected.name, corrected.kind) == ("甲", User.Kind.MACHINE)


def test_a_systems_account_gets_no_password(system_admin: User, district: Division) -> None:
    machine = UserFactory(kind=User.Kind.MACHINE, division=district)
    with pytest.raises(WrongState):
        users.reset_password(actor=system_admin, user_id=machine.pk, note="遗忘")


def test_the_tokens_of_a_disabled_machine_are_void_for_good(system_admin: User, city: Division) -> None:
    other_system = machine(division=city)
    client = calling(other_system, "registers:read")
    assert client.get("/api/v1/divisions/").status_code == 200

    users.disable_account(actor=system_admin, user_id=other_system.pk, note="下线")
    users.enable_account(actor=system_admin, user_id=other_system.pk, note="误操作")

    assert client.get("/api/v1/divisions/").status_code == 401
