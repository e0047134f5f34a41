"""A theme that begins in the console, empty: every page of it opens, and the gate says what is still to be done."""

from typing import Any

import pytest
from django.urls import reverse

from opsplatform.audit.models import AuditEntry
from opsplatform.release.models import Subject
from themes.models import Theme
from themes.services.inspecting import check_theme
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import account, get

pytestmark = pytest.mark.usefixtures("demo_db")
NEW = reverse("themes:new")
SHOP = {"name": "开办便利店“一件事”", "summary": "开店一次办好", "category": "L1"}
PAGES = (
    "overview", "parts", "edit", "guidance", "preview", "situations", "figures", "merging", "findings",
    "localisation_policy", "history", "submit", "certificate", "case_proposals", "guidance_table",
)  # fmt: skip
CLOSED = {"situations": 422, "case_proposals": 422}  # in their place stands what has to be done first


def begin(**typed: Any) -> Any:
    client = logged_in("sj_editor")
    form = form_of(client.get(NEW), holding="name")
    return client.post(NEW, {**form, **SHOP, **typed})


def begun() -> str:
    answer = begin()
    assert answer.status_code == 302, text_of(answer)
    return str(answer.url.split("/")[2])


def test_an_editor_begins_a_theme_of_their_department_under_the_next_number() -> None:
    code = begun()
    theme = get(code)
    assert (code, str(theme), theme.summary) == ("YJS-310000-L1-0003", SHOP["name"], SHOP["summary"])
    assert (str(theme.lead_department), theme.category and theme.category.code) == ("市市场监管局", "L1")
    entry = AuditEntry.objects.get(object_key=code)
    assert (entry.action, entry.actor) == ("theme.drafted", account("sj_editor"))
    assert Theme.objects.drafts_visible_to(account("sj_reviewer")).contains(theme)
    assert not Theme.objects.drafts_visible_to(account("ga_editor")).contains(theme)


def test_every_page_of_an_empty_theme_opens_and_the_gate_asks_for_items() -> None:
    code, client = begun(), logged_in("sj_editor")
    answers = {page: client.get(url(page, code)) for page in PAGES}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(PAGES, 200) | CLOSED
    for page in CLOSED:
        html = answers[page].content.decode()
        assert "主题里没有事项。" in html and 'class="op-tabs"' in html and url("findings", code) in html, page
    assert any("没有事项" in one.sentence for one in check_theme(get(code)) if one.is_blocking)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " 　"}, "请填写主题名称。"),
        ({"name": "长" * 201}, "主题名称不能超过 200 个字，现有 201 个字。"),
        ({"name": "开办餐饮店“一件事”"}, "已有主题“开办餐饮店“一件事””（YJS-310000-L1-0001）"),
        ({"category": ""}, "请选择一个在用的、没有下级的场景分类。"),
        ({"category": "L"}, "请选择一个在用的、没有下级的场景分类。"),
        ({"lead": ""}, "请选择牵头部门。"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(typed: dict[str, str], sentence: str) -> None:
    before = Subject.objects.count()
    answer = begin(**typed)
    assert (answer.status_code, Subject.objects.count()) == (422, before)
    assert sentence in text_of(answer)
    assert SHOP["summary"] in answer.content.decode()


def test_a_second_press_makes_no_second_theme() -> None:
    code = begun()
    answer = begin()
    assert answer.status_code == 422 and code in text_of(answer)


def test_only_those_who_edit_themes_are_offered_to_begin_one() -> None:
    for username, status in (("sj_editor", 200), ("sj_reviewer", 403), ("operator", 403), ("hp_editor", 403)):
        client = logged_in(username)
        assert client.get(NEW).status_code == status, username
        assert ("新建主题" in text_of(client.get(reverse("themes:list")))) == (status == 200), username
