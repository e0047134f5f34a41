"""Probes: live, ready, and what makes an installation not ready; the id and headers every answer carries."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from opsplatform.feed.models import Event
from opsplatform.jobs.models import Job
from opsplatform.runtime.disposable_databases import DisposableDatabases

READY = "/health/ready/"


def test_live_asks_nobody(client: Client) -> None:
    assert client.get("/health/live/").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_names_every_condition(client: Client) -> None:
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "queue": "ok", "feed": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "moment"), [("waiting", "due_at"), ("running", "lease_until")], ids=["nobody came", "abandoned"]
)
def test_work_overdue_by_more_than_a_minute_is_not_ready(client: Client, state: str, moment: str) -> None:
    job = Job.objects.create(kind="x", state=state, **{moment: timezone.now() - timedelta(seconds=50)})
    assert client.get(READY).status_code == 200
    Job.objects.filter(pk=job.pk).update(**{moment: timezone.now() - timedelta(seconds=70)})
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["checks"]["queue"]) == (503, "有到期超过 60 秒仍无人处理的任务")


@pytest.mark.django_db
def test_an_event_that_nobody_gives_a_position_for_a_minute_is_not_ready(client: Client) -> None:
    event = Event(type="x", kind="x", code="x", at=timezone.now())
    for seconds, status in ((50, 200), (70, 503)):
        event.pk, event.event_id, event.announced_at = None, uuid4(), timezone.now() - timedelta(seconds=seconds)
        event.save(force_insert=True)
        answer = client.get(READY)
        assert answer.status_code == status
    assert answer.json()["checks"]["feed"] == "有超过 60 秒仍未编号的变更事件"


@pytest.mark.django_db
def test_a_migration_not_applied_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    assert client.get(READY).json()["checks"]["migrations"] == "有 1 个数据库迁移尚未执行"


def test_answering_as_the_owner_is_not_ready(
    client: Client, disposable_databases: DisposableDatabases, database_clone: str
) -> None:
    with disposable_databases.used_as("owner", database_clone):
        assert client.get(READY).json()["checks"]["database"] == "没有以应用角色连接数据库"


def test_a_database_that_is_gone_is_503_and_not_500(
    client: Client, disposable_databases: DisposableDatabases, database_clone: str
) -> None:
    with disposable_databases.used_as("application", "there_is_no_such_database"):
        answer = client.get(READY)
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "数据库没有应答"})


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "line\nbreak-in-it", "<script>alert</script>"])
def test_an_id_that_is_not_sane_is_replaced(client: Client, given: str) -> None:
    made = client.get("/health/live/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert made != given
    assert len(made) == 32


def test_a_sane_id_is_kept(client: Client) -> None:
    answer = client.get("/health/live/", headers={"X-Request-ID": "portal-2026.000001"})
    assert answer["X-Request-ID"] == "portal-2026.000001"


def test_every_answer_says_where_pages_may_load_from(client: Client) -> None:
    answer = client.get("/health/live/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"
