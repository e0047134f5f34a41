"""A designer in Chromium, as tests of every room hold it: signed in, opened, asked what is saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from opsplatform.accounts.models import User

STATIC = Path(__file__).parents[3] / "static"
SHARED = STATIC / "console" / "designer"
PATIENCE = 20_000  # ms, for what a busy machine takes its time for
CALLED = """(one => one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent)
(document.activeElement)"""


def session_of(user: User) -> str:
    """The key of a session of that person."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


@dataclass
class Desk:
    """A designer in one window: where it is, and where its draft is."""

    page: Page
    site: str
    address: str
    draft_route: str
    complaints: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> Any:
        self.page.goto(f"{self.site}{self.address}{query}")
        self.page.wait_for_selector(".fd-desk.is-ready")
        return self

    def saved(self) -> dict[str, Any]:
        """The draft on the server, once the page says that it is saved."""
        expect(self.page.locator(".fd-standing")).to_contain_text("已保存", timeout=PATIENCE)
        return self.draft()

    def draft(self) -> dict[str, Any]:
        return dict(self.page.evaluate("path => fetch(path).then(answer => answer.json())", self.draft_route))

    def rows(self) -> list[str]:
        """What the tree says, row by row, what stands in a part indented."""
        return list(
            self.page.evaluate(
                "[...document.querySelectorAll('[role=treeitem]')].map(row => "
                "'  '.repeat(row.getAttribute('aria-level') - 1) + row.querySelector('.fd-name bdi').textContent)"
            )
        )

    def row(self, name: str) -> Any:
        return self.page.locator(".fd-row", has=self.page.locator(".fd-name bdi", has_text=name)).first

    def panel(self, label: str) -> Any:
        """The control of that label in the side panel."""
        return self.page.locator("[data-pane=panel]").get_by_label(label, exact=True).first

    def trial(self, label: str) -> Any:
        """The control of that label in the preview."""
        return self.page.locator("[data-pane=preview]").get_by_label(label).first

    def drag(self, name: str, onto: str, *, below: bool = True) -> None:
        """The row is carried by mouse to just below (or above) another."""
        source, target = self.row(name), self.row(onto)
        source.scroll_into_view_if_needed()
        start, end = source.bounding_box(), target.bounding_box()
        mouse = self.page.mouse
        mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(start["x"] + 60, start["y"] + start["height"] / 2 + 12, steps=2)
        mouse.move(end["x"] + 60, end["y"] + end["height"] * (0.85 if below else 0.15), steps=6)
        mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, words: str, most: int = 60) -> None:
        """The focus goes on by Tab until it is on the control that is called so."""
        for _ in range(most):
            self.press("Tab")
            if str(self.page.evaluate(CALLED)).endswith(words):
                return
        raise AssertionError(f"Tab never came to {words!r}")

    def serious(self) -> list[str]:
        """What axe-core finds serious or critical on the whole page."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:160]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


def window(browser: Browser, site: str, session: str, width: int = 1280) -> Page:
    """A page of somebody who is logged in."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    cookies = {"sessionid": session, "csrftoken": "a" * 32}
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
    return context.new_page()


def listen(desk: Desk) -> None:
    """What goes wrong in the page's scripts is told."""
    desk.page.on("pageerror", lambda error: desk.complaints.append(str(error)))


def source_of(module: str, places: Sequence[Path]) -> str:
    """The module as it stands in the first of the places that has it."""
    return next(place / module for place in places if (place / module).is_file()).read_text()


def break_module(page: Page, places: Sequence[Path], broken: tuple[str, str, str]) -> None:
    """The page is served the module with words replaced by others, for saboteurs."""
    module, words, others = broken
    source = source_of(module, places)
    assert words in source, f"{module} no longer says {words!r}"
    page.route(f"**/designer/{module}", _instead(source.replace(words, others)))


def _instead(source: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=source, content_type="text/javascript")
