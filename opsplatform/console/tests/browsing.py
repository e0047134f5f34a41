"""Chromium as every browser test has it: launched one way, logged in as people do, looked at once the page is there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from opsplatform.accounts.tests.factories import PASSWORD

_PATH = os.environ.get("CHROMIUM") or shutil.which("chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def chromium() -> Iterator[Browser]:
    assert _PATH, "no Chromium on the path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_PATH, args=_ARGUMENTS)
        yield browser
        browser.close()


def log_in(page: Page, site: str, username: str, password: str = PASSWORD) -> None:
    """By the form, until the home page is there."""
    page.goto(f"{site}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{site}/")


def fits(page: Page) -> bool:
    """Whether nothing of the page, once it is there, is wider than its window; the page may still be on its way."""
    width = "document.documentElement.scrollWidth"
    judged = f"document.readyState === 'complete' && ({width} <= window.innerWidth ? 'fits' : 'is wider')"
    return bool(page.wait_for_function(judged).json_value() == "fits")
