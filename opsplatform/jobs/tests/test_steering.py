"""Parked work is tried again or called off: by whoever asked for it and by those who watch over all work."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs import doorbell
from opsplatform.jobs.models import ElementProgress, Job
from opsplatform.jobs.services.steering import cancel_job, retry_job
from opsplatform.kernel.errors import Forbidden, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing

pytestmark = pytest.mark.django_db


def parked(created_by: User | None = None) -> Job:
    return Job.objects.create(
        kind="demo", state=Job.State.PARKED, attempts=5, elements=["a", "bad"], failures={"bad": "坏的一项"},
        created_by=created_by,
    )  # fmt: skip


def page_of(job: Job) -> str:
    return f"/jobs/{job.pk}/"


def test_a_parked_row_waits_again_and_only_for_what_failed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(doorbell, "_bells", [rung.append])
    operator, job = person("platform_operator"), parked()

    with django_capture_on_commit_callbacks(execute=True):
        retry_job(actor=operator, job_id=job.pk, note="修好了")
        assert rung == [], "nobody is told before the commit"

    job.refresh_from_db()
    assert (job.state, job.attempts, job.pending, job.finished_at) == (Job.State.WAITING, 0, ["bad"], None)
    assert rung == [job.pk]
    entry = AuditEntry.objects.get(action="job.retried")
    assert (entry.actor, entry.object_key, entry.reason) == (operator, str(job.pk), "修好了")


def test_a_retry_forgets_nothing_that_was_left() -> None:
    job = parked()
    Job.objects.filter(pk=job.pk).update(elements=["a", "bad", "c"], pending=["c"])
    assert retry_job(actor=person("platform_operator"), job_id=job.pk, note="再试").pending == ["c", "bad"]


def test_work_that_waits_already_is_not_tried_again_beside_itself() -> None:
    job = parked()
    Job.objects.filter(pk=job.pk).update(dedupe_key="k")
    Job.objects.create(kind="demo", dedupe_key="k")
    with pytest.raises(WrongState, match="已经在排队"):
        retry_job(actor=person("platform_operator"), job_id=job.pk, note="再试")


def test_a_row_that_was_called_off_is_neither_tried_again_nor_called_off_twice() -> None:
    operator, job = person("platform_operator"), parked()
    assert cancel_job(actor=operator, job_id=job.pk, note="不再需要").state == Job.State.CANCELLED
    assert AuditEntry.objects.filter(action="job.cancelled", reason="不再需要").count() == 1
    with pytest.raises(WrongState):
        retry_job(actor=operator, job_id=job.pk, note="再试")
    with pytest.raises(WrongState):
        cancel_job(actor=operator, job_id=job.pk, note="再来")


def test_what_is_stopping_is_not_called_off_again() -> None:
    operator, job = person("platform_operator"), parked()
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    ElementProgress.objects.create(job=job, is_called_off=True)
    with pytest.raises(WrongState, match="正在停止"):
        cancel_job(actor=operator, job_id=job.pk, note="再来")
    assert not AuditEntry.objects.filter(action="job.cancelled").exists()


@pytest.mark.parametrize("act", [retry_job, cancel_job])
def test_an_act_without_a_reason_changes_nothing(act: object) -> None:
    job = parked()
    with pytest.raises(NoteMissing):
        act(actor=person("platform_operator"), job_id=job.pk, note=" ")  # type: ignore[operator]
    job.refresh_from_db()
    assert job.state == Job.State.PARKED


def test_whoever_asked_steers_their_own_work_and_sees_no_other() -> None:
    editor = person("content_provider")
    own, others = parked(editor), parked(UserFactory())
    assert retry_job(actor=editor, job_id=own.pk, note="再试").state == Job.State.WAITING
    with pytest.raises(NotFound):
        retry_job(actor=editor, job_id=others.pk, note="再试")


def test_seeing_all_work_is_not_steering_it(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, job = person("platform_operator"), parked()
    monkeypatch.setattr(User, "may", lambda self, action, **_: action == "jobs.view_all")
    with pytest.raises(Forbidden):
        cancel_job(actor=operator, job_id=job.pk, note="试试")


def test_the_page_names_what_failed_and_acts(client: Client) -> None:
    job = parked()
    client.force_login(person("platform_operator"))
    page = client.get(page_of(job)).content.decode()
    assert "坏的一项" in page and "确认重试" in page and "确认取消任务" in page
    assert client.post(page_of(job), {"do": "nothing", "note": "x"}).status_code == 422
    assert client.post(page_of(job), {"do": "retry", "note": ""}).status_code == 422
    assert client.post(page_of(job), {"do": "retry", "note": "修好了"}).status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.WAITING
    assert "确认重试" not in client.get(page_of(job)).content.decode()


def test_the_page_does_not_exist_for_others(client: Client) -> None:
    client.force_login(person("content_provider"))
    job = parked()
    assert client.get(page_of(job)).status_code == 404
    assert client.post(page_of(job), {"do": "cancel", "note": "试试"}).status_code == 404
    job.refresh_from_db()
    assert job.state == Job.State.PARKED
