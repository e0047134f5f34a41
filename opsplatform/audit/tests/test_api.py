"""The trail by API."""

import pytest

from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.api.tests.scope import assert_out_of_sight
from opsplatform.audit import trail
from opsplatform.audit.models import AuditEntry
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import DistrictFactory

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/audit-entries/"


def act(division: Division, actor: User | None = None, reason: str = "") -> AuditEntry:
    who = actor or UserFactory()
    return trail.record(who, "division.changed", division, reason=reason, division=division.code)


def test_acts_in_a_neighbouring_district_are_out_of_sight() -> None:
    here, there, elsewhere = DistrictFactory(), DistrictFactory(), UserFactory(username="canary", name="金丝雀")
    near, far = act(here), act(there, elsewhere, "金丝雀")
    client = logged_in(person(RoleCode.AUDIT_ADMIN, here))
    queries = [
        "q=canary", f"q={there.code}", "actor=canary", "action=division.changed", f"object_key={far.object_key}",
        f"division={there.code}", "at_from=2020-01-01T00:00:00%2B08:00",
    ]  # fmt: skip
    assert_out_of_sight(client, ENTRIES, near=near.pk, far=far.pk, canary="金丝雀", queries=queries)


def test_the_newest_act_comes_first() -> None:
    district = DistrictFactory()
    client = logged_in(person(RoleCode.AUDIT_ADMIN))
    for _ in range(3):
        act(district)
    numbers = [row["id"] for row in client.get(ENTRIES).json()["results"]]
    assert numbers == sorted(numbers, reverse=True)


def test_acts_that_concern_no_single_division_are_read_in_the_city() -> None:
    district = DistrictFactory()
    entry = trail.record(UserFactory(), "dictionary.imported", district)
    city, elsewhere = person(RoleCode.AUDIT_ADMIN), person(RoleCode.AUDIT_ADMIN, district)
    assert [row["id"] for row in logged_in(city).get(ENTRIES).json()["results"]] == [entry.pk]
    assert logged_in(elsewhere).get(ENTRIES).json()["results"] == []


def test_an_operator_does_not_read_the_trail() -> None:
    assert logged_in(person(RoleCode.OPERATOR)).get(ENTRIES).status_code == 403


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-12:00"])
def test_a_moment_at_the_end_of_the_calendar_is_a_bad_query(moment: str) -> None:
    client = logged_in(person(RoleCode.AUDIT_ADMIN))
    assert client.get(f"{ENTRIES}?at_from={moment}").status_code == 400
    assert client.get(f"/admin/audit/auditentry/?at_from={moment}").status_code == 302
