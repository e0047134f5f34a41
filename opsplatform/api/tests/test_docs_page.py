"""The documentation page in a real browser: it works under our Content-Security-Policy and asks nobody else."""

import pytest

from opsplatform.console.tests.browsing import chromium


@pytest.mark.browser
def test_swagger_ui_shows_every_operation_and_loads_nothing_from_elsewhere(database_clone: str, live_site: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{live_site}/api/v1/docs/")
        page.wait_for_selector(".opblock", timeout=20_000)
        shown = page.locator(".opblock").count()
    assert shown > 40
    assert all(url.startswith((live_site, "data:")) for url in asked), asked
    assert complaints == []
