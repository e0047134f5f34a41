"""Messages arrive, signed; what fails is tried again, rests, is parked; nobody's trouble is another's."""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from standardwebhooks import Webhook

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.console import panels
from opsplatform.egress.models import ApprovedHost
from opsplatform.egress.tests.receivers import OK, Receiver, receiver, says
from opsplatform.kernel import clock
from opsplatform.webhooks import backoff
from opsplatform.webhooks.models import Attempt, Delivery, Endpoint, SigningSecret
from opsplatform.webhooks.services import delivering, redelivering
from opsplatform.webhooks.services.delivering import deliver_due
from opsplatform.webhooks.services.endpoints import pause_endpoint, resume_endpoint, rotate_secret
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.services.pruning import prune
from opsplatform.webhooks.tests.factories import at, happen, make_due, registered, states

pytestmark = pytest.mark.django_db
LONG = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, nothing that waits is due before the test says so."""
    monkeypatch.setattr(backoff, "FIRST", LONG)


def answers(status: int, headers: str = "", body: str = "") -> Any:
    content = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return says(head.encode() + content)


def messages(heard: Receiver) -> list[tuple[dict[str, str], bytes]]:
    """Headers and body of every request that was heard."""
    found = []
    for request in heard.heard:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
        found.append(({name.lower(): value for name, _, value in lines}, body))
    return found


def troubled(actor: User) -> Sequence[panels.Entry]:
    """What the home page tells the person of endpoints."""
    shown = next(panel for panel in panels.panels_for(actor) if panel.code == "webhooks.troubled")
    return shown.read(actor).entries


def fresh(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


# --- it works ---------------------------------------------------------------------------------------------------------


def test_an_event_arrives_and_the_independent_library_takes_it() -> None:
    with receiver() as there:
        endpoint, secret = at(there)
        (event,) = happen("餐饮")
        plan()
        assert deliver_due() == 1
        ((headers, body),) = messages(there)
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    assert headers["webhook-id"] == str(event.event_id) == json.loads(body)["id"]
    assert headers["content-type"] == "application/json"
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.status, attempt.excerpt) == ("delivered", 200, "ok")
    assert (states(endpoint), fresh(endpoint).succeeded_at is None) == (["delivered"], False)
    assert deliver_due() == 0


def test_while_a_secret_is_replaced_the_old_and_the_new_one_verify() -> None:
    with receiver() as there:
        endpoint, old = at(there)
        new = rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="例行").secret
        happen("a")
        plan()
        deliver_due()
        SigningSecret.objects.filter(valid_until__isnull=False).update(valid_until=clock.now())
        happen("b")
        plan()
        deliver_due()
        (first, second) = messages(there)
    for secret in (old, new):
        Webhook(secret).verify(first[1], first[0])
    Webhook(new).verify(second[1], second[0])
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(old).verify(second[1], second[0])


# --- it fails ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_what_is_not_accepted_is_sent_again_later_under_the_same_id(status: int) -> None:
    with receiver(answers(status, body="坏了")) as there:
        endpoint, _ = at(there)
        happen("a")
        plan()
        assert (deliver_due(), deliver_due()) == (1, 0)
        waiting = Delivery.objects.get()
        assert (waiting.state, waiting.attempts, fresh(endpoint).failures) == ("waiting", 1, 1)
        assert clock.now() + LONG * 0.7 < waiting.due_at < clock.now() + LONG * 1.3
        there.say = says(OK)
        make_due()
        deliver_due()
        first, second = (headers["webhook-id"] for headers, _ in messages(there))
    assert first == second
    assert list(Attempt.objects.order_by("id").values_list("status", flat=True)) == [status, 200]
    assert (states(endpoint), fresh(endpoint).failures, fresh(endpoint).failing_since) == (["delivered"], 0, None)


def test_whoever_asks_to_be_left_alone_for_a_while_is() -> None:
    with receiver(answers(429, "Retry-After: 3600\r\n")) as there:
        endpoint, _ = at(there)
        happen("a")
        plan()
        deliver_due()
    in_half_an_hour = clock.now() + timedelta(minutes=30)
    assert Delivery.objects.get().due_at > in_half_an_hour
    assert fresh(endpoint).rests_until > in_half_an_hour


def test_an_approval_that_is_withdrawn_stops_the_sending_and_says_why() -> None:
    with receiver() as there:
        at(there)
        happen("a")
        plan()
        ApprovedHost.objects.update(is_active=False)
        deliver_due()
        assert there.calls == 0
    assert Attempt.objects.get().outcome == "host_not_approved"


def test_a_message_that_never_gets_through_is_given_up_in_the_end_and_can_be_sent_again() -> None:
    with receiver(answers(500)) as there:
        endpoint, _ = at(there)
        happen("a")
        plan()
        Delivery.objects.update(attempts=backoff.ATTEMPTS - 1)
        deliver_due()
        failed = Delivery.objects.get()
        assert (failed.state, failed.finished_at is None) == ("failed", False)
        assert [line.text for line in troubled(person("platform_operator"))] == ["1 条通知没有送达"]
        there.say = says(OK)
        redelivering.redeliver(actor=endpoint.peer, endpoint_id=endpoint.pk, message_id=failed.message_id)
        deliver_due()
        first, second = (headers["webhook-id"] for headers, _ in messages(there))
    assert first == second == failed.message_id
    assert states(endpoint) == ["delivered"]
    assert AuditEntry.objects.get(action="webhook.redelivered").facts["message_id"] == failed.message_id


def test_a_410_parks_the_endpoint_at_once() -> None:
    with receiver(answers(410)) as there:
        endpoint, _ = at(there)
        happen("a", "b")
        plan()
        assert deliver_due() == 1
        make_due()
        assert deliver_due() == 0
    assert (fresh(endpoint).state, states(endpoint)) == ("parked", ["waiting", "waiting"])
    assert "410" in fresh(endpoint).state_reason


def test_three_days_of_failures_park_the_endpoint_people_are_told_and_nothing_is_lost() -> None:
    operator = person("platform_operator")
    with receiver(answers(500)) as there:
        endpoint, _ = at(there)
        happen("a", "b")
        plan()
        deliver_due()
        Endpoint.objects.update(failing_since=clock.now() - backoff.PARKED_AFTER)
        make_due()
        deliver_due()
        assert fresh(endpoint).state == "parked"
        entry = AuditEntry.objects.get(action="webhook.parked")
        assert (entry.actor, entry.reason) == (None, "连续失败超过 3 天。")
        assert [(line.title, line.badge) for line in troubled(operator)] == [("受理平台", "停投待处理")]
        there.say = says(OK)
        resume_endpoint(actor=operator, endpoint_id=endpoint.pk, note="对方已修复")
        assert deliver_due() == 2
    assert states(endpoint) == ["delivered", "delivered"]


# --- nobody's trouble is another's ------------------------------------------------------------------------------------


def test_an_endpoint_that_fails_rests_and_the_others_are_served() -> None:
    with receiver(answers(500)) as bad, receiver() as good:
        failing, _ = at(bad)
        working, _ = at(good)
        happen(*"abcde")
        plan()
        assert deliver_due() == 6
        assert (len(bad.heard), len(good.heard)) == (1, 5)
    assert states(working) == ["delivered"] * 5
    assert states(failing) == ["waiting"] * 5


def test_no_more_senders_than_allowed_are_at_work_and_none_at_the_same_endpoint(settings: Any) -> None:
    first, second = registered().endpoint, registered().endpoint
    happen("a")
    plan()
    settings.WEBHOOK_SENDERS = 2
    claimed = [delivering._claim(), delivering._claim(), delivering._claim()]
    assert {endpoint.pk for endpoint in claimed if endpoint} == {first.pk, second.pk}
    assert claimed[2] is None
    make_due()
    settings.WEBHOOK_SENDERS = 1
    assert [delivering._claim() is None for _ in range(2)] == [False, True]


def test_a_round_ends_in_time_and_the_rest_is_done_by_the_next() -> None:
    with receiver() as there:
        endpoint, _ = at(there)
        happen(*"abc")
        plan()
        assert deliver_due(seconds=0) == 0
        started = time.monotonic()
        assert deliver_due(seconds=20) == 3
        assert time.monotonic() - started < 20
    assert states(endpoint) == ["delivered"] * 3


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_test_message_is_sent_also_to_a_parked_endpoint_and_changes_nothing_about_it() -> None:
    with receiver() as there:
        endpoint, secret = at(there)
        happen("a")
        plan()
        pause_endpoint(actor=endpoint.peer, endpoint_id=endpoint.pk, note="检修")
        redelivering.ping_endpoint(actor=endpoint.peer, endpoint_id=endpoint.pk)
        assert deliver_due() == 1
        ((headers, body),) = messages(there)
    assert Webhook(secret).verify(body, headers)["type"] == "webhooks.ping"
    assert states(endpoint) == ["waiting", "delivered"]
    assert fresh(endpoint).state == "paused"


def test_a_test_message_that_fails_is_tried_once_and_is_no_black_mark() -> None:
    with receiver(answers(500)) as there:
        endpoint, _ = at(there)
        redelivering.ping_endpoint(actor=endpoint.peer, endpoint_id=endpoint.pk)
        deliver_due()
    assert (states(endpoint), fresh(endpoint).failures) == (["failed"], 0)


def test_the_messages_of_a_period_are_sent_again() -> None:
    with receiver() as there:
        endpoint, _ = at(there)
        happen(*"abc")
        plan()
        deliver_due()
        hour = timedelta(hours=1)
        Delivery.objects.filter(about="a").update(created_at=F("created_at") - 3 * hour)
        Delivery.objects.filter(about="b").update(state=Delivery.State.FAILED)
        period = {"since": clock.now() - hour, "until": clock.now() + hour}
        again = {"actor": endpoint.peer, "endpoint_id": endpoint.pk, **period}
        assert redelivering.redeliver_period(**again) == 1
        assert deliver_due() == 1
        assert redelivering.redeliver_period(**again, only_failed=False) == 2
        assert deliver_due() == 2
        bodies = [json.loads(body)["code"] for _, body in messages(there)]
    assert bodies == ["a", "b", "c", "b", "b", "c"]
    with pytest.raises(Exception, match="没有可以重新投递"):
        redelivering.redeliver_period(**again)


def test_what_a_hostile_receiver_says_is_kept_short_and_harmless() -> None:
    with receiver(answers(500, body="\x00\x1b[31m<script>\r\n" + "很" * 5000)) as there:
        at(there)
        happen("a")
        plan()
        deliver_due()
    excerpt = Attempt.objects.get().excerpt
    assert len(excerpt) == 200
    assert excerpt.isprintable()


def test_old_deliveries_go_with_their_attempts() -> None:
    with receiver() as there:
        at(there)
        happen("a", "b")
        plan()
        deliver_due()
    Delivery.objects.filter(about="a").update(finished_at=clock.now() - timedelta(days=91))
    assert prune() == 1
    assert list(Delivery.objects.values_list("about", flat=True)) == ["b"]
    assert Attempt.objects.count() == 1


def test_secrets_that_cannot_be_opened_any_more_park_the_endpoint(settings: Any, tmp_path: Any) -> None:
    with receiver() as there:
        endpoint, _ = at(there)
        happen("a")
        plan()
        settings.SEALING_KEY_FILE = tmp_path / "key"
        settings.SEALING_KEY_FILE.write_text("A" * 43 + "=")
        assert deliver_due() == 0
        assert there.calls == 0
    assert "密钥" in fresh(endpoint).state_reason
