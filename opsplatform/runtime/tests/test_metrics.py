"""/metrics: what it tells, whom, and at what price."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from opsplatform.feed.tests.announced import tell, told
from opsplatform.jobs.models import Job
from opsplatform.release.models import Release
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.runtime.metrics import _QUEUE

pytestmark = pytest.mark.every_server

TOKEN = "a-token-of-more-than-24-characters"
MOST_STATEMENTS = 7


def _samples(client: Client, **headers: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.mark.django_db
def test_the_queue_is_told_by_state_and_kind_with_its_oldest_due_row(client: Client) -> None:
    now = timezone.now()
    Job.objects.create(kind="a", due_at=now - timedelta(seconds=90))
    Job.objects.create(kind="a", due_at=now + timedelta(hours=1))
    Job.objects.create(
        kind="b", state="running", due_at=now - timedelta(hours=2), lease_until=now + timedelta(seconds=30)
    )
    Job.objects.create(kind="b", state="parked", due_at=now - timedelta(hours=3))
    Job.objects.create(kind="b", state="done", due_at=now - timedelta(hours=4))
    told = _samples(client)
    assert told["opsplatform_jobs", (("kind", "a"), ("state", "waiting"))] == 2
    assert told["opsplatform_jobs", (("kind", "b"), ("state", "running"))] == 1
    assert told["opsplatform_jobs_parked", ()] == 1
    assert 89 < told["opsplatform_jobs_oldest_due_seconds", ()] < 120
    assert told["opsplatform_database_up", ()] == 1
    assert 0 < told["opsplatform_database_connection_seconds", ()] < 5


@pytest.mark.django_db
def test_an_abandoned_row_counts_as_due(client: Client) -> None:
    now = timezone.now()
    Job.objects.create(kind="a", state="running", due_at=now - timedelta(seconds=300), lease_until=now - timedelta(1))
    assert _samples(client)["opsplatform_jobs_oldest_due_seconds", ()] > 290


@pytest.mark.django_db
def test_the_feed_is_told_by_its_position_and_by_what_waits_for_one(client: Client) -> None:
    told("A", "B")
    tell("C")
    figures = _samples(client)
    assert figures["opsplatform_feed_position_total", ()] == 2
    assert figures["opsplatform_feed_waiting", ()] == 1
    assert 0 < figures["opsplatform_feed_oldest_waiting_seconds", ()] < 60
    assert figures["opsplatform_feed_attended", ()] == 1


@pytest.mark.usefixtures("demo_db")
def test_releases_are_counted_from_the_database(client: Client) -> None:
    told = _samples(client)
    assert told["opsplatform_releases_total", ()] == Release.objects.count() > 0
    assert told["opsplatform_live_releases", ()] == Release.objects.live().count()
    assert told["opsplatform_live_themes", ()] == Release.objects.live().values("subject").distinct().count() > 0
    assert told["opsplatform_withdrawals_total", ()] == Release.objects.filter(ending="withdrawn").count()
    assert ("opsplatform_audit_rows", ()) in told


@pytest.mark.django_db
def test_latency_is_counted_by_route_name_and_class_of_status(client: Client) -> None:
    def count(route: str, status: str) -> float:
        labels = (("method", "GET"), ("route", route), ("status", status))
        return _samples(client).get(("opsplatform_request_seconds_count", labels), 0)

    live, lost = count("health-live", "2xx"), count("unmatched", "4xx")
    client.get("/health/live/")
    client.get("/health/live/?name=%E6%9D%8E")
    client.get("/there/is/no/such/page/")
    assert count("health-live", "2xx") == live + 2
    assert count("unmatched", "4xx") == lost + 1


@pytest.mark.django_db
def test_reading_takes_few_statements_however_many_rows(client: Client) -> None:
    Job.objects.bulk_create(Job(kind=f"kind-{number % 7}") for number in range(500))
    with CaptureQueriesContext(connection) as captured:
        _samples(client)
    assert len(captured) + 1 <= MOST_STATEMENTS  # one more on the fresh connection


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.3.4.5", {}, 200),
        ("203.0.113.9", {}, 404),
        ("", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Front-End-Https": "on"}, 404),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4", "Authorization": f"Bearer {TOKEN}"}, 200),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}x"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer "}, 404),
    ],
)
def test_only_callers_inside_read_the_figures(
    client: Client, settings: Settings, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.METRICS_NETWORKS = (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.3.0.0/16"))
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FRONT_END_HTTPS", "on")
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


@pytest.mark.django_db
def test_without_a_token_in_the_settings_no_token_opens(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = None
    for given in ("Bearer ", "Bearer None", "Bearer"):
        headers = {"Authorization": given}
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers=headers).status_code == 404


def test_a_database_that_does_not_answer_is_a_figure_too(
    client: Client, database_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with disposable_databases.used_as("application", "there_is_no_such_database"):
        told = _samples(client)
    assert told["opsplatform_database_up", ()] == 0
    assert ("opsplatform_jobs_parked", ()) not in told


@pytest.mark.django_db
def test_done_work_is_not_read_for_the_queue() -> None:
    Job.objects.bulk_create(Job(kind="a", state="done") for _ in range(3000))
    Job.objects.bulk_create([Job(kind="a"), Job(kind="a", state="parked")])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {_QUEUE}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
