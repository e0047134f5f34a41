"""The whole road in a browser: an editor changes a notice, a reviewer sees the difference, an operator releases it."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from opsplatform.accounts.models import Role, User
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.console.tests.browsing import chromium, fits, log_in
from opsplatform.organizations.models import Division

pytestmark = pytest.mark.browser

THEME = "YJS-310000-L1-0001"
NEW_WORDS = "采用告知承诺方式的，材料齐全当日办结；二十个工作日内现场核查。"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


def signed_in(browser: Browser, site: str, username: str, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
    log_in(page, site, username, settings.DEMO_PASSWORD)
    return page


def decide(page: Page, site: str, note: str) -> None:
    """Whoever is at the page approves version 2."""
    page.goto(f"{site}/themes/{THEME}/review/")
    page.fill("#decision textarea[name=note]", note)
    page.get_by_role("button", name="通过版本 2").click()
    page.wait_for_load_state()


@pytest.fixture
def token(demo_clone: str, live_site: str) -> str:
    """The acceptance platform's token, had before the browser starts: its event loop keeps Django from the database."""
    client = register_machine_client(
        actor=User.objects.get(username="sysadmin"),
        name="统一受理平台",
        role=Role.objects.get(code="acceptance_platform"),
        division=Division.objects.get(code="310000"),
        scopes=["export:read"],
    )
    basic = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    request = urllib.request.Request(
        f"{live_site}/oauth/token/",
        data=b"grant_type=client_credentials&scope=export:read",
        headers={"Authorization": f"Basic {basic}"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["access_token"])


def live_package(site: str, token: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{site}/api/v1/export/themes/{THEME}/310101/", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_changed_notice_reaches_the_acceptance_platform_through_three_people(
    live_site: str, token: str, browser: Browser, width: int
) -> None:
    assert live_package(live_site, token)["meta"]["version"] == 1  # type: ignore[index]

    editor = signed_in(browser, live_site, "sj_editor", width)
    editor.goto(f"{live_site}/themes/{THEME}/edit/")
    assert fits(editor)
    notice = editor.locator("textarea[name=notice_content]").nth(2)
    assert "消防救援机构" in notice.input_value()
    notice.fill(NEW_WORDS)
    editor.get_by_role("button", name="保存", exact=True).click()
    editor.goto(f"{live_site}/themes/{THEME}/submit/")
    assert NEW_WORDS in editor.inner_text("body"), "who submits sees what changed"
    editor.fill("textarea[name=note]", "按新口径修改消防须知")
    editor.get_by_role("button", name="确认提交").click()
    for partner in ("lh_reviewer", "xf_reviewer"):
        decide(signed_in(browser, live_site, partner, width), live_site, "本部门的内容无误")
    editor.goto(f"{live_site}/themes/{THEME}/review/")
    assert not editor.get_by_role("button", name="通过版本").is_visible(), "an author is not offered to approve"

    reviewer = signed_in(browser, live_site, "sj_reviewer", width)
    reviewer.goto(f"{live_site}/themes/{THEME}/review/")
    assert fits(reviewer)
    shown = reviewer.inner_text("body")
    assert NEW_WORDS in shown, "the reviewer sees the new words"
    assert "消防救援机构自许可之日起" in shown, "and the old ones"
    assert live_package(live_site, token)["meta"]["version"] == 1, "nothing is live before the release"  # type: ignore[index]
    decide(reviewer, live_site, "与规定一致")
    decide(signed_in(browser, live_site, "operator2", width), live_site, "可以发布")

    operator = signed_in(browser, live_site, "operator", width)
    operator.goto(f"{live_site}/themes/{THEME}/release/")
    assert fits(operator)
    operator.fill("textarea[name=note]", "消防须知更新")
    operator.get_by_role("button", name="确认发布").click()
    operator.wait_for_load_state()

    package = live_package(live_site, token)
    assert package["meta"]["version"] == 2  # type: ignore[index]
    notices = {one["code"]: one["content"] for one in package["notices"]}  # type: ignore[attr-defined, union-attr]
    assert notices["N_FIRE_COMMIT"] == NEW_WORDS
    operator.goto(f"{live_site}/themes/{THEME}/history/")
    operator.locator("summary", has_text="黄浦区").click()
    assert "消防须知更新" in operator.inner_text("body")
    assert fits(operator)
