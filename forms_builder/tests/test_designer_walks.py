"""The form designer in Chromium: by mouse, by keyboard alone, on a narrow screen, on sixty fields and hostile words."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from forms_builder.tests.designing import Drafted, dossier_fields, drafted, sit_down
from forms_builder.tests.factories import DictionaryEntryFactory, DictionaryFactory
from opsplatform.console.tests.browsing import chromium, fits

pytestmark = pytest.mark.browser


@pytest.fixture
def item(database_clone: str, live_site: str) -> Drafted:
    """An item with the real form of a dossier."""
    return drafted(dossier_fields(), has_dictionaries=True)


@pytest.fixture
def browser(item: Drafted) -> Iterator[Browser]:
    """Started after the item: its event loop keeps Django from the database."""
    with chromium() as one:
        yield one


def test_a_list_follows_the_field_on_which_it_depends(database_clone: str, live_site: str) -> None:
    districts = DictionaryFactory(code="qx", name="区")
    streets = DictionaryFactory(code="jd", name="街道", parent_dictionary=districts)
    for code in "12":
        DictionaryEntryFactory(dictionary=districts, code=code, name=f"{code}区")
        for street in "ab":
            DictionaryEntryFactory(dictionary=streets, code=code + street, name=f"{code}{street}街", parent_code=code)
    kinds = {"order": 10, "data_type": "dict"}
    fields = [
        {"code": "qx", "label": "所在区", "dictionary": "qx", **kinds},
        {"code": "other", "label": "性别", "data_type": "string", "order": 20},
        {"code": "jd", "label": "街道", "dictionary": "jd", **kinds},
    ]
    item = drafted(fields)
    with chromium() as browser:
        desk = sit_down(browser, live_site, item)
        desk.row("街道").click()
        choice = desk.panel("选项取决于")
        expect(choice.locator("option"), "only what lies above").to_have_text(["不取决于其他字段", "所在区"])
        choice.select_option(label="所在区")
        desk.trial("街道").select_option(label="1a街")
        desk.trial("所在区").select_option(label="1区")
        expect(desk.trial("街道").locator("option")).to_have_text(["请选择", "1a街", "1b街"])
        wrong = "不属于“所在区”所选的一项，请改选“街道”，或改正“所在区”"
        expect(desk.page.locator(".fd-paper")).not_to_contain_text(wrong)
        desk.trial("所在区").select_option(label="2区")
        expect(desk.page.locator(".fd-paper")).to_contain_text(wrong)
        desk.trial("街道").select_option(label="2b街")
        expect(desk.page.locator(".fd-paper")).not_to_contain_text(wrong)
        desk.row("所在区").click()
        desk.page.locator("summary", has_text="代码与位置").click()
        desk.panel("代码").fill("district")
        desk.panel("代码").press("Enter")
        assert {one["code"]: one.get("within") for one in desk.saved()["fields"]}["jd"] == "district"
        desk.page.get_by_role("button", name="删除", exact=True).click()
        expect(desk.page.locator(".fd-toast")).to_contain_text("已删除“所在区”；有 1 个字段的选项取决于它，请改")
        desk.page.locator(".fd-toast").get_by_role("button", name="撤销").click()
        desk.row("所在区").click()
        desk.panel("类型").select_option(label="单行文字")
        desk.saved()
        desk.row("街道").click()
        expect(desk.page.locator("[data-pane=panel] [data-property=within]")).to_contain_text("不能取决于“所在区”")


def test_a_form_is_built_by_mouse(browser: Browser, live_site: str, item: Drafted) -> None:
    desk = sit_down(browser, live_site, item)
    page = desk.page
    page.get_by_role("button", name="添加分组").click()
    desk.panel("分组名称").fill("从业人员")
    desk.add("人员名单")
    assert desk.rows()[-2:] == ["从业人员", "  人员名单"]
    desk.panel("最多行数").fill("5")
    page.locator(".fd-column summary", has_text="联系电话").click()
    page.locator(".fd-column[open]").get_by_label("必填").check()
    desk.add("单选")
    desk.panel("名称").fill("有无住宿")
    desk.drag("人员名单", "有无住宿")
    assert desk.rows()[-3:] == ["从业人员", "  有无住宿", "  人员名单"]
    page.get_by_role("button", name="添加显示条件").click()
    page.locator(".fd-test").get_by_label("字段").select_option(label="有无住宿")
    page.locator(".fd-test").get_by_label("值").select_option(label="选项二")
    expect(page.locator(".fd-told")).to_have_text("显示：“有无住宿” 为 “选项二”")

    table = page.locator(".fd-paper .fd-field", has_text="人员名单").first
    expect(table).to_be_hidden()
    desk.trial("有无住宿").select_option(label="选项二")
    expect(table).to_be_visible()
    table.get_by_label("身份证号").fill("110105194912310021")
    table.get_by_label("姓名").click()
    expect(table).to_contain_text("不是有效的居民身份证号码")
    table.get_by_label("身份证号").fill("11010519491231002X")
    table.get_by_label("姓名").click()
    expect(table).not_to_contain_text("不是有效的居民身份证号码")

    saved = desk.saved()
    assert [(one["code"], one.get("group")) for one in saved["fields"]][-2:] == [
        ("field_1", "section_1"),
        ("people", "section_1"),
    ]
    people = saved["fields"][-1]
    assert people["visible_when"] == {"q": "field_1", "op": "eq", "value": "2"}
    assert people["max_items"] == 5 and people["columns"][2]["required"]
    desk.row("有无住宿").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.locator(".fd-toast")).to_contain_text("有 1 处显示条件用到它")
    page.locator(".fd-toast").get_by_role("button", name="撤销").click()
    assert desk.saved() == saved
    desk.open()
    assert desk.rows()[-3:] == ["从业人员", "  有无住宿", "  人员名单"]
    assert desk.complaints == []


def test_a_form_is_built_by_keyboard_alone(browser: Browser, live_site: str, item: Drafted) -> None:
    desk = sit_down(browser, live_site, item)
    page, heard = desk.page, desk.page.locator(".fd-voice")
    for _ in range(60):
        desk.press("Tab")
        if page.evaluate("document.activeElement.textContent").endswith("添加分组"):
            break
    desk.press("Enter")
    page.keyboard.type("从业人员")
    desk.press("Alt+n", "End", *["ArrowRight"] * 9, "Enter")  # the last of the fields asked again and again: a table
    expect(heard).to_have_text("已添加“人员名单”，在分组“从业人员”第 1 位，共 1 个")
    page.keyboard.type("厨师名单")
    desk.press("Escape", "Alt+ArrowUp")
    assert desk.rows()[-2:] == ["厨师名单", "从业人员"], "up across the edge of the section"
    desk.press("Alt+ArrowDown")
    expect(heard).to_have_text("“厨师名单”在分组“从业人员”第 1 位，共 1 个")
    desk.press("ArrowUp", "Alt+ArrowUp")
    expect(heard).to_have_text("已经在最前面")
    desk.press("Home", "Delete", "Control+z", "Control+d")
    assert desk.rows()[:3] == ["经营者名称", "经营者名称（副本）", "社会信用代码(身份证号码)"]
    desk.press("Delete", "End", "Enter")
    for _ in range(30):
        desk.press("Tab")
        if page.evaluate("document.activeElement.textContent").endswith("添加显示条件"):
            break
    desk.press("Enter")
    place = [one["label"] for one in dossier_fields()].index("经营项目")
    desk.press(*["ArrowDown"] * place)
    expect(page.locator(".fd-test").get_by_label("字段")).to_be_focused()
    expect(page.locator(".fd-told")).to_have_text("显示：“经营项目” 选了 “热食类食品制售”")
    desk.press("Control+z", "Control+z", "Control+Shift+z")
    desk.press("Control+s")
    saved = desk.saved()
    assert saved["sections"] == [{"code": "section_1", "name": "从业人员"}]
    assert saved["fields"][-1]["label"] == "厨师名单" and saved["fields"][-1]["group"] == "section_1"
    assert "visible_when" in saved["fields"][-1]
    assert len(saved["fields"]) == len(dossier_fields()) + 1
    desk.open()
    assert desk.rows()[-2:] == ["从业人员", "  厨师名单"]
    assert desk.complaints == []


def test_on_a_narrow_screen_one_pane_is_seen_at_a_time_and_nothing_is_cut_off(
    browser: Browser, live_site: str, item: Drafted
) -> None:
    desk = sit_down(browser, live_site, item, width=390)
    page = desk.page
    assert fits(page)
    page.get_by_role("treeitem", name="经营项目").click()
    expect(desk.panel("名称")).to_have_value("经营项目")
    assert fits(page)
    page.get_by_role("button", name="预览", exact=True).click()
    expect(desk.trial("经营者名称")).to_be_visible()
    expect(desk.panel("名称")).to_be_hidden()
    assert fits(page)
    page.get_by_role("button", name="结构", exact=True).click()
    desk.add("身份证号")
    expect(desk.panel("名称")).to_be_focused()
    assert desk.saved()["fields"][-1]["code"] != "经营项目"
    assert desk.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(browser: Browser, live_site: str, item: Drafted, width: int) -> None:
    desk = sit_down(browser, live_site, item, width=width)
    page = desk.page
    found = {"as it opens": desk.serious()}
    desk.add("人员名单")
    page.locator(".fd-column summary").first.click()
    page.get_by_role("button", name="添加显示条件").click()
    found["properties"] = desk.serious()
    page.keyboard.press("Alt+n")
    found["the dialog"] = desk.serious()
    page.keyboard.press("Escape")
    if width == 390:
        page.get_by_role("button", name="预览", exact=True).click()
    page.get_by_role("button", name="校验").click()
    found["what is wrong"] = desk.serious()
    page.evaluate("document.documentElement.classList.add('dark')")
    found["in the dark"] = desk.serious()
    assert [one for ones in found.values() for one in ones] == [], found


def test_axe_would_find_a_control_without_a_name(browser: Browser, live_site: str, item: Drafted) -> None:
    """Saboteur: buttons with a picture alone say nothing."""
    broken = ("dom.js", '{ "aria-label": words, title: words }', "{}")
    assert any("button-name" in one for one in sit_down(browser, live_site, item, broken=broken).serious())
