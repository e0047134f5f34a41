"""The shell in a browser: nothing is loaded from elsewhere, nothing is blocked, nothing runs off a narrow screen."""

import pytest
from django.conf import settings

from opsplatform.accounts.tests.factories import person
from opsplatform.console.site import site
from opsplatform.console.tests.browsing import chromium, fits, log_in


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_shell_needs_nothing_from_elsewhere_and_fits(database_clone: str, live_site: str, width: int) -> None:
    username = person("platform_operator").username
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]
    asked: list[str] = []
    complaints: list[str] = []
    too_wide: list[str] = []
    with chromium() as browser:
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        log_in(page, live_site, username)
        for path in ("/account/", "/account/sessions/", "/admin/catalog/serviceitem/add/", *lists):
            page.goto(live_site + path)
            if not fits(page):
                too_wide.append(path)
    assert too_wide == []
    assert [url for url in asked if not url.startswith((live_site, "data:"))] == []
    # Two registers are not the operator's: the browser reports their 403, as it should.
    assert [text for text in complaints if "403" not in text] == []


@pytest.mark.browser
def test_on_a_narrow_screen_the_open_tab_is_in_sight(demo_clone: str, live_site: str) -> None:
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
        log_in(page, live_site, "sj_editor", settings.DEMO_PASSWORD)
        page.goto(f"{live_site}/themes/YJS-310000-L1-0001/history/")
        page.wait_for_function("document.querySelector('.op-tabs').scrollLeft > 0")
        box = page.locator(".op-tabs .is-active").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.mark.browser
def test_a_button_pressed_twice_sends_its_form_once(database_clone: str, live_site: str) -> None:
    username = person("platform_operator").username
    sent: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        log_in(page, live_site, username)
        page.goto(f"{live_site}/account/")
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        with page.expect_navigation():
            page.locator("#content form[method=post] button[type=submit]").first.dblclick()
        page.wait_for_load_state("networkidle")
        assert sent == [f"{live_site}/account/"]
        page.locator("#content form[method=post] button[type=submit]").first.click()
        page.wait_for_load_state("networkidle")
        assert len(sent) == 2, "the page that answered takes another"
