"""The designer of guidance in Chromium: a theme by hand, by keyboard alone, in two windows, on a narrow screen."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from opsplatform.console.tests.browsing import chromium, fits
from opsplatform.console.tests.designing import PATIENCE, session_of
from themes.documents import Guidance, ThemeDocument
from themes.guidance.wording import rule_sentence
from themes.packages.names import item_name, names_of
from themes.services.inspecting import check_theme
from themes.services.showing import show_draft
from themes.tests.demonstrated import DOG, RESTAURANT, account, dossier, get, save
from themes.tests.guidance_designing import GuidanceDesk, Words, sit_down

pytestmark = pytest.mark.browser


def without_guidance(tree: dict[str, Any]) -> None:
    """The theme as it is before anybody has thought of questions: items with their materials, all of them always."""
    tree.pop("guidance")
    for item in tree["items"]:
        item.pop("fields", None)
        for use in item.get("materials", ()):
            use.pop("when", None)
    for use in tree["field_uses"]:
        use.pop("from_question", None)
        use.pop("values", None)


def words_of(code: str) -> Words:
    frozen = show_draft(get(code)).frozen
    names, guide = names_of(frozen), dossier(code)["guide"]
    return Words(
        questions={one["code"]: one["text"] for one in guide["questions"]},
        items={item.code: item_name(frozen, item.code) for item in frozen.document.items},
        notices=dict(names.notices),
        materials=dict(names.materials),
        fields=dict(names.fields),
        values={code: name for values in names.field_values.values() for code, name in values.items()},
    )


@pytest.fixture
def sessions(demo_clone: str, live_site: str) -> dict[str, str]:
    """Of those who sit down: made before the browser, whose event loop keeps Django from the database."""
    return {name: session_of(account(name)) for name in ("ga_editor", "ga_reviewer", "sj_editor", "operator")}


@pytest.mark.slow
def test_the_dog_licence_is_built_by_hand_from_an_empty_theme(live_site: str, sessions: dict[str, str]) -> None:
    words, guide = words_of(DOG), dossier(DOG)["guide"]
    save(DOG, without_guidance)
    blank = blocking(DOG)
    with chromium() as browser:
        desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
        build(desk, guide, words)
        bind(desk, words)
        desk.saved()
        complaints = desk.complaints
    assert complaints == []
    built = msgspec.convert(get(DOG).subject.draft, ThemeDocument).guidance
    assert sentences(built) == sentences(wanted(guide)), "every rule says what the dossier says"
    assert max(built.rules, key=lambda rule: rule.priority).code == "D15", "where it was moved to"
    assert [(one.code, one.text, one.type) for one in built.questions] == [
        (one["code"], one["text"], one["type"]) for one in guide["questions"]
    ]
    assert [one.options for one in built.questions] == [one.options for one in wanted(guide).questions]
    assert blank and blocking(DOG) == [], "every saved case leads to what it led to before"


def wanted(guide: dict[str, Any]) -> Guidance:
    questions = [
        {**one, "options": one["options"] if isinstance(one["options"], list) else []} for one in guide["questions"]
    ]
    return msgspec.convert({**guide, "questions": questions}, Guidance)


def sentences(guidance: Guidance) -> dict[str, str]:
    return {rule.code: rule_sentence(rule, guidance) for rule in guidance.rules}


def blocking(code: str) -> list[str]:
    return [f"{one.code} {one.place}" for one in check_theme(get(code)) if one.is_blocking]


def build(desk: GuidanceDesk, guide: dict[str, Any], words: Words) -> None:
    """Twelve questions and twelve rules, with two things that the proof finds and that are mended on the way."""
    desk.texts = {
        (one["code"], option["code"]): option["text"]
        for one in guide["questions"]
        for option in (one["options"] if isinstance(one["options"], list) else ())
    }
    for question in guide["questions"]:
        desk.add_question(question, words.questions)
    page = desk.page
    desk.row(words.questions[guide["division_question"]]).click()
    desk.panel("以这个回答作为办理区划").check()
    rules = {one["code"]: one for one in guide["rules"]}
    found = page.locator(".fd-findings ul")
    desk.add_rule(rules["D15"], words)
    expect(found).to_contain_text(
        "没有任何事项可办", timeout=PATIENCE
    )  # who has a guide dog pays nothing, and registers nowhere yet
    desk.add_rule(rules["D04"], words)
    expect(found).not_to_contain_text("没有任何事项可办", timeout=PATIENCE)
    for code, rule in rules.items():
        if code not in ("D04", "D15"):
            desk.add_rule(rule, words)
    desk.row(rules["D15"]["name"]).click()
    beside = page.locator("[data-pane=panel] [data-property=effects] > .fd-errors")
    expect(beside).to_contain_text(
        "在任何情形下都不改变结果", timeout=PATIENCE
    )  # the fees after it take its place, whatever is answered
    desk.press(*["Alt+ArrowDown"] * (len(rules) - 1))
    expect(beside).to_be_empty(timeout=PATIENCE)


def bind(desk: GuidanceDesk, words: Words) -> None:
    """Which answers fill which fields, and when which material is asked for."""
    for field in dossier(DOG)["public_fields"]:
        if field.get("from_question"):
            desk.fill(words.questions[field["from_question"]], words.fields[field["code"]])
    for item in dossier(DOG)["items"]:
        for use in item["materials"]:
            if use.get("when"):
                desk.ask_for(words.items[item["code"]], words.materials[use["material"]], use["when"], words.questions)


def test_questions_and_rules_are_built_by_keyboard_alone(live_site: str, sessions: dict[str, str]) -> None:
    words, questions = words_of(DOG), dossier(DOG)["guide"]["questions"]
    save(DOG, without_guidance)
    banned = next(one for one in questions if one["code"] == "q_banned")
    with chromium() as browser:
        desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
        page, heard = desk.page, desk.page.locator(".fd-voice")
        desk.press("Alt+q", "Enter")
        page.keyboard.type("是个人养犬还是单位养犬?")
        for place, text in enumerate(("个人", "单位"), start=1):
            desk.tab_to(f"第 {place} 项文字")
            desk.press("Control+a")
            page.keyboard.type(text)
        desk.press("Alt+q", "ArrowRight", "ArrowLeft", "Enter")
        page.keyboard.type(banned["text"])
        desk.tab_to("只在某种情况下问")
        desk.press("Enter")
        expect(page.locator(".fd-told").first).to_have_text("只在这时问：“是个人养犬还是单位养犬?” 为 “个人”")
        desk.press("Escape", "Alt+ArrowUp")
        expect(heard).to_contain_text("第 1 位，共 2 个")
        desk.press("Control+z")
        expect(heard).to_contain_text("已撤销：移动")
        desk.press("Control+Shift+z", "Alt+ArrowDown")
        expect(heard).to_contain_text("第 2 位，共 2 个")
        desk.press("Alt+r")
        page.keyboard.type("烈性犬不予登记")
        desk.tab_to("加一条")
        desk.press("Enter", "ArrowDown")
        desk.tab_to("加一个结果")
        desk.press("Enter", "End")
        desk.tab_to("原因")
        page.keyboard.type("禁止个人饲养烈性犬只。")
        desk.press("Alt+r")
        page.keyboard.type("个人登记")
        desk.tab_to("加一个结果")
        desk.press("Enter")
        desk.tab_to("事项")
        desk.press("ArrowDown", "Control+s")
        stopped = "不能继续办理，原因：“禁止个人饲养烈性犬只。”。"
        expect(page.locator(".gd-sentence")).to_have_text(
            [
                f"当“是个人养犬还是单位养犬?” 为 “个人”，并且“{banned['text']}” 为 “选项一”时：{stopped}",
                f"当“是个人养犬还是单位养犬?” 为 “个人”时：增加事项“{words.items['REGP']}”。",
            ]
        )
        desk.saved()
        complaints = desk.complaints
    assert complaints == []
    built = msgspec.convert(get(DOG).subject.draft, ThemeDocument).guidance
    assert [one.text for one in built.questions] == ["是个人养犬还是单位养犬?", banned["text"]]
    assert [one.name for one in sorted(built.rules, key=lambda rule: rule.priority)] == ["烈性犬不予登记", "个人登记"]


@pytest.fixture
def browser(sessions: dict[str, str]) -> Iterator[Browser]:
    """Started after the sessions."""
    with chromium() as one:
        yield one


def test_two_windows_lose_nothing(browser: Browser, live_site: str, sessions: dict[str, str]) -> None:
    first, second = (sit_down(browser, live_site, DOG, sessions["ga_editor"]) for _ in range(2))
    rename(first, "内环内费用", "内环以内的费用")
    rename(first, "内环外费用", "内环以外的费用")
    first.saved()
    rename(second, "内环内费用", "内环费用")
    second.row("单位登记").click()
    second.page.get_by_role("button", name="复制", exact=True).click()
    dialog = second.page.get_by_role("dialog", name="这个主题已被别人改动")
    expect(dialog).to_contain_text("规则“内环费用”的名称：“内环内费用” → “内环以内的费用”")
    expect(dialog).to_contain_text("两边都改了：“内环费用”的名称")
    dialog.get_by_role("button", name="合并两边").click()
    names = [one["name"] for one in second.saved()["guidance"]["rules"]]
    assert {"内环费用", "内环以外的费用", "单位登记（副本）"} < set(names) and "内环外费用" not in names
    assert first.complaints == second.complaints == []


def test_without_merging_the_other_window_s_work_would_be_lost(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    """Saboteur: what this page holds counts for everything."""
    first = sit_down(browser, live_site, DOG, sessions["ga_editor"])
    careless = ("merging.js", "if (!isMine) return other;", "if (!isMine) return own;")
    second = sit_down(browser, live_site, DOG, sessions["ga_editor"], broken=careless)
    rename(first, "内环外费用", "内环以外的费用")
    first.saved()
    rename(second, "内环内费用", "内环费用")
    second.page.get_by_role("dialog").get_by_role("button", name="合并两边").click()
    assert "内环外费用" in [one["name"] for one in second.saved()["guidance"]["rules"]]


def rename(desk: GuidanceDesk, name: str, to: str) -> None:
    desk.row(name).click()
    desk.panel("规则名称").fill(to)


def test_a_rule_is_changed_in_the_table_and_seen_in_the_flow(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
    page = desk.page
    page.get_by_role("tab", name="决策表").click()
    page.get_by_role("button", name="放大").click()
    page.get_by_role("button", name="未满三个月暂不登记，犬只几个月大了?：< 3 月").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("怎样比较").select_option(label="小于或等于")
    dialog.get_by_label("值", exact=True).fill("4")
    dialog.get_by_role("button", name="完成").click()
    page.get_by_role("button", name="未满三个月暂不登记，犬只几个月大了?：≤ 4 月").press("ArrowDown")
    expect(page.get_by_role("button", name="个人登记，犬只几个月大了?：不限")).to_be_focused()
    page.get_by_role("button", name="单位登记，事项“打疫苗、植芯片”：不变").click()
    rules = {one["code"]: one for one in desk.saved()["guidance"]["rules"]}
    assert rules["D03"]["when"] == {"q": "q_age", "op": "le", "value": 4}
    assert rules["D05"]["effects"][-1] == {"type": "add_item", "item": "IMM"}
    assert rules["D04"]["when"] == {"all": [{"q": "q_kind", "op": "eq", "value": "person"}]}, "others stay as they were"

    page.get_by_role("tab", name="流程图").click()
    box = page.locator(".gd-canvas .node", has_text="未满三个月暂不登记")
    expect(box).to_contain_text("小于或等于 4 月")
    box.click()
    expect(desk.panel("规则名称")).to_be_focused()
    expect(desk.panel("规则名称")).to_have_value("未满三个月暂不登记")
    expect(page.locator("[data-key='r D10'] .gd-mark")).to_contain_text("要求不同")
    expect(page.locator("[data-key='r D15'] .gd-mark")).to_have_count(0)
    page.route("**/draft/", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    rename(desk, "未满三个月暂不登记", "三个月以下暂不登记")
    expect(page.locator(".gd-canvas .node", has_text="三个月以下暂不登记")).to_be_attached()
    expect(page.get_by_text("图是改动以后的样子，改动还没有保存。")).to_be_visible()
    page.unroute("**/draft/")
    desk.press("Control+s")
    expect(page.get_by_text("图是改动以后的样子，改动还没有保存。")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 SVG").click()
    assert download.value.suggested_filename == f"{DOG}-guidance.svg"
    assert desk.complaints == []


def test_a_theme_too_large_to_be_judged_says_so(live_site: str, sessions: dict[str, str]) -> None:
    def swell(tree: dict[str, Any]) -> None:
        tree["sources"] = ["源" * 15_000] * 25

    save(DOG, swell)
    with chromium() as browser:
        found = sit_down(browser, live_site, DOG, sessions["ga_editor"]).page.locator(".fd-findings")
        expect(found).to_contain_text("1 个问题须解决")
        expect(found).to_contain_text("主题过大，不能检查也不能保存")


def test_a_registered_material_comes_into_the_theme_with_the_rule_that_adds_it(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
    page = desk.page
    desk.row("单位登记").click()
    page.get_by_role("button", name="加一个结果").click()
    effect = page.locator(".gd-effect").last
    effect.get_by_label("结果", exact=True).select_option(label="增加材料")
    effect.get_by_label("事项", exact=True).select_option(value="REGU")
    effect.get_by_role("combobox", name="从材料登记里选").fill("公司章程")
    page.get_by_role("option", name="公司章程").first.click()
    expect(effect.get_by_label("材料", exact=True)).to_contain_text("公司章程")
    draft = desk.saved()
    added = draft["materials"][-1]
    rule = next(one for one in draft["guidance"]["rules"] if one["code"] == "D05")
    assert rule["effects"][-1] == {"type": "add_material", "item": "REGU", "material": added["code"]}
    assert added["material"] == "M_ARTICLES"
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".fd-voice")).to_contain_text("加入材料“公司章程/合伙协议”")
    assert len(desk.saved()["materials"]) == len(draft["materials"]) - 1, "one step: the use and what it uses"
    assert desk.complaints == []


def test_a_question_follows_a_dictionary_until_its_options_are_one_s_own(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, RESTAURANT, sessions["sj_editor"])
    page = desk.page
    page.get_by_role("button", name="添加问题", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="单选", exact=True).click()
    desk.panel("问题").fill("酒怎么卖？")
    page.get_by_role("combobox", name="从字典取选项").fill("alcohol_scope")
    page.locator("[role=listbox] [role=option]").first.click()
    expect(page.locator("[data-pane=panel] [data-property=options]")).to_contain_text("（retail）")
    asked = desk.saved()["guidance"]["questions"][-1]
    assert asked["dictionary"] == "alcohol_scope" and "options" not in asked
    page.get_by_role("button", name="添加规则", exact=True).first.click()
    line = page.locator("[data-pane=panel] [data-property='when'] .fd-test").first
    line.get_by_label("问题", exact=True).select_option(label="酒怎么卖？")
    expect(line.locator("select[aria-label=值]")).to_contain_text("零售")
    assert desk.saved()["guidance"]["rules"][-1]["when"]["q"] == asked["code"]
    page.reload()
    desk.row("酒怎么卖？").first.click()
    expect(page.locator("[data-pane=panel] [data-property=options]")).to_contain_text("（retail）")
    page.get_by_role("button", name="改为自己写选项").click()
    own = desk.saved()["guidance"]["questions"][-1]
    assert "dictionary" not in own and "retail" in {one["code"] for one in own["options"]}
    assert desk.complaints == []


def test_the_district_that_decides_where_it_is_handled_is_ticked_in_plain_sight(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, RESTAURANT, sessions["sj_editor"])
    desk.row("您的餐饮店开在哪个区?").click()
    expect(desk.panel("以这个回答作为办理区划")).to_be_visible()


@pytest.mark.parametrize("act", ["another kind of answer", "taken out"])
def test_a_question_that_asks_for_no_district_any_more_decides_about_none(
    browser: Browser, live_site: str, sessions: dict[str, str], act: str
) -> None:
    desk = sit_down(browser, live_site, RESTAURANT, sessions["sj_editor"])
    asking = desk.draft()["guidance"]["division_question"]
    desk.row("您的餐饮店开在哪个区?").click()
    handling = desk.panel("以这个回答作为办理区划")
    expect(handling).to_be_visible()
    if act == "taken out":
        desk.page.get_by_role("button", name="删除", exact=True).click()
    else:
        desk.panel("回答方式").select_option(label="数字")
    expect(handling).to_be_hidden()
    assert desk.saved()["guidance"].get("division_question") is None
    desk.page.get_by_role("button", name="撤销", exact=True).first.click()
    assert desk.saved()["guidance"]["division_question"] == asking
    assert desk.complaints == []


def test_what_is_dragged_moves_and_whatever_names_a_code_follows(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
    expect(desk.page.locator(".fd-findings")).to_be_visible()  # it takes its place above the tree
    desk.drag("犬只是否已经绝育?", "是个人养犬还是单位养犬?", below=False)
    asked = sorted(desk.saved()["guidance"]["questions"], key=lambda one: one["order"])
    assert [one["code"] for one in asked][:4] == ["q_district", "q_street", "q_neutered", "q_kind"]
    desk.row("是个人养犬还是单位养犬?").click()
    desk.code("q_who")
    desk.panel("第 1 项代码").fill("citizen")
    desk.panel("第 1 项代码").press("Enter")
    tree = desk.saved()
    assert "q_kind" not in json.dumps(tree) and '"person"' not in json.dumps(tree)
    assert [one["answers"]["q_who"] for one in tree["cases"]] == ["citizen", "citizen", "unit"]
    expect(desk.page.locator(".fd-findings ul")).not_to_contain_text("不存在")
    assert desk.complaints == []


def test_a_threshold_becomes_a_parameter_with_its_law(
    browser: Browser, live_site: str, sessions: dict[str, str]
) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_editor"])
    page = desk.page
    desk.row("参数").click()
    page.get_by_role("button", name="添加参数").click()
    desk.panel("参数名称").fill("可以登记的月龄")
    desk.panel("值").fill("3")
    page.get_by_role("button", name="加一条依据").click()
    desk.panel("法规名称").fill("上海市养犬管理条例")
    desk.panel("条款").fill("第十条")
    desk.row("未满三个月暂不登记").click()
    desk.panel("值来自").select_option(label="参数“可以登记的月龄”")
    expect(page.locator(".fd-told").first).to_have_text("当“犬只几个月大了?” 小于 参数“可以登记的月龄”时：")
    guidance = desk.saved()["guidance"]
    law = {"title": "上海市养犬管理条例", "article": "第十条"}
    assert guidance["parameters"] == [
        {"code": "p_1", "name": "可以登记的月龄", "values": [{"value": 3, "legal_basis": [law]}]}
    ]
    (rule,) = [one for one in guidance["rules"] if one["code"] == "D03"]
    assert rule["when"] == {"q": "q_age", "op": "lt", "value": {"parameter": "p_1"}}
    desk.row("可以登记的月龄").click()
    desk.code("month_of_registration")
    (rule,) = [one for one in desk.saved()["guidance"]["rules"] if one["code"] == "D03"]
    assert rule["when"]["value"] == {"parameter": "month_of_registration"}, "whoever names it follows"
    assert desk.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(
    browser: Browser, live_site: str, sessions: dict[str, str], width: int
) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_editor"], width=width)
    page = desk.page
    found = {"as it opens": desk.serious()}
    show = {name: page.get_by_role("button", name=name, exact=True) for name in ("结构", "规则与流程", "属性")}

    def turn_to(pane: str) -> None:
        if width == 390:
            show[pane].click()

    for name in ("是个人养犬还是单位养犬?", "导盲犬免费", "办犬证(个人)"):
        turn_to("结构")
        desk.row(name).click()
        page.evaluate("document.querySelectorAll('[data-pane=panel] details').forEach(one => { one.open = true; })")
        found[name] = desk.serious()
        assert fits(page), name
    turn_to("规则与流程")
    for view in ("决策表", "流程图"):
        page.get_by_role("tab", name=view).click()
        page.wait_for_load_state("networkidle")
        found[view] = desk.serious()
        assert fits(page), view
    page.evaluate("document.documentElement.classList.add('dark')")
    found["in the dark"] = desk.serious()
    assert [one for ones in found.values() for one in ones] == [], found


def test_who_may_not_edit_reads_and_changes_nothing(browser: Browser, live_site: str, sessions: dict[str, str]) -> None:
    desk = sit_down(browser, live_site, DOG, sessions["ga_reviewer"])
    expect(desk.page.locator(".fd-bar")).to_contain_text("您只能查看场景引导")
    rows = desk.rows()
    desk.row("内环内费用").click()
    expect(desk.panel("规则名称")).to_be_disabled()
    desk.press("Delete", "Alt+ArrowUp", "Control+z", "Alt+r")
    assert desk.rows() == rows
    assert desk.complaints == []


@pytest.mark.parametrize(("code", "username"), [(DOG, "ga_editor"), (RESTAURANT, "sj_editor")])
def test_the_page_says_of_every_rule_what_is_said_everywhere(
    live_site: str, sessions: dict[str, str], code: str, username: str
) -> None:
    shown = show_draft(get(code))
    guidance, names = shown.document.guidance, names_of(shown.frozen)
    rules = sorted(guidance.rules, key=lambda rule: (rule.priority, rule.code))
    with chromium() as browser:
        desk = sit_down(browser, live_site, code, sessions[username])
        desk.page.wait_for_load_state("networkidle")
        assert desk.page.locator(".gd-sentence").all_inner_texts() == [
            rule_sentence(rule, guidance, names) for rule in rules
        ]
        opened = desk.page.evaluate(
            "JSON.stringify(document.querySelector('.fd-desk').desk.written(document.querySelector('.fd-desk').desk.document))"
        )
        assert desk.complaints == []
    assert msgspec.json.decode(opened, type=ThemeDocument) == shown.document, "opening changes nothing"
