"""What the designer does when saving is not plain sailing: two windows, no network, a refusal, a lost session."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Route, expect

from forms_builder.tests.designing import MODULES, Drafted, FormDesk, dossier_fields, drafted, sit_down
from opsplatform.console.tests.browsing import chromium
from opsplatform.console.tests.designing import break_module

pytestmark = pytest.mark.browser
Sit = Callable[..., FormDesk]
FIELDS = [one for one in dossier_fields() if "dictionary" not in one]  # no register is needed for these


@pytest.fixture
def item(database_clone: str, live_site: str) -> Drafted:
    """An item with fields of a real form."""
    return drafted(FIELDS)


@pytest.fixture
def browser(item: Drafted) -> Iterator[Browser]:
    """Started after the item: its event loop keeps Django from the database."""
    with chromium() as one:
        yield one


@pytest.fixture
def sit(browser: Browser, live_site: str, item: Drafted) -> Sit:
    """Somebody sits down before the item's form."""

    def before(**options: object) -> FormDesk:
        return sit_down(browser, live_site, item, **options)  # type: ignore[arg-type]

    return before


def rename(desk: FormDesk, name: str, to: str) -> None:
    desk.row(name).click()
    desk.panel("名称").fill(to)


def labels(desk: FormDesk) -> dict[str, str]:
    return {one["code"]: one["label"] for one in desk.draft()["fields"]}


def two_at_once(sit: Sit) -> tuple[FormDesk, FormDesk]:
    """Both have the form open; the first has saved two changes, the second has just made one of them otherwise."""
    first, second = sit(), sit(username="operator")
    rename(first, "门店名称", "招牌名称")
    rename(first, "职工人数", "从业人数")
    first.saved()
    rename(second, "门店名称", "店名")
    second.row("寄送地址").click()
    second.page.keyboard.press("Delete")
    dialog = second.page.get_by_role("dialog", name="这张表单已被别人改动")
    expect(dialog).to_contain_text("字段“店名”的名称：“门店名称” → “招牌名称”")
    expect(dialog).to_contain_text("“职工人数” → “从业人数”")
    expect(dialog).to_contain_text("两边都改了：“店名”的名称")
    expect(second.page.locator(".fd-standing")).to_contain_text("未保存：别人已改动这张表单")
    return first, second


def test_two_at_once_are_merged_and_nothing_is_lost(sit: Sit) -> None:
    first, second = two_at_once(sit)
    second.page.get_by_role("button", name="合并两边").click()
    second.saved()
    merged = labels(second)
    assert (merged["SHOP_NAME"], merged["STAFF"]) == ("店名", "从业人数"), "one's own where both changed the same"
    assert "寄送地址" not in merged.values()
    assert first.complaints == second.complaints == []


def test_two_who_each_add_something_keep_both_though_it_got_the_same_code(sit: Sit) -> None:
    first, second = sit(), sit(username="operator")
    for desk, name in ((first, "甲栏"), (second, "乙栏")):
        desk.add("单行文字")
        desk.panel("名称").fill(name)
        if desk is first:
            first.saved()
    dialog = second.page.get_by_role("dialog", name="这张表单已被别人改动")
    expect(dialog).to_contain_text("增加了字段“甲栏”")
    expect(dialog).not_to_contain_text("两边都改了")
    assert dialog.get_by_text("次序有变动").count() <= 1, "told once, not of every field"
    second.page.get_by_role("button", name="合并两边").click()
    second.saved()
    assert {"甲栏", "乙栏"} <= set(labels(second).values())
    assert first.complaints == second.complaints == []


def add_and_lose_the_answer(desk: FormDesk, meanwhile: Callable[[], None] = lambda: None) -> None:
    """A new field is saved, nobody hears of it, and it is changed before the network is back."""
    heard: list[int] = []

    def unheard(route: Route) -> None:
        if route.request.method != "PUT":
            return route.continue_()
        if not heard:
            heard.append(route.fetch().status)
        return route.abort()

    desk.page.route("**/draft/", unheard)
    desk.add("单行文字")
    desk.panel("名称").fill("甲栏")
    expect(desk.page.locator(".fd-standing")).to_contain_text("网络不通")
    assert heard == [200]
    desk.panel("名称").fill("甲栏改")
    meanwhile()
    desk.page.unroute("**/draft/")


def test_what_was_saved_unheard_and_changed_since_is_the_page_s_own_work(sit: Sit) -> None:
    desk = sit()
    before = len(labels(desk))
    add_and_lose_the_answer(desk)
    desk.saved()
    assert [name for name in labels(desk).values() if name.startswith("甲栏")] == ["甲栏改"]
    assert len(labels(desk)) == before + 1
    assert desk.page.get_by_role("dialog").count() == 0, "nobody else changed anything"


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (None, ["甲栏改"]),
        (("desk.js", "const saved = this.heldIn(theirs.tree);", "const { saved } = this.saver;"), ["甲栏", "甲栏改"]),
    ],
    ids=["as it is", "saboteur"],
)
def test_a_field_saved_unheard_stands_once_beside_what_another_changed_since(
    sit: Sit, broken: tuple[str, str, str] | None, names: list[str]
) -> None:
    desk, other = sit(broken=broken), sit(username="operator")

    def rename_there() -> None:
        other.open()
        rename(other, "职工人数", "从业人数")
        other.saved()

    add_and_lose_the_answer(desk, rename_there)
    desk.page.get_by_role("button", name="合并两边").click()
    desk.saved()
    found = labels(desk)
    assert sorted(name for name in found.values() if name.startswith("甲栏")) == names
    assert found["STAFF"] == "从业人数"


def test_two_at_once_one_takes_the_other_s_and_gets_the_own_back_by_undoing(sit: Sit) -> None:
    _, second = two_at_once(sit)
    second.page.get_by_role("button", name="用对方的").click()
    assert "招牌名称" in second.rows() and "寄送地址" in second.rows()
    assert labels(second)["SHOP_NAME"] == "招牌名称"
    second.page.get_by_role("button", name="撤销", exact=True).first.click()
    second.saved()
    assert labels(second)["SHOP_NAME"] == "店名"


def test_two_at_once_one_looks_first_and_then_overwrites(sit: Sit) -> None:
    _, second = two_at_once(sit)
    with second.page.context.expect_page() as opened:
        second.page.get_by_role("link", name="看对方的").click()
    look = opened.value
    look.wait_for_selector(".fd-desk.is-ready")
    assert "招牌名称" in look.inner_text(".fd-tree")
    assert look.get_by_role("button", name="添加字段").count() == 0, "who looks changes nothing"
    second.page.bring_to_front()
    second.page.get_by_role("button", name="用我的").click()
    second.saved()
    assert (labels(second)["SHOP_NAME"], labels(second)["STAFF"]) == ("店名", "职工人数")


def test_without_the_revision_that_was_seen_somebody_s_work_would_be_lost(sit: Sit) -> None:
    """Saboteur: a page that always names the latest revision overwrites what it never saw."""
    first = sit()
    second = sit(
        username="operator",
        broken=(
            "saving.js",
            "    async put(document) {",
            "    async put(document) { this.revision = (await this.theirs()).revision;",
        ),
    )
    rename(first, "职工人数", "从业人数")
    first.saved()
    rename(second, "门店名称", "店名")
    second.saved()
    assert labels(second)["STAFF"] == "职工人数"


def test_what_the_network_loses_this_browser_keeps_and_offers_again(sit: Sit) -> None:
    desk = sit()
    page = desk.page
    page.context.set_offline(True)
    rename(desk, "门店名称", "招牌名称")
    expect(page.locator(".fd-standing")).to_contain_text("未保存：网络不通")
    page.context.set_offline(False)
    desk.saved()
    assert labels(desk)["SHOP_NAME"] == "招牌名称", "saved by itself once the network is back"

    page.context.set_offline(True)
    rename(desk, "招牌名称", "字号")
    expect(page.locator(".fd-standing")).to_contain_text("未保存：网络不通")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert "字号" in page.evaluate("JSON.stringify(localStorage)")
    # What a page sends while it is left escapes the browser's feigned loss of the network: this page loses it for good.
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')); }")
    page.goto("about:blank")
    page.context.set_offline(False)
    desk.open()
    assert labels(desk)["SHOP_NAME"] == "招牌名称"
    expect(page.locator(".fd-shelf")).to_contain_text("没有保存成功的改动")
    page.locator(".fd-shelf").get_by_role("button", name="恢复").click()
    assert "字号" in desk.rows()
    desk.saved()
    assert labels(desk)["SHOP_NAME"] == "字号"
    desk.open()
    expect(page.locator(".fd-shelf")).to_be_hidden()


@pytest.mark.parametrize(
    ("broken", "is_kept"),
    [(None, True), (("shelf.js", "this.name = `${this.of}\\n$", "this.name = `${this.of}`; `$"), False)],
    ids=["as it is", "saboteur"],
)
def test_two_windows_of_one_person_keep_what_each_could_not_save(
    sit: Sit, broken: tuple[str, str, str] | None, is_kept: bool
) -> None:
    first = sit(broken=broken)

    def another() -> FormDesk:
        page = first.page.context.new_page()
        if broken is not None:
            break_module(page, MODULES, broken)
        desk: FormDesk = replace(first, page=page).open()
        return desk

    def cut_off(desk: FormDesk) -> None:
        desk.page.route("**/draft/", lambda route: route.abort())

    second = another()
    cut_off(first)
    rename(first, "门店名称", "招牌名称")
    expect(first.page.locator(".fd-standing")).to_contain_text("未保存：网络不通")
    rename(second, "职工人数", "从业人数")
    second.saved()
    assert ("招牌名称" in second.page.evaluate("JSON.stringify(localStorage)")) == is_kept
    if not is_kept:
        return
    cut_off(second)
    rename(second, "从业人数", "用工人数")
    expect(second.page.locator(".fd-standing")).to_contain_text("未保存：网络不通")
    third = another()
    offered = third.page.locator(".fd-shelf > div")
    expect(offered).to_have_count(2)
    offered.first.get_by_role("button", name="恢复").click()
    third.saved()
    assert labels(third)["STAFF"] == "用工人数"
    offered.get_by_role("button", name="恢复").click()
    third.page.get_by_role("button", name="合并两边").click()
    third.saved()
    assert (labels(third)["STAFF"], labels(third)["SHOP_NAME"]) == ("用工人数", "招牌名称")
    expect(third.page.locator(".fd-shelf")).to_be_hidden()


def test_what_the_server_refuses_stands_beside_the_field_with_a_way_to_it(sit: Sit) -> None:
    desk = sit()
    page = desk.page
    rename(desk, "门店名称", "招牌\u202e名称")
    expect(page.locator(".fd-standing")).to_contain_text("未保存：有 1 处需要改正")
    desk.row("职工人数").click()
    page.get_by_role("button", name="去改正").click()
    expect(desk.panel("名称")).to_be_focused()
    expect(page.locator("[data-pane=panel] [data-property=label]")).to_contain_text("不可见的控制字符")
    expect(page.get_by_role("treeitem", name="有 1 个问题")).to_have_count(1)
    desk.panel("名称").fill("招牌名称")
    desk.saved()
    assert labels(desk)["SHOP_NAME"] == "招牌名称"


def test_what_the_gate_finds_stands_beside_the_field(sit: Sit) -> None:
    desk = sit()
    page = desk.page
    desk.row("职工人数").click()
    desk.panel("最小值").fill("9")
    desk.panel("最大值").fill("3")
    expect(page.locator(".fd-findings summary")).to_contain_text("1 个问题须解决")
    expect(page.locator("[data-pane=panel] [data-property=minimum]")).to_contain_text("下限 9 大于上限 3")
    desk.row("寄送地址").click()
    page.locator(".fd-findings summary").click()
    page.locator(".fd-findings").get_by_role("button").click()
    expect(desk.panel("最小值")).to_be_focused()
    desk.panel("最大值").fill("30")
    expect(page.locator(".fd-findings")).to_be_hidden()


@pytest.mark.parametrize("lost", ["sessionid", "csrftoken"])
def test_who_was_logged_out_loses_nothing(sit: Sit, lost: str) -> None:
    desk = sit()
    page = desk.page
    page.wait_for_load_state("networkidle")  # every answer renews the session
    cookies = page.context.cookies()
    assert lost in {one.get("name") for one in cookies}
    page.context.clear_cookies(name=lost)
    rename(desk, "门店名称", "招牌名称")
    expect(page.locator(".fd-standing")).to_contain_text("登录已过期")
    expect(page.get_by_role("link", name="重新登录")).to_be_visible()
    page.context.add_cookies(cookies)
    page.evaluate("dispatchEvent(new Event('focus'))")
    desk.saved()
    assert labels(desk)["SHOP_NAME"] == "招牌名称"


def test_who_may_not_edit_tries_the_form_and_changes_nothing(sit: Sit) -> None:
    desk = sit(username="reviewer")
    page = desk.page
    expect(page.locator(".fd-bar")).to_contain_text("您只能查看这张表单")
    assert page.get_by_role("button", name="添加字段").count() == 0
    desk.row("门店名称").click()
    expect(desk.panel("名称")).to_be_disabled()
    desk.press("Delete", "Alt+ArrowUp", "Control+z")
    desk.trial("门店名称").fill("老王面馆")
    assert desk.rows() == [one["label"] for one in FIELDS]
    assert desk.complaints == []
