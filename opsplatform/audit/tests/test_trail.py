"""The trail: written with the act or not at all, telling who did what to what and why, and giving no secrets away."""

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from opsplatform.accounts.tests.factories import person
from opsplatform.audit import trail
from opsplatform.audit.models import AuditEntry
from opsplatform.audit.selectors import changes_since, list_entries_of
from opsplatform.audit.trail import masked
from opsplatform.kernel.request_context import request_id, through
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import CityFactory, DistrictFactory

pytestmark = pytest.mark.every_server


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_what_why_and_through_which_door() -> None:
    actor, city = person("platform_operator", name="周运营"), CityFactory()
    token = request_id.set("req-1")
    try:
        with through("page"):
            entry = trail.record(
                actor, "city.renamed", city, before={"name": "a"}, after={"name": "b"}, reason="更名",
                division=city.code, revision=2,
            )  # fmt: skip
    finally:
        request_id.reset(token)
    entry.refresh_from_db()
    assert (entry.actor, entry.actor_name, entry.action) == (actor, "周运营", "city.renamed")
    assert (entry.object_type, entry.object_key, entry.object_label) == (
        "organizations.division", str(city.pk), "上海市"
    )  # fmt: skip
    assert (entry.before, entry.after, entry.facts) == ({"name": "a"}, {"name": "b"}, {"revision": 2})
    assert (entry.reason, entry.division_code) == ("更名", "310000")
    assert (entry.channel, entry.request_id) == ("page", "req-1")
    assert entry.at is not None


@pytest.mark.django_db
def test_what_the_system_does_by_itself_is_named_so() -> None:
    assert trail.record(None, "city.counted", CityFactory()).actor_name == "系统"


def test_outside_a_transaction_the_trail_refuses(database_clone: str) -> None:
    city = CityFactory()
    with pytest.raises(RuntimeError, match="transaction"):
        trail.record(None, "city.renamed", city)
    assert not AuditEntry.objects.exists()


def act(*, fails: bool) -> None:
    with transaction.atomic():
        city = CityFactory(name="上海市")
        Division.objects.filter(pk=city.pk).update(name="改名")
        trail.record(None, "city.renamed", city)
        if fails:
            raise ValueError("after all")


def assert_entry_follows_act() -> None:
    with pytest.raises(ValueError, match="after all"):
        act(fails=True)
    assert not AuditEntry.objects.exists()
    act(fails=False)
    assert AuditEntry.objects.filter(action="city.renamed").count() == 1


def test_what_is_rolled_back_leaves_no_entry_and_what_is_done_leaves_one(database_clone: str) -> None:
    assert_entry_follows_act()


def test_the_saboteur_that_writes_on_its_own_connection_is_caught(
    database_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(actor: Any, action: str, thing: Any) -> None:
        def write() -> None:
            AuditEntry.objects.create(actor_name="x", action=action, object_type="x", object_key="x")
            connections.close_all()

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    monkeypatch.setattr(trail, "record", record)
    with pytest.raises(AssertionError):
        assert_entry_follows_act()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"password": "x", "new_password": "y"}, {"password": "***", "new_password": "***"}),
        ({"client_secret": "abc", "access_token": "t", "private_key": "k"},
         {"client_secret": "***", "access_token": "***", "private_key": "***"}),
        ({"token": {"value": "t", "until": 3}}, {"token": {"value": "***", "until": "***"}}),
        ({"tokens": ["a", "b"]}, {"tokens": ["***", "***"]}),
        ({"id_card": "110105199001011234"}, {"id_card": "1***34"}),
        ({"phone": "13812345678"}, {"phone": "1***78"}),
        ({"phone": 13812345678}, {"phone": "1***78"}),
        ({"phone": ["13812345678", "021-1"]}, {"phone": ["1***78", "0***-1"]}),
        ({"phone": "110"}, {"phone": "***"}),
        ({"phone": "", "id_card": None}, {"phone": "", "id_card": None}),
        ({"deep": [{"legal": {"cert_no": "E12345678"}}]}, {"deep": [{"legal": {"cert_no": "E***78"}}]}),
        ({"/people/li/phone": "13812345678"}, {"/people/li/phone": "1***78"}),
        ({"/field_uses/c_phone/label": "联系电话"}, {"/field_uses/c_phone/label": "联系电话"}),
        ({"/field_uses/c_phone": {"label": "联系电话", "phone": "13812345678"}},
         {"/field_uses/c_phone": {"label": "联系电话", "phone": "1***78"}}),
        ({"name": "张三", "days": 3, "on": True}, {"name": "张三", "days": 3, "on": True}),
        (("a", {"PHONE": "13812345678"}), ["a", {"PHONE": "1***78"}]),
        (None, None),
    ],
)  # fmt: skip
def test_secrets_are_left_out_and_identity_numbers_shortened(given: Any, shown: Any) -> None:
    assert masked(given) == shown


@pytest.mark.django_db
def test_what_is_recorded_is_masked_in_every_part() -> None:
    values = {"phone": "13812345678", "password": "geheim"}
    contact = {"id_card": "110105199001011234"}
    entry = trail.record(None, "x.y", CityFactory(), before=values, after=values, contact=contact)
    entry.refresh_from_db()
    for part in (entry.before, entry.after):
        assert part == {"phone": "1***78", "password": "***"}
    assert entry.facts == {"contact": {"id_card": "1***34"}}


@pytest.mark.django_db
def test_an_audit_administrator_reads_the_trail_of_their_division_and_nobody_else_does() -> None:
    here, there = DistrictFactory(code="310101"), DistrictFactory(code="310112")
    for district in (here, there):
        trail.record(None, "x.y", district, division=district.code)
    codes = {
        role: {entry.division_code for entry in AuditEntry.objects.visible_to(person(role, division=here))}
        for role in ("audit_admin", "system_admin", "security_admin", "platform_operator", "district_publisher")
    }
    assert codes.pop("audit_admin") == {"310101"}
    assert set().union(*codes.values()) == set()
    city = {entry.division_code for entry in AuditEntry.objects.visible_to(person("audit_admin"))}
    assert city == {"310101", "310112"}


@pytest.mark.django_db
def test_the_entries_of_a_thing_and_what_changed_since_a_revision() -> None:
    city, other = CityFactory(), DistrictFactory(code="310101")
    for revision in (2, 3):
        trail.record(
            None, "x.changed", city, before={"/name": revision - 1}, after={"/name": revision}, revision=revision
        )
    trail.record(None, "x.changed", other, after={"/name": 9}, revision=3)
    assert [entry.facts["revision"] for entry in list_entries_of(city)] == [3, 2]
    assert changes_since(city, 2) == [{"place": "/name", "before": 2, "after": 3, "by": "系统"}]
