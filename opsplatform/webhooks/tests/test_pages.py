"""The pages of webhooks: register, look, correct, stop, go on, replace the secret, test, send again."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.egress.tests.factories import ApprovedHostFactory
from opsplatform.webhooks.models import Attempt, Delivery, Endpoint
from opsplatform.webhooks.services.endpoints import Shown
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import happen, peer, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> User:
    user = person("platform_operator")
    client.force_login(user)
    return user


@pytest.fixture
def shown(operator: User) -> Shown:
    return registered()


def page(shown: Shown, name: str = "webhook", *more: Any) -> str:
    return reverse(name, args=[shown.endpoint.pk, *more])


def test_a_new_endpoint_shows_its_secret_this_once(client: Client, operator: User) -> None:
    system = peer()
    ApprovedHostFactory(host="peer.example")
    form = {"peer": system.pk, "division": system.division_id, "name": "受理平台", "url": "https://peer.example/hook"}
    answer = client.post(reverse("webhook-new"), form)
    secret = answer.context["secret"]
    assert secret.startswith("whsec_")
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    endpoint = Endpoint.objects.get()
    assert secret not in client.get(reverse("webhook", args=[endpoint.pk])).content.decode()


def test_what_the_service_refuses_stands_at_the_field(client: Client, operator: User) -> None:
    system = peer()
    form = {"peer": system.pk, "division": system.division_id, "name": "a", "url": "https://peer.example/hook"}
    answer = client.post(reverse("webhook-new"), form)
    assert answer.status_code == 422
    assert "不在出口目的地登记中" in answer.context["form"].errors["url"][0]
    assert answer.context["form"]["name"].value() == "a"


def test_people_are_not_offered_as_systems(client: Client, operator: User) -> None:
    system, someone = peer(), person("lead_editor")
    offered = client.get(reverse("webhook-new")).context["form"].fields["peer"].queryset
    assert system in offered
    assert someone not in offered


def test_an_endpoint_is_corrected_stopped_resumed_and_ended(client: Client, shown: Shown) -> None:
    form = {"do": "correct", "name": "新名称", "url": "https://peer.example/new", "revision": 1}
    assert client.post(page(shown), form).status_code == 302
    assert Endpoint.objects.get().name == "新名称"
    assert client.post(page(shown), form).status_code == 412
    for do, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert client.post(page(shown), {"do": do, "note": ""}).status_code == 422
        assert client.post(page(shown), {"do": do, "note": "理由"}).status_code == 302
        assert Endpoint.objects.get().state == state
    assert client.post(page(shown), {"do": "ping"}).status_code == 409
    assert client.post(page(shown), {"do": "other"}).status_code == 422


def test_a_replaced_secret_is_shown_once(client: Client, shown: Shown) -> None:
    assert client.post(page(shown), {"do": "rotate", "note": "例行", "overlap_hours": 200}).status_code == 422
    answer = client.post(page(shown), {"do": "rotate", "note": "例行", "overlap_hours": 24})
    assert answer.context["secret"] != shown.secret
    assert len(answer.context["secrets"]) == 2
    assert answer.context["secret"] not in client.get(page(shown)).content.decode()


def test_the_log_lists_what_became_of_each_message(client: Client, shown: Shown) -> None:
    happen("first", "second")
    plan()
    first = Delivery.objects.get(about="first")
    Attempt.objects.create(delivery=first, outcome="refused", status=500, duration_ms=12, excerpt="<b>坏了</b>")
    log = client.get(page(shown, "webhook-deliveries"))
    assert [row["outcome"] for row in log.context["rows"]] == ["", "对方没有接受（500）"]
    one = client.get(page(shown, "webhook-delivery", first.message_id)).content.decode()
    assert "&lt;b&gt;坏了&lt;/b&gt;" in one
    assert "<b>坏了</b>" not in one
    assert client.get(page(shown, "webhook-deliveries"), {"state": "failed"}).context["rows"] == []


def test_a_message_and_a_period_are_sent_again(client: Client, shown: Shown) -> None:
    happen("first")
    plan()
    Delivery.objects.update(state="failed")
    one = page(shown, "webhook-delivery", Delivery.objects.get().message_id)
    assert client.post(one).status_code == 302
    assert Delivery.objects.get().state == "waiting"
    Delivery.objects.update(state="failed")
    period = {"since": "2020-01-01T00:00", "until": "2100-01-01T00:00", "only_failed": "on"}
    assert client.post(page(shown, "webhook-deliveries"), period).status_code == 302
    assert client.post(page(shown, "webhook-deliveries"), period).status_code == 409
    assert client.post(page(shown, "webhook-deliveries"), {**period, "until": "x"}).status_code == 422
    assert AuditEntry.objects.filter(action="webhook.redelivered").count() == 2


def test_a_message_of_another_endpoint_is_not_found(client: Client, shown: Shown) -> None:
    happen("first")
    plan()
    other = registered()
    message = Delivery.objects.get().message_id
    assert client.get(page(other, "webhook-delivery", message)).status_code == 404


def test_pages_cost_the_same_with_more_messages(client: Client, shown: Shown) -> None:
    def cost(name: str) -> int:
        client.get(page(shown, name))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(page(shown, name)).status_code == 200
        return len(queries)

    before = [cost(name) for name in ("webhook", "webhook-deliveries")]
    happen(*(f"thing-{number}" for number in range(30)))
    plan()
    assert [cost(name) for name in ("webhook", "webhook-deliveries")] == before
    assert max(before) <= 12
