"""On a narrow screen nothing of a theme runs off the side, whatever it is called."""

import pytest
from django.conf import settings
from django.urls import reverse

from opsplatform.console.tests.browsing import chromium, fits, log_in
from opsplatform.organizations.models import Department
from themes.services.beginning import begin_theme
from themes.tests.browsing import url
from themes.tests.demonstrated import account


@pytest.mark.browser
def test_a_name_without_a_place_to_break_fits(demo_clone: str, live_site: str) -> None:
    lead = Department.objects.get(short_name="市市场监管局")
    words = {"name": "A" * 200, "summary": "B" * 500}
    theme = begin_theme(actor=account("sj_editor"), **words, category="L1", lead=lead.pk)
    pages = [reverse("themes:list"), *(url(page, theme.code) for page in ("overview", "parts", "edit", "guidance"))]
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
        log_in(page, live_site, "sj_editor", settings.DEMO_PASSWORD)
        for address in pages:
            page.goto(live_site + address)
            assert fits(page), address
