"""The citizen's preview in Chromium: answers change it in place, and reload and back lose nothing."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from opsplatform.console.tests.browsing import chromium, log_in

pytestmark = pytest.mark.browser
RESTAURANT = "YJS-310000-L1-0001"
SHOP, SIGN, NO_SIGN = "[id='d:c_shop_name']", "[id='a:q_sign-yes']", "[id='a:q_sign-no']"


@pytest.fixture
def page(demo_clone: str, live_site: str) -> Iterator[Page]:
    """The preview of a saved case, opened by the theme's editor; complaints of the page fail the test."""
    complaints: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        log_in(page, live_site, "sj_editor", settings.DEMO_PASSWORD)
        page.goto(f"{live_site}{reverse('themes:preview', args=[RESTAURANT])}?source=draft&case=case-1")
        yield page
    assert complaints == []


def answer(page: Page, choice: str) -> None:
    """The choice is made and the page has answered."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.check(choice)
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


def items(page: Page) -> list[str]:
    return page.locator("#pv-items .pv-list strong").all_inner_texts()


def test_an_answer_changes_the_result_in_place_and_keeps_what_is_typed_and_where_one_is(page: Page) -> None:
    page.fill(SHOP, "老王面馆")
    page.locator(NO_SIGN).scroll_into_view_if_needed()
    place = page.locator(".pv-screen").evaluate("screen => screen.scrollTop")
    before = items(page)
    answer(page, NO_SIGN)
    assert set(items(page)) < set(before)
    assert page.input_value(SHOP) == "老王面馆"
    assert abs(page.locator(".pv-screen").evaluate("screen => screen.scrollTop") - place) < 60
    assert "q_sign=no" in page.url and "%E8%80%81" not in page.url, "what is typed never stands in the address"


def test_reload_and_back_lose_nothing(page: Page) -> None:
    answer(page, NO_SIGN)
    answer(page, SIGN)
    page.fill(SHOP, "老王面馆")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.reload()
    page.wait_for_function("document.getElementById('d:c_shop_name').value === '老王面馆'")
    assert page.is_checked(SIGN)
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.go_back()
    page.wait_for_function("document.getElementById('d:c_shop_name').value === '老王面馆'")
    assert page.is_checked(NO_SIGN)


def test_the_button_leads_to_the_first_field_that_is_wrong(page: Page) -> None:
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.click(".pv-submit")
    first = page.locator("#pv-form .has-errors").first
    first.wait_for()
    page.wait_for_timeout(1000)  # the screen scrolls smoothly
    inside, screen = first.bounding_box(), page.locator(".pv-screen").bounding_box()
    assert inside and screen and screen["y"] <= inside["y"] <= screen["y"] + screen["height"]


def test_what_did_not_reach_the_server_is_told_and_tried_again(page: Page) -> None:
    before = items(page)
    page.context.set_offline(True)
    page.check(NO_SIGN)
    page.get_by_text("刚才的改动没有传到服务器").wait_for()
    assert items(page) == before and page.is_checked(NO_SIGN)
    page.context.set_offline(False)
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="再试一次").click()
    page.get_by_text("刚才的改动没有传到服务器").wait_for(state="hidden")
    assert set(items(page)) < set(before)


def test_the_login_page_never_stands_in_the_preview(page: Page) -> None:
    page.context.clear_cookies()
    page.check(NO_SIGN)
    page.get_by_text("刚才的改动没有传到服务器").wait_for()
    assert page.is_checked(NO_SIGN) and not page.locator("[name=password]").count()


def test_starting_again_forgets_everything(page: Page) -> None:
    page.fill(SHOP, "老王面馆")
    page.click("[data-clear]")
    page.wait_for_load_state("networkidle")
    assert page.locator(SIGN).count() == 1 and not page.is_checked(SIGN)
    assert "老王面馆" not in page.content()
