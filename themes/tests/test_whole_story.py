"""The whole story in a browser: the city changes a theme, districts follow or decide, all of it is taken back.

Editor, partner, lead department and platform of the city, and Minhang's two people: each does their own part.
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from opsplatform.catalog.models import ServiceItem
from opsplatform.console.tests.browsing import fits
from themes.tests.demonstrated import DOG, get
from themes.tests.guidance_designing import GuidanceDesk
from themes.tests.localised import DAYS, HALL, HUANGPU, MINHANG, PHONE_HALL, put_on_show
from themes.tests.test_walk import browser, signed_in, token

__all__ = ["browser", "token"]

PICTURES = os.environ.get("PICTURES", "")  # a directory: what the pages look like is kept there
PUDONG = "310115"  # only in the second stage
RULE, OLD_WORDS, NEW_WORDS = "D03", "犬龄满三个月后再申请登记。", "犬龄满三个月并完成免疫后再申请登记。"


class State(NamedTuple):
    """What REST says of a district: the city's version, promised days of the registration, the rule, its window."""

    version: int
    days: int
    words: str
    has_own_window: bool


CENTRAL_OLD, CENTRAL_NEW = State(1, 3, OLD_WORDS, False), State(2, 3, NEW_WORDS, False)  # the city promises less there
MINHANG_OLD, MINHANG_NEW = State(1, 3, OLD_WORDS, True), State(2, 3, NEW_WORDS, True)
OLD, NEW = State(1, 5, OLD_WORDS, False), State(2, 4, NEW_WORDS, False)


class Known(NamedTuple):
    """What the database knows and the browser's thread cannot ask: the page of the item, what the rule is called."""

    item_page: str
    rule: str


@pytest.fixture
def known(demo_clone: str, live_site: str) -> Known:
    """Minhang shows its own days and window."""
    put_on_show({DAYS: 3, PHONE_HALL: HALL})
    draft = get(DOG).subject.draft
    (key,) = (one["item"] for one in draft["items"] if one["code"] == "REGP")
    (rule,) = (one["name"] for one in draft["guidance"]["rules"] if one["code"] == RULE)
    return Known(reverse("admin:catalog_serviceitem_change", args=[ServiceItem.objects.get(key=key).pk]), rule)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_city_changes_a_theme_districts_decide_and_all_of_it_is_rolled_back(
    live_site: str, known: Known, token: str, browser: Browser, width: int
) -> None:
    Story(live_site, token, browser, width, known).tell()


class Story:
    """The acts in their order; what REST says after each is asked at the end, of the moments noted meanwhile."""

    def __init__(self, site: str, token: str, browser: Browser, width: int, known: Known) -> None:
        self.site, self.token, self.known = site, token, known
        self.browser, self.width = browser, width
        self.pages: dict[str, Page] = {}
        self.moments: dict[str, datetime] = {}
        self.district = f"{site}/themes/{DOG}/localisations/{MINHANG}/"

    def tell(self) -> None:
        self.note("before")
        self.the_city_writes()
        self.the_city_approves()
        plan = self.the_city_plans()
        self.note("planned")
        self.run(plan, 1, "1 处上线了新的版本。另有 1 处与区里的改动有冲突，等区里决定")
        self.note("first stage")
        self.minhang_decides()
        self.note("decided")
        self.run(plan, 2, "14 处上线了新的版本")
        self.note("everywhere")
        self.the_city_rolls_back(plan)
        self.note("rolled back")
        told = {name: [self.state(place, at) for place in (HUANGPU, MINHANG, PUDONG)] for name, at in self.said()}
        assert told == {
            "before": [CENTRAL_OLD, MINHANG_OLD, OLD],
            "planned": [CENTRAL_OLD, MINHANG_OLD, OLD],
            "first stage": [CENTRAL_NEW, MINHANG_OLD, OLD],
            "decided": [CENTRAL_NEW, MINHANG_NEW, OLD],
            "everywhere": [CENTRAL_NEW, MINHANG_NEW, NEW],
            "rolled back": [CENTRAL_OLD, MINHANG_OLD, OLD],
            "now": [CENTRAL_OLD, MINHANG_OLD, OLD],
        }

    # --- the acts ----------------------------------------------------------------------------------------------------

    def the_city_writes(self) -> None:
        page = self.at("ga_editor", self.known.item_page)
        table = page.locator("[name=division_days]")
        lines = table.input_value().splitlines()
        (line,) = (number for number, text in enumerate(lines) if MINHANG in text.split() and PUDONG in text.split())
        lines[line] = " ".join("4" if word == "5" else word for word in lines[line].split())
        table.fill("\n".join(lines))
        page.locator("[name=_save]").first.click()
        self.change_rule()
        page = self.at("ga_editor", f"/themes/{DOG}/parts/guidance/")
        assert NEW_WORDS in self.seen(page, "rules")
        page = self.at("ga_editor", f"/themes/{DOG}/findings/")
        assert "用例" in self.seen(page, "gate")
        page = self.at("ga_editor", f"/themes/{DOG}/parts/cases/")
        self.seen(page, "cases")
        page.fill("[name=reason]", "承诺时限改为四个工作日")
        page.get_by_role("button", name="接受现在的结果，作为预期").click()
        page = self.at("ga_editor", f"/themes/{DOG}/localisation-policy/")
        assert "旧版保留" in self.seen(page, "policy")
        page = self.at("ga_editor", f"/themes/{DOG}/submit/")
        shown = self.seen(page, "submit")
        assert NEW_WORDS in shown and OLD_WORDS in shown
        page.fill("textarea[name=note]", "承诺改为四个工作日；未满三个月的提示语补充免疫要求")
        page.get_by_role("button", name="确认提交").click()

    def change_rule(self) -> None:
        """In the designer, which saves by itself."""
        page = self.at("ga_editor", f"/themes/{DOG}/guidance/")
        desk = GuidanceDesk(page, self.site, f"/themes/{DOG}/guidance/", f"/api/v1/themes/{DOG}/draft/")
        page.wait_for_selector(".fd-desk.is-ready")
        desk.row(self.known.rule).click()
        reason = desk.panel("原因")
        assert reason.input_value() == OLD_WORDS
        reason.fill(NEW_WORDS)
        reason.press("Tab")
        desk.saved()
        self.seen(page, "designer")

    def the_city_approves(self) -> None:
        for account in ("ny_reviewer", "ga_reviewer", "operator"):
            page = self.at(account, f"/themes/{DOG}/review/")
            shown = self.seen(page, f"review_{account}")
            assert NEW_WORDS in shown and OLD_WORDS in shown, "the reviewer sees the difference"
            page.fill("#decision textarea[name=note]", "同意")
            page.get_by_role("button", name="通过版本 2").click()
        assert "已批准" in self.at("operator", f"/themes/{DOG}/").inner_text("body")

    def the_city_plans(self) -> str:
        page = self.at("operator", f"/themes/plans/new/?theme={DOG}")
        page.fill("input[name=title]", "犬证新规")
        page.locator("[name=division-1][value=rest]").uncheck()
        for code in (HUANGPU, MINHANG):
            page.locator(f"[name=division-1][value='{code}']").check()
        page.locator("summary", has_text="第 2 批").click()
        page.locator("[name=division-2][value=rest]").check()
        page.fill("textarea[name=note]", "先在两个区试行")
        page.fill("textarea[name=public_note]", "启用新的办理规则。")
        self.seen(page, "plan_form")
        page.get_by_role("button", name="保存计划").click()
        self.seen(page, "plan")
        return page.url.removeprefix(self.site)

    def run(self, plan: str, position: int, told: str) -> None:
        page = self.at("operator", plan)
        page.get_by_role("button", name="立即发布这一批").click()
        assert told in self.seen(page, f"stage_{position}")

    def minhang_decides(self) -> None:
        page = self.at("mh_editor", "/")
        shown = self.seen(page, "district_home")
        assert "市级变更待本区决定" in shown and "1 处冲突" in shown
        page = self.at("mh_editor", self.district.removeprefix(self.site))
        shown = self.seen(page, "district")
        assert "市级改了 1 处本区也改过的内容" in shown and "与在用的相比" in shown and NEW_WORDS in shown
        page.get_by_role("link", name="逐处比较、选择").click()
        self.seen(page, "conflict")
        assert [one.inner_text().splitlines()[1] for one in page.locator(".th-three > div").all()] == ["5", "4", "3"]
        page.get_by_role("button", name="保留本区的").click()
        assert "冲突都已决定" in self.seen(page, "settled")
        page = self.at("mh_editor", self.district.removeprefix(self.site))
        page.fill("textarea[name=note]", "保留三个工作日")
        page.get_by_role("button", name="提交审核").click()
        for account in ("mh_publisher", "operator"):
            page = self.at(account, self.district.removeprefix(self.site))
            self.seen(page, f"district_review_{account}")
            page.fill("#decision textarea[name=note]", "同意")
            page.get_by_role("button", name="批准").click()
        page = self.at("mh_publisher", "/")
        assert "已批准，等待本区发布" in self.seen(page, "publisher_home")
        page = self.at("mh_publisher", self.district.removeprefix(self.site))
        page.fill("textarea[name=note]", "按市里的新版发布")
        page.get_by_role("button", name="发布本地化版本 2").click()
        assert "在用：市 v2，本地化 v2" in self.seen(page, "district_published")

    def the_city_rolls_back(self, plan: str) -> None:
        page = self.at("operator", plan)
        page.locator("summary", has_text="整批回退").click()
        page.locator("form:has([value=roll_back]) textarea[name=note]").fill("规则有误")
        self.seen(page, "rolling_back")
        page.get_by_role("button", name="确认回退").click()
        assert "已整批回退" in self.seen(page, "rolled_back")
        page = self.at("operator", f"/themes/{DOG}/history/")
        page.locator("summary", has_text="闵行区").click()
        assert "规则有误" in self.seen(page, "history")
        page = self.at("mh_editor", self.district.removeprefix(self.site))
        assert "在用：市 v1，本地化 v1" in self.seen(page, "district_rolled_back")

    # --- looking -----------------------------------------------------------------------------------------------------

    def at(self, account: str, path: str) -> Page:
        """The page, as the account sees it; everybody stays signed in."""
        if account not in self.pages:
            self.pages[account] = signed_in(self.browser, self.site, account, self.width)
        self.pages[account].goto(f"{self.site}{path}")
        return self.pages[account]

    def seen(self, page: Page, name: str) -> str:
        """The text of a page that fits its window; kept as a picture where that is asked for."""
        assert fits(page), name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}_{self.width}.png", full_page=True)
        return page.inner_text("body")

    def note(self, name: str) -> None:
        """What REST says of this moment is asked at the end."""
        self.moments[name] = datetime.now(UTC)

    def said(self) -> Iterator[tuple[str, datetime | None]]:
        yield from self.moments.items()
        yield "now", None

    def state(self, division: str, at: datetime | None) -> State:
        """What the export tells the acceptance platform of the district, now or of that moment."""
        query = f"?{urlencode({'at': at.isoformat()})}" if at else ""
        request = urllib.request.Request(
            f"{self.site}/api/v1/export/themes/{DOG}/{division}/{query}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request) as answer:
            package: dict[str, Any] = json.load(answer)
        (item,) = (one for one in package["items"] if one["code"] == "REGP")
        (rule,) = (one for one in package["guidance"]["rules"] if one["code"] == RULE)
        return State(
            version=package["meta"]["version"],
            days=item["promised_days_here"],
            words=rule["effects"][0]["message"],
            has_own_window=HALL["address"] in {point["address"] for point in package["service_points"]},
        )
