"""The road of a plan in a browser: staged in two steps, paused, rolled back together; and what was on show, when."""

import pytest
from playwright.sync_api import Browser, Page

from opsplatform.console.tests.browsing import fits
from themes.tests.demonstrated import DOG, new_version
from themes.tests.test_walk import browser, signed_in

__all__ = ["browser"]

pytestmark = pytest.mark.browser


@pytest.fixture
def number(demo_clone: str, live_site: str) -> int:
    """An approved version that is on show nowhere, made before the browser starts."""
    return new_version(DOG).number


@pytest.mark.parametrize("width", [1280, 390])
def test_a_staged_release_is_planned_run_paused_and_rolled_back(
    live_site: str, number: int, browser: Browser, width: int
) -> None:
    operator = signed_in(browser, live_site, "operator", width)
    _plan(operator, live_site, number)
    assert fits(operator)
    operator.get_by_role("button", name="立即发布这一批").click()
    assert "第 1 批已发布，2 处上线了新的版本" in operator.inner_text("body")
    operator.get_by_role("button", name="立即发布这一批").click()
    assert "第 2 批已发布，14 处上线了新的版本" in operator.inner_text("body")
    plan = operator.url

    operator.goto(f"{live_site}/themes/{DOG}/pause/")
    assert fits(operator)
    operator.get_by_label("黄浦区").check()
    operator.fill("textarea[name=message]", "系统维护，下周一恢复受理。")
    operator.fill("textarea[name=note]", "升级系统")
    operator.get_by_role("button", name="在所选区暂停受理").click()
    assert "已暂停受理（1 个区）" in operator.inner_text("body")

    operator.goto(f"{live_site}/themes/on-show/?theme={DOG}&division=310101")
    shown = operator.inner_text("body")
    assert f"版本 {number}" in shown and "系统维护，下周一恢复受理。" in shown and "现在仍在用" in shown
    assert fits(operator)

    operator.goto(plan)
    operator.locator("summary", has_text="整批回退").click()
    operator.locator("form:has([value=roll_back]) textarea[name=note]").fill("内容有误")
    operator.get_by_role("button", name="确认回退").click()
    assert "已整批回退" in operator.inner_text("body") and fits(operator)
    operator.goto(f"{live_site}/themes/{DOG}/history/")
    operator.locator("summary", has_text="黄浦区").click()
    history = operator.inner_text("body")
    assert "回退" in history and "内容有误" in history and "起暂停受理" in history
    operator.goto(f"{live_site}/themes/{DOG}/figures/?division=310101")
    operator.locator("summary", has_text="办理时限").first.click()
    assert fits(operator)


def _plan(operator: Page, site: str, number: int) -> None:
    """A plan of two stages: two districts, then all the others."""
    operator.goto(f"{site}/themes/plans/new/?theme={DOG}")
    assert fits(operator)
    operator.fill("input[name=title]", "犬证新规")
    operator.locator("[name=division-1][value=rest]").uncheck()
    for code in ("310101", "310112"):
        operator.locator(f"[name=division-1][value='{code}']").check()
    operator.locator("summary", has_text="第 2 批").click()
    operator.locator("[name=division-2][value=rest]").check()
    operator.fill("textarea[name=note]", "先在两个区试行")
    operator.fill("textarea[name=public_note]", f"启用版本 {number}。")
    operator.get_by_role("button", name="保存计划").click()
    assert "发布计划已制定" in operator.inner_text("body")
