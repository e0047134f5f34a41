"""A system keeps its own endpoints over REST; nobody else's, and people not at all."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import calling, machine
from opsplatform.egress.tests.factories import ApprovedHostFactory
from opsplatform.kernel import clock
from opsplatform.webhooks import selectors, signing
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import happen, place_of, registered

pytestmark = pytest.mark.django_db
ENDPOINTS = "/api/v1/webhook-endpoints/"
SCOPE = "webhooks:write"


@pytest.fixture
def system() -> User:
    return machine()


@pytest.fixture
def api(system: User) -> APIClient:
    return calling(system, SCOPE)


def body(system: User, **changes: Any) -> dict[str, Any]:
    return {"name": "受理平台", "url": "https://peer.example/hook", "division": place_of(system).code, **changes}


def test_a_system_registers_reads_and_rotates(api: APIClient, system: User) -> None:
    ApprovedHostFactory(host="peer.example")
    answer = api.post(ENDPOINTS, body(system), format="json")
    assert answer.status_code == 201
    endpoint = Endpoint.objects.get()
    assert answer.data["secret"] == signing.spelled(selectors.signing_secrets(endpoint)[0])
    one = api.get(f"{ENDPOINTS}{endpoint.pk}/")
    assert (one.data["name"], "secret" in one.data) == ("受理平台", False)
    rotated = api.post(f"{ENDPOINTS}{endpoint.pk}/rotate/", {"note": "例行", "overlap_hours": 1}, format="json")
    assert rotated.data["secret"] != answer.data["secret"]
    assert [row["id"] for row in api.get(ENDPOINTS).data["results"]] == [endpoint.pk]


def test_what_is_wrong_is_named_at_its_place(api: APIClient, system: User) -> None:
    answer = api.post(ENDPOINTS, body(system, division="999999"), format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/division")
    answer = api.post(ENDPOINTS, body(system), format="json")
    assert answer.json()["errors"][0]["code"] == "host_not_approved"


def test_the_log_is_read(api: APIClient, system: User) -> None:
    endpoint = registered(actor=system).endpoint
    happen("a", "b")
    plan()
    rows = api.get(f"{ENDPOINTS}{endpoint.pk}/deliveries/").data["results"]
    assert [(row["about"], row["state"], row["last_status"]) for row in rows] == [
        ("b", "waiting", None), ("a", "waiting", None)
    ]  # fmt: skip


def test_another_system_s_endpoint_does_not_exist(api: APIClient) -> None:
    other = registered().endpoint
    for path in (f"{ENDPOINTS}{other.pk}/", f"{ENDPOINTS}{other.pk}/deliveries/"):
        assert api.get(path).status_code == 404
    assert api.post(f"{ENDPOINTS}{other.pk}/rotate/", {"note": "例行"}, format="json").status_code == 404
    assert api.get(ENDPOINTS).data["results"] == []


def test_people_use_the_console() -> None:
    client = APIClient()
    client.force_login(person("platform_operator"))
    assert client.get(ENDPOINTS).status_code == 403


def test_a_system_has_its_messages_sent_again_and_nobody_elses(api: APIClient, system: User) -> None:
    endpoint = registered(actor=system).endpoint
    happen("a", "b")
    plan()
    endpoint.deliveries.update(state=Delivery.State.FAILED, attempts=13)
    row = endpoint.deliveries.earliest("pk")
    here = f"{ENDPOINTS}{endpoint.pk}/"
    answer = api.post(f"{here}deliveries/{row.message_id}/redeliver/", {}, format="json")
    assert (answer.data["message_id"], answer.data["state"], answer.data["attempts"]) == (row.message_id, "waiting", 0)
    period = {"since": clock.now() - timedelta(hours=1), "until": clock.now() + timedelta(hours=1)}
    assert api.post(f"{here}redeliver/", period, format="json").data == {"count": 1}
    assert api.post(f"{here}redeliver/", period, format="json").status_code == 409
    turned = {"since": period["until"], "until": period["since"]}
    assert api.post(f"{here}redeliver/", turned, format="json").json()["errors"][0]["pointer"] == "/until"
    other = registered(actor=machine()).endpoint
    assert api.post(f"{ENDPOINTS}{other.pk}/redeliver/", period, format="json").status_code == 404
