"""Endpoints: registered within rights and approvals, on record, their secrets shown once and kept sealed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.egress.tests.factories import ApprovedHostFactory
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.organizations.tests.factories import DistrictFactory
from opsplatform.webhooks import selectors, signing
from opsplatform.webhooks.errors import EndpointEnded
from opsplatform.webhooks.models import Endpoint, SigningSecret
from opsplatform.webhooks.services.endpoints import (
    correct_endpoint,
    end_endpoint,
    pause_endpoint,
    register_endpoint,
    resume_endpoint,
    rotate_secret,
)
from opsplatform.webhooks.tests.factories import BEGUN, happen, peer, registered

pytestmark = [pytest.mark.django_db, pytest.mark.every_server]
URL = "https://peer.example/hook"


def test_a_system_registers_an_endpoint_of_its_own_and_is_told_from_now_on() -> None:
    happen("earlier")
    system = peer()
    shown = registered(actor=system)
    assert (shown.endpoint.peer, shown.endpoint.state, shown.endpoint.position) == (system, "active", 1)
    entry = AuditEntry.objects.get(action="webhook.registered")
    assert (entry.actor, entry.object_label, entry.after["/url"]) == (system, "受理平台", URL)


def test_an_operator_registers_one_for_a_system_of_the_division() -> None:
    system = peer()
    ApprovedHostFactory(host="peer.example")
    values = {"peer": system, "name": "a", "url": URL, "division": system.division, "event_types": [BEGUN.name]}
    shown = register_endpoint(actor=person("platform_operator"), values=values)
    assert shown.endpoint.peer == system


def test_an_operator_of_another_district_neither_registers_nor_sees_one() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    system = peer(division=here)
    endpoint = registered(actor=system).endpoint
    operator = person("platform_operator", there)
    assert not Endpoint.objects.visible_to(operator).exists()
    with pytest.raises(NotFound):
        pause_endpoint(actor=operator, endpoint_id=endpoint.pk, note="理由")
    values = {"peer": system, "name": "a", "url": URL, "division": here, "event_types": []}
    with pytest.raises(Forbidden):
        register_endpoint(actor=operator, values=values)
    with pytest.raises(NotFound):
        register_endpoint(actor=operator, values={**values, "division": there})


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "lead_editor", "district_publisher"])
def test_others_neither_see_nor_keep_endpoints(role: str) -> None:
    endpoint = registered().endpoint
    with pytest.raises(NotFound):
        end_endpoint(actor=person(role), endpoint_id=endpoint.pk, note="理由")


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"url": "https://elsewhere.example/"}, ["/url"]),
        ({"url": "https://peer.example:8443/"}, ["/url"]),
        ({"url": "https://user@peer.example/"}, ["/url"]),
        ({"url": "http://169.254.169.254/latest/"}, ["/url"]),
        ({"event_types": ["no.such", BEGUN.name]}, ["/event_types/0"]),
        ({"name": ""}, ["/name"]),
    ],
)
def test_everything_that_is_wrong_is_named(changes: dict[str, Any], places: list[str]) -> None:
    ApprovedHostFactory(host="peer.example")
    system = peer()
    values = {"name": "a", "url": URL, "division": system.division, "event_types": [], **changes}
    with pytest.raises(Invalid) as refusal:
        register_endpoint(actor=system, values=values)
    assert [problem.pointer for problem in refusal.value.problems] == places
    assert not Endpoint.objects.exists()


def test_a_system_that_may_not_read_what_is_live_is_not_told_of_it() -> None:
    with pytest.raises(Forbidden):
        registered(actor=peer("department_system"))


def test_the_secret_is_in_no_table_and_not_in_the_trail() -> None:
    shown = registered()
    rotated = rotate_secret(actor=shown.endpoint.peer, endpoint_id=shown.endpoint.pk, note="例行")
    spellings = [shown.secret, rotated.secret]
    for secret in spellings:
        raw = signing.read_secret(secret)
        assert raw not in [bytes(row.sealed) for row in SigningSecret.objects.all()]
        assert all(raw not in bytes(row.sealed) for row in SigningSecret.objects.all())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY (%s)', [_likenesses(spellings)])
            assert cursor.fetchone() == (0,), table


def _likenesses(spellings: list[str]) -> list[str]:
    bare = [spelling.removeprefix(signing.PREFIX) for spelling in spellings]
    hexadecimal = [signing.read_secret(spelling).hex() for spelling in spellings]
    return [f"%{text}%" for text in (*bare, *hexadecimal)]


def test_the_saboteur_that_keeps_the_secret_as_it_is_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsplatform.webhooks.sealing.seal", lambda keys, secret, row: secret)
    with pytest.raises(AssertionError):
        test_the_secret_is_in_no_table_and_not_in_the_trail()


def test_a_rotated_secret_signs_beside_the_previous_one_until_the_overlap_is_over() -> None:
    endpoint, first = registered()
    rotated = rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="例行", overlap=timedelta(hours=2))
    assert _spelled(endpoint) == [rotated.secret, first]
    entry = AuditEntry.objects.get(action="webhook.secret_rotated")
    assert entry.reason == "例行"
    SigningSecret.objects.filter(valid_until__isnull=False).update(valid_until=clock.now())
    assert _spelled(endpoint) == [rotated.secret]


def test_no_more_than_two_secrets_ever_sign() -> None:
    endpoint, _ = registered()
    second = rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="例行").secret
    third = rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="例行").secret
    assert _spelled(endpoint) == [third, second]
    at_once = rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="泄露", overlap=timedelta()).secret
    assert _spelled(endpoint) == [at_once]


def _spelled(endpoint: Endpoint) -> list[str]:
    return [signing.spelled(secret) for secret in selectors.signing_secrets(endpoint)]


def test_an_endpoint_is_corrected_with_the_revision_that_was_seen() -> None:
    endpoint, _ = registered()
    values = {"name": "新名称", "url": URL, "event_types": [BEGUN.name]}
    kept = {"actor": endpoint.peer, "endpoint_id": endpoint.pk, "values": values}
    corrected = correct_endpoint(**kept, expected_revision=1)
    assert (corrected.name, corrected.revision) == ("新名称", 2)
    assert AuditEntry.objects.get(action="webhook.changed").after["/name"] == "新名称"
    with pytest.raises(StaleRevision):
        correct_endpoint(**kept, expected_revision=1)
    with pytest.raises(Invalid):
        correct_endpoint(**{**kept, "values": {"state": "ended"}}, expected_revision=2)


def test_paused_resumed_and_ended_each_once_with_a_reason() -> None:
    endpoint, _ = registered()
    kept = {"actor": endpoint.peer, "endpoint_id": endpoint.pk, "note": "对方检修"}
    assert pause_endpoint(**kept).state == "paused"
    with pytest.raises(WrongState):
        pause_endpoint(**kept)
    assert resume_endpoint(**kept).state == "active"
    with pytest.raises(WrongState):
        resume_endpoint(**kept)
    end_endpoint(**kept)
    with pytest.raises(EndpointEnded):
        resume_endpoint(**kept)
    assert not SigningSecret.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="webhook.").order_by("id").values_list("action", flat=True)
    assert list(actions) == [f"webhook.{verb}" for verb in ("registered", "paused", "resumed", "ended")]


def test_one_system_has_a_bounded_number_of_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsplatform.webhooks.services.endpoints.MOST_OF_A_PEER", 2)
    system = peer()
    first = registered(actor=system).endpoint
    registered(actor=system)
    with pytest.raises(Invalid):
        registered(actor=system)
    end_endpoint(actor=system, endpoint_id=first.pk, note="不用了")
    registered(actor=system)


def test_a_machine_s_account_that_is_switched_off_keeps_nothing() -> None:
    endpoint, _ = registered()
    User.objects.filter(pk=endpoint.peer_id).update(is_active=False)
    with pytest.raises(Forbidden):
        pause_endpoint(actor=User.objects.get(pk=endpoint.peer_id), endpoint_id=endpoint.pk, note="理由")
