"""Cases in Chromium: a run of the simulator is kept, a rule is changed, the case says what is missing, is accepted."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from opsplatform.console.tests.browsing import chromium, log_in
from themes.tests.demonstrated import RESTAURANT

pytestmark = pytest.mark.browser


@pytest.fixture
def page(demo_clone: str, live_site: str) -> Iterator[Page]:
    """The theme's editor, logged in; complaints of a page fail the test."""
    complaints: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=live_site)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        log_in(page, live_site, "sj_editor", settings.DEMO_PASSWORD)
        yield page
    assert complaints == []


def answer(page: Page, choice: str) -> None:
    """The choice is made and the page has answered."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.check(choice)
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


def test_a_run_is_kept_noticed_when_a_rule_changes_and_accepted_with_a_reason(page: Page) -> None:
    page.goto(f"{reverse('themes:preview', args=[RESTAURANT])}?source=draft&case=case-1")
    answer(page, "[id='a:q_sign-no']")
    page.click("text=存为用例")
    page.fill("#case-name", "不装招牌")
    page.click("button:has-text('保存')")
    row = page.locator("tr", has_text="不装招牌")
    assert "一致" in row.inner_text() and "必须通过" in row.inner_text()
    page.goto(reverse("themes:edit", args=[RESTAURANT]))
    page.locator("#items [name=mandatory][value='S-JD:311017001000:01']").check()
    page.click("button[value=save]")
    page.wait_for_load_state()
    page.goto(reverse("themes:part", args=[RESTAURANT, "cases"]))
    card = page.locator("section.op-card", has_text="不装招牌").last
    assert "事项多了“设店招”" in card.inner_text()
    card.locator("[name=reason]").fill("规定改了")
    card.locator("button:has-text('接受现在的结果')").click()
    page.wait_for_selector("text=用例的预期已更新")
    assert "规定改了" in page.inner_text("#content")
    page.locator("section.op-card", has_text="不装招牌").last.locator("button:has-text('删除')").click()
    page.wait_for_selector("text=用例已删除")
    assert page.locator("tr", has_text="不装招牌").count() == 0
