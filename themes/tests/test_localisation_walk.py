"""A district's road in a browser: its changes, a conflict with the city's new version, review and publication."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from opsplatform.console.tests.browsing import fits
from themes.tests.demonstrated import DOG
from themes.tests.localised import DAYS, HALL, MINHANG, PHONE_HALL, city_promises, city_releases, put_on_show
from themes.tests.test_walk import browser, signed_in

__all__ = ["browser"]

PICTURES = os.environ.get("PICTURES", "")  # a directory: what the pages look like is kept there


@pytest.fixture
def in_conflict(demo_clone: str, live_site: str) -> str:
    """Minhang shows its own days and window; the city has changed the days. Done before the browser starts."""
    put_on_show({DAYS: 3, PHONE_HALL: HALL})
    city_releases(city_promises(4))
    return live_site


def seen(page: Page, name: str) -> str:
    """The text of a page that fits its window; kept as a picture where that is asked for."""
    assert fits(page), name
    if PICTURES:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(PICTURES) / f"{name}_{width}.png", full_page=True)
    return page.inner_text("body")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_district_settles_a_conflict_and_shows_its_own_days(in_conflict: str, browser: Browser, width: int) -> None:
    place = f"{in_conflict}/themes/{DOG}/localisations/{MINHANG}/"
    editor = signed_in(browser, in_conflict, "mh_editor", width)
    assert "市级变更待本区决定" in seen(editor, "home")
    editor.goto(place)
    shown = seen(editor, "district")
    assert "闵行区改于" in shown and "等待决定" in shown and "市 v2" in shown
    assert not editor.get_by_role("button", name="提交审核").is_visible()

    editor.get_by_role("link", name="逐处比较、选择").click()
    assert "旧版" not in seen(editor, "conflicts")
    values = [one.inner_text().splitlines()[1] for one in editor.locator(".th-three > div").all()]
    assert values == ["5", "4", "3"]
    editor.get_by_role("button", name="保留本区的").click()
    assert "冲突都已决定" in seen(editor, "settled") and "保留本区的" in editor.inner_text("body")

    editor.goto(f"{place}change/?new=holiday&point=莘庄办事大厅")
    assert "节假日" in seen(editor, "change")
    editor.goto(f"{place}change/?key=items/REGP/statutory_days")
    assert "区里不能改" in seen(editor, "locked")
    editor.goto(f"{place}change/?new=notice")
    editor.fill("[name=code]", "1")
    editor.fill("[name=title]", "请先预约")
    editor.fill("[name=content]", "请先在小程序预约。")
    editor.get_by_role("button", name="保存到本区草稿").click()
    assert "请先预约" in seen(editor, "district_changed")
    editor.fill("textarea[name=note]", "保留三个工作日，另加须知")
    editor.get_by_role("button", name="提交审核").click()

    publisher = signed_in(browser, in_conflict, "mh_publisher", width)
    publisher.goto(place)
    seen(publisher, "review")
    publisher.fill("#decision textarea[name=note]", "同意")
    publisher.get_by_role("button", name="批准").click()

    operator = signed_in(browser, in_conflict, "operator", width)
    operator.goto(place)
    operator.fill("#decision textarea[name=note]", "同意")
    operator.get_by_role("button", name="批准").click()

    publisher.goto(place)
    publisher.fill("textarea[name=note]", "按新版发布")
    publisher.get_by_role("button", name="发布本地化版本 2").click()
    assert "在用：市 v2，本地化 v2" in seen(publisher, "published")

    operator.goto(f"{in_conflict}/themes/{DOG}/localisations/")
    overview = seen(operator, "overview")
    assert "闵行区" in overview and "市 v2，本地化 v2" in overview and "与市级相同" in overview


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_an_exception_is_asked_for_and_granted(demo_clone: str, live_site: str, browser: Browser, width: int) -> None:
    place = f"{live_site}/themes/{DOG}/localisations/{MINHANG}/"
    editor = signed_in(browser, live_site, "mh_editor", width)
    editor.goto(f"{place}change/?key={DAYS}")
    editor.fill("[name=value]", "8")
    editor.get_by_role("button", name="保存到本区草稿").click()
    assert "比全市承诺的慢" in seen(editor, "slower")
    editor.goto(f"{place}change/?key={DAYS}")
    editor.fill("[name=reason]", "窗口搬迁期间")
    until = (datetime.now(UTC).date() + timedelta(days=365)).isoformat()
    editor.fill("[name=expires_on]", until)
    editor.get_by_role("button", name="申请例外").click()
    assert "待市级决定" in seen(editor, "asked")

    operator = signed_in(browser, live_site, "operator", width)
    assert "区里申请的例外" in operator.inner_text("body")
    operator.goto(f"{live_site}/themes/{DOG}/localisations/")
    shown = seen(operator, "exceptions")
    assert "窗口搬迁期间" in shown and "市级 5，本区申请 8" in shown
    operator.fill("textarea[name=note]", "同意，限期恢复")
    operator.get_by_role("button", name="批准例外", exact=True).click()

    editor.goto(place)
    shown = seen(editor, "excepted")
    assert f"市级批准例外至 {until}" in shown and "必须解决" not in shown

    operator.reload()
    operator.locator("summary", has_text="撤回例外").click()
    operator.locator("form:has([value=withdraw]) textarea[name=note]").fill("窗口已恢复")
    assert fits(operator)
    operator.get_by_role("button", name="确认撤回").click()
    assert "撤回：窗口已恢复" in seen(operator, "withdrawn")
    editor.goto(place)
    shown = seen(editor, "no_longer_excepted")
    assert "市级批准例外" not in shown and "必须解决" in shown
