"""What people see of work: their own in a list, under names they know, up to date by itself, from its object too."""

from typing import Any

import pytest
from django.test import Client

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory
from opsplatform.jobs.models import ElementProgress, Job
from opsplatform.jobs.services.steering import close_parked
from themes.models import Theme
from themes.services.watching import WATCH

pytestmark = pytest.mark.usefixtures("demo_db")
RESTAURANT, DOG = "YJS-310000-L1-0001", "YJS-310000-P4-0002"
ABOUT = {"kind": WATCH, "object_type": Theme._meta.label_lower, "object_key": RESTAURANT}
RUNNING = {"state": Job.State.RUNNING, "elements": [RESTAURANT, DOG], "pending": [DOG]}


def account(username: str) -> User:
    return User.objects.get(username=username)


def page(username: str, address: str, **headers: Any) -> Any:
    client = Client()
    client.force_login(account(username))
    return client.get(address, headers=headers)


def text(username: str, address: str) -> str:
    answer = page(username, address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_list_holds_ones_own_work_and_all_of_it_for_those_who_watch() -> None:
    Job.objects.all().delete()
    Job.objects.create(**ABOUT, created_by=account("sj_editor"))
    Job.objects.create(kind=WATCH, object_type=Theme._meta.label_lower, object_key=DOG, created_by=None)
    names = {RESTAURANT: "开办餐饮店", DOG: "我要办犬证"}
    own, all_of_it = text("sj_editor", "/admin/jobs/job/"), text("operator", "/admin/jobs/job/")
    assert names[RESTAURANT] in own and names[DOG] not in own
    assert names[RESTAURANT] in all_of_it and names[DOG] in all_of_it
    assert names[RESTAURANT] not in text("ga_editor", "/admin/jobs/job/")
    assert page("sj_editor", f"/jobs/{Job.objects.latest('pk').pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("state=running", True), ("state=done", False), (f"kind={WATCH}", True), ("object_type=themes.theme", True),
        (f"object_key={RESTAURANT}", True), (f"object_key={DOG}", False), ("q=0001", True),
    ],
)  # fmt: skip
def test_the_list_is_filtered_by_state_kind_and_object(query: str, is_there: bool) -> None:
    Job.objects.all().delete()
    Job.objects.create(**ABOUT, **RUNNING)
    assert ("进行中</span>" in text("operator", f"/admin/jobs/job/?{query}")) is is_there


def test_the_list_costs_the_same_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(account("operator"))
    Job.objects.bulk_create(Job(**{**ABOUT, "object_key": f"no-such-{n}"}, created_by=UserFactory()) for n in range(30))
    with django_assert_max_num_queries(12):
        assert "no-such-29" in client.get("/admin/jobs/job/").content.decode()


def test_elements_are_called_by_their_names_and_say_what_became_of_them() -> None:
    failed = {DOG: "没有这个主题。"}
    job = Job.objects.create(**ABOUT, state=Job.State.PARKED, elements=[RESTAURANT, DOG], failures=failed)
    shown = text("operator", f"/jobs/{job.pk}/")
    assert shown.index("我要办犬证") < shown.index("没有这个主题。")
    assert "1 / 2" in shown and f"/themes/{DOG}/" in shown


def test_what_the_actor_does_not_see_is_not_named() -> None:
    job = Job.objects.create(
        kind=WATCH, object_type=Theme._meta.label_lower, object_key="no-such", elements=["no-such", DOG],
        pending=["no-such"], created_by=account("sj_editor"),
    )  # fmt: skip
    shown = text("sj_editor", f"/jobs/{job.pk}/")
    assert "主题 no-such" in shown and "/themes/no-such/" not in shown


def test_a_page_refreshes_itself_while_work_goes_on_and_is_loaded_anew_once_it_is_over() -> None:
    job = Job.objects.create(**ABOUT, **RUNNING)
    address = f"/jobs/{job.pk}/"
    assert 'hx-trigger="every 2s"' in text("operator", address)
    assert "HX-Refresh" not in page("operator", address, hx_request="true").headers
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, pending=[])
    assert page("operator", address, hx_request="true").headers["HX-Refresh"] == "true"
    assert 'hx-trigger="every 2s"' not in text("operator", address)


def test_work_that_shall_stop_says_so_and_is_not_called_off_twice() -> None:
    job = Job.objects.create(**ABOUT, **RUNNING)
    ElementProgress.objects.create(job=job, element=DOG, is_called_off=True)
    shown = text("operator", f"/jobs/{job.pk}/")
    assert "正在停止" in shown and "确认取消任务" not in shown


def test_the_theme_leads_to_its_work_for_those_who_see_its_draft() -> None:
    Job.objects.all().delete()
    job = Job.objects.create(**ABOUT, **RUNNING, created_by=account("operator"))
    address = f"/themes/{RESTAURANT}/"
    assert f"/jobs/{job.pk}/" in text("operator", address)
    editors = text("sj_editor", address)
    assert "巡查在用主题" in editors and f"/jobs/{job.pk}/" not in editors
    assert "巡查在用主题" not in text("ny_editor", f"/themes/{DOG}/")


def test_failed_work_on_what_goes_away_is_nobodys_trouble_any_more() -> None:
    job = Job.objects.create(**ABOUT, state=Job.State.PARKED)
    going = Job.objects.create(**ABOUT, **RUNNING)
    close_parked(Theme._meta.label_lower, [RESTAURANT])
    states = dict(Job.objects.filter(pk__in=[job.pk, going.pk]).values_list("pk", "state"))
    assert states == {job.pk: Job.State.CANCELLED, going.pk: Job.State.RUNNING}
