"""The home page per role, on the demonstration installation: what waits, what is broken, what is in use."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from opsplatform.accounts.models import Membership, User
from opsplatform.accounts.tests.factories import UserFactory
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import LegalBasis, ServicePoint
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel
from opsplatform.jobs.models import Job
from opsplatform.kernel import clock
from opsplatform.release.models import Subject
from opsplatform.release.services import drafting, reviewing
from themes import selectors
from themes.services import watching
from themes.services.demonstration import approve_by_all
from themes.tests.rights import another_reviewer

pytestmark = pytest.mark.usefixtures("demo_db")
RESTAURANT, DOG = "YJS-310000-L1-0001", "YJS-310000-P4-0002"
EVERYBODY = [
    "operator", "sj_editor", "sj_reviewer", "ga_editor", "ga_reviewer", "lh_editor", "lh_reviewer", "ny_editor",
    "hp_editor", "hp_publisher", "mh_editor", "mh_publisher", "content", "application", "model", "sysadmin",
    "secadmin", "auditor",
]  # fmt: skip


def user(username: str) -> User:
    return User.objects.get(username=username)


def home(username: str) -> str:
    client = Client()
    client.force_login(user(username))
    answer = client.get("/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def panel(username: str, title: str) -> str:
    """The panel of that title on the person's home page; empty where there is none."""
    for article in home(username).split("<article")[1:]:
        if f"</span>{title}" in article:
            return article.split("</article>")[0]
    return ""


def submitted(code: str = DOG, author: str = "ga_editor") -> Subject:
    """A changed draft, submitted by its editor and confirmed by its partners: the lead department is next."""
    theme = selectors.get_theme_by_code(code)
    saved = drafting.save_draft(
        actor=user(author),
        subject_id=theme.subject_id,
        tree={**theme.subject.draft, "summary": "改过的简介"},
        expected_revision=theme.subject.draft_revision,
    )
    version = reviewing.submit(
        actor=user(author), subject_id=theme.subject_id, expected_revision=saved.draft_revision, note="请审核简介"
    )
    approve_by_all(version, "本部门无误", before="lead")
    return Subject.objects.select_related("current_version").get(pk=theme.subject_id)


# --- what waits -------------------------------------------------------------------------------------------------------


def test_a_submitted_version_waits_for_the_reviewer_of_its_department_and_for_nobody_else() -> None:
    assert "没有等您审核的版本" in panel("ga_reviewer", "等我审核")
    submitted()
    shown = panel("ga_reviewer", "等我审核")
    assert reverse("themes:review", args=[DOG]) in shown and "请审核简介" in shown and "版本 2" in shown
    assert DOG not in panel("sj_reviewer", "等我审核")
    assert panel("ga_editor", "等我审核") == ""
    assert DOG not in panel("operator", "等我审核")


def test_an_author_does_not_find_their_own_work_waiting_for_them() -> None:
    subject = submitted()
    reviewer = user("ga_reviewer")
    held = reviewer.memberships.get()
    another_reviewer("ga_reviewer")
    editors = user("ga_editor").memberships.get().role
    Membership.objects.create(user=reviewer, role=editors, division=held.division, department=held.department)
    assert reverse("themes:review", args=[DOG]) in panel("ga_reviewer", "等我审核")
    reviewing.return_to_draft(
        actor=user("ga_reviewer"), subject_id=subject.pk, digest=subject.current_version.digest, note="再改"
    )
    submitted(author="ga_reviewer")
    assert reverse("themes:review", args=[DOG]) not in panel("ga_reviewer", "等我审核")


def test_a_returned_draft_waits_for_its_author_with_the_reason() -> None:
    subject = submitted()
    reviewing.return_to_draft(
        actor=user("ga_reviewer"), subject_id=subject.pk, digest=subject.current_version.digest, note="依据写错了"
    )
    assert "依据写错了" in panel("ga_editor", "退回给我的草稿")
    assert "依据写错了" not in home("sj_editor")


def test_an_approved_version_waits_for_the_operator_until_it_is_released() -> None:
    subject = submitted()
    version = subject.current_version
    approve_by_all(version, "同意")
    assert reverse("themes:release", args=[DOG]) in panel("operator", "等我发布")
    assert panel("ga_editor", "等我发布") == ""


def test_unsettled_collisions_wait_for_the_operator() -> None:
    assert "12 个代码" in panel("operator", "代码冲突")
    assert panel("sj_editor", "代码冲突") == ""


# --- what is broken ---------------------------------------------------------------------------------------------------


def test_parked_work_is_seen_by_those_who_watch_and_by_who_asked_for_it() -> None:
    Job.objects.create(kind="demo", state="parked", last_error="坏了", created_by=user("sj_editor"))
    assert "坏了" in panel("operator", "失败的后台任务") and "坏了" in panel("sysadmin", "失败的后台任务")
    assert "坏了" in panel("sj_editor", "您发起的任务失败了")
    assert "坏了" not in home("ga_editor")


def test_a_window_that_is_over_or_soon_over_is_seen_in_its_own_district_and_the_city() -> None:
    point = ServicePoint.objects.filter(division__code="310101", valid_to=None).order_by("id")[0]
    ServicePoint.objects.exclude(valid_to=None).update(valid_to=None)  # or those over for longer fill the panel
    for days, word in ((-1, ">已过期<"), (20, ">即将到期<")):
        ServicePoint.objects.filter(pk=point.pk).update(valid_to=clock.today() + timedelta(days=days))
        for watcher in ("hp_editor", "operator"):
            shown = panel(watcher, "到期的办理地址")
            assert point.name in shown and word in shown
        assert point.name not in panel("mh_editor", "到期的办理地址")
    ServicePoint.objects.filter(pk=point.pk).update(valid_to=clock.today() + timedelta(days=31))
    assert point.name not in panel("hp_editor", "到期的办理地址")


def test_where_every_window_is_open_the_panel_says_so() -> None:
    ServicePoint.objects.filter(division__code="310101").update(valid_to=None)
    assert "没有已过期" in panel("hp_editor", "到期的办理地址")


def test_what_the_watch_found_is_seen_by_who_answers_for_it() -> None:
    ServicePoint.objects.filter(division__code="310101").delete()
    theme = selectors.get_theme_by_code(RESTAURANT)
    keys = [item["item"] for item in theme.subject.draft["items"]]
    LegalBasis.objects.filter(item__key__in=keys).update(is_repealed=True)
    watching.watch_live_themes(theme)
    title = "在用主题的新情况"
    watched = reverse("themes:watched", args=[RESTAURANT])
    assert watched in panel("operator", title) and "须处理" in panel("sj_editor", title)
    assert watched in panel("hp_editor", title)
    assert watched not in panel("mh_editor", title)
    assert watched not in panel("ga_editor", title)
    client = Client()
    client.force_login(user("operator"))
    assert "已废止或失效" in unescape(client.get(watched).content.decode())
    client.force_login(user("hp_editor"))
    shown = unescape(client.get(watched).content.decode())
    assert "黄浦区没有" in shown and "已废止" not in shown


# --- what is in use ---------------------------------------------------------------------------------------------------


def test_what_is_in_use_is_told_for_ones_own_divisions() -> None:
    assert "16 个区" in panel("operator", "在用的主题")
    district = panel("hp_editor", "在用的主题")
    assert "黄浦区" in district and "16 个区" not in district
    assert reverse("themes:overview", args=[RESTAURANT]) in district


def test_a_draft_renamed_since_keeps_its_released_name_among_what_is_in_use() -> None:
    theme = selectors.get_theme_by_code(DOG)
    drafting.save_draft(
        actor=user("ga_editor"),
        subject_id=theme.subject_id,
        tree={**theme.subject.draft, "name": "改名之后"},
        expected_revision=theme.subject.draft_revision,
    )
    assert "改名之后" not in panel("hp_editor", "在用的主题")


# --- the three administrations, and people without a role -------------------------------------------------------------


def test_the_administrations_see_their_own_things_and_no_business() -> None:
    UserFactory(username="newcomer", name="新来的", division=user("operator").division)
    gone = user("content")
    gone.is_active = False
    gone.save()
    assert "新来的" in panel("secadmin", "还没有角色的账号")
    assert gone.name in panel("sysadmin", "最近停用的账号")
    for username in ("sysadmin", "secadmin", "auditor"):
        html = home(username)
        assert "在用的主题" not in html and "等我发布" not in html and "在用主题的新情况" not in html


def test_the_auditor_reads_how_many_acts_today_has() -> None:
    submitted()
    client = Client()
    client.force_login(user("auditor"))
    client.get("/")
    today = AuditEntry.objects.visible_to(user("auditor")).filter(at__date=clock.today()).count()
    shown = panel("auditor", "今天的审计记录")
    assert f">{today}</span>" in shown and "条" in shown
    assert panel("operator", "今天的审计记录") == ""


def test_an_account_without_a_role_is_told_whom_to_ask() -> None:
    UserFactory(username="lost", name="无角色")
    assert "您的账号还没有角色" in home("lost")


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", EVERYBODY)
def test_every_entry_leads_somewhere_that_the_person_may_open(username: str) -> None:
    submitted()
    ServicePoint.objects.filter(division__code="310101").update(valid_to=clock.today())
    Job.objects.create(kind="demo", state="parked", last_error="坏了", created_by=user(username))
    for code in (RESTAURANT, DOG):
        watching.watch_live_themes(selectors.get_theme_by_code(code))
    client = Client()
    client.force_login(user(username))
    held = [one.read(user(username)) for one in panels.panels_for(user(username))]
    links = {entry.url for one in held for entry in one.entries if entry.url} | {
        one.more_url for one in held if one.more_url
    }
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("username", EVERYBODY)
def test_the_page_costs_at_most_twenty_queries_however_much_there_is(
    username: str, django_assert_max_num_queries: Any
) -> None:
    submitted()
    Job.objects.bulk_create(Job(kind="demo", state="parked", last_error="坏了") for _ in range(5))
    watching.watch_live_themes(selectors.get_theme_by_code(RESTAURANT))
    client = Client()
    client.force_login(user(username))
    client.get("/")
    with django_assert_max_num_queries(20):
        client.get("/")


def test_strangers_are_led_to_the_login(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")


def test_two_panels_of_one_code_are_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_PANELS", {})
    one = Panel("a", "概况", "甲", "home", lambda actor: True, lambda actor: Content())
    panels.register(one, one)
    with pytest.raises(ValueError, match="registered twice"):
        panels.register(Panel("a", "概况", "乙", "home", lambda actor: True, lambda actor: Content()))


def test_a_panel_shows_its_first_entries_and_says_how_many_there_are() -> None:
    shown = panels.content([Entry(str(number)) for number in range(9)])
    assert (len(shown.entries), shown.total) == (panels.MOST_ENTRIES, 9)
