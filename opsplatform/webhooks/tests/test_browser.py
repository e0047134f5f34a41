"""From the approval of a host to a delivered message in Chromium, wide and narrow, as an operator does it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page
from standardwebhooks import Webhook

from opsplatform.accounts.tests.factories import person
from opsplatform.console.tests.browsing import chromium, fits, log_in
from opsplatform.egress.tests.receivers import receiver
from opsplatform.webhooks.services.delivering import deliver_due
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import happen, peer
from opsplatform.webhooks.tests.test_delivering import messages


def beside(act: Callable[[], object]) -> object:
    """What the act returns, done in a thread of its own: Playwright's has no use of the database."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_closing, act).result()


def _closing(act: Callable[[], object]) -> object:
    try:
        return act()
    finally:
        connection.close()


def looks_right(page: Page) -> None:
    assert fits(page), page.url
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [entry["id"] for entry in found if entry["impact"] in ("serious", "critical")] == [], page.url


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_host_is_approved_an_endpoint_registered_and_told(database_clone: str, live_site: str, width: int) -> None:
    username, system = person("platform_operator").username, peer()
    with receiver() as there, chromium() as browser:
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        log_in(page, live_site, username)
        page.goto(f"{live_site}/admin/egress/approvedhost/add/")
        page.fill("#id_host", there.address)
        page.fill("#id_port", str(there.port))
        page.fill("#id_purpose", "统一受理平台")
        page.click("button[name=_save]")
        page.wait_for_url("**/approvedhost/")
        looks_right(page)

        page.goto(f"{live_site}/webhooks/new/")
        looks_right(page)
        page.select_option("#id_peer", str(system.pk))
        page.select_option("#id_division", str(system.division_id))
        page.fill("#id_name", "受理平台")
        page.fill("#id_url", there.url)
        page.get_by_role("button", name="登记").click()
        secret = page.locator(".op-secret").inner_text()
        looks_right(page)
        page.get_by_role("link", name="查看这个通知回调").click()
        page.get_by_role("button", name="发送测试通知").wait_for()
        looks_right(page)
        assert secret not in page.content()

        beside(lambda: (happen("餐饮", "犬证"), plan()))
        page.get_by_role("button", name="发送测试通知").click()
        page.wait_for_url("**/deliveries/")
        assert beside(deliver_due) == 3
        page.reload()
        assert page.locator("tbody .op-good").count() == 3
        looks_right(page)
        page.locator("tbody a").first.click()
        page.get_by_role("button", name="重新投递").wait_for()
        looks_right(page)
        page.get_by_role("button", name="重新投递").click()
        page.get_by_text("几秒内重新投递").wait_for()
        assert beside(deliver_due) == 1
    for headers, body in messages(there):
        Webhook(secret).verify(body, headers)
