"""The tree of scene categories in Chromium: moved by keys, moved by the mouse, and it stays moved."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page

from opsplatform.console.tests.browsing import chromium, log_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(demo_clone: str, live_site: str) -> Iterator[Page]:
    """The tree as the operator sees it; complaints of the page fail the test."""
    complaints: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        log_in(page, live_site, "operator", settings.DEMO_PASSWORD)
        page.goto(f"{live_site}/scene-categories/")
        yield page
    assert complaints == []


def order(page: Page) -> list[str]:
    return page.locator(".ca-node").evaluate_all("nodes => nodes.map(node => node.dataset.code)")


def parent(page: Page, code: str) -> str | None:
    return page.locator(f"[data-code={code}]").get_attribute("data-parent")


def pressed(page: Page, keys: str) -> None:
    """The keys are pressed where the focus is, and the page has come back."""
    with page.expect_navigation():
        page.keyboard.press(keys)


def test_a_category_is_moved_by_keys_and_keeps_the_focus_and_by_the_mouse(page: Page) -> None:
    page.locator("#c-L3").focus()
    pressed(page, "Alt+ArrowUp")
    assert order(page)[:4] == ["L", "L1", "L3", "L2"]
    assert page.evaluate("document.activeElement.closest('.ca-node').dataset.code") == "L3"
    pressed(page, "Alt+ArrowRight")
    assert parent(page, "L3") == "L1"
    pressed(page, "Alt+ArrowLeft")
    assert order(page)[:4] == ["L", "L1", "L3", "L2"]
    page.locator("#c-L1").focus()
    page.keyboard.press("Alt+ArrowUp")
    assert "尽头" in page.locator(".ca-said").inner_text()
    with page.expect_navigation():
        page.drag_and_drop("[data-code=P2] .ca-grip", "[data-code=L1]", target_position={"x": 200, "y": 4})
    assert order(page)[:3] == ["L", "P2", "L1"]
    page.reload()
    assert parent(page, "P2") == "L"
