"""The designer of a theme's guidance in Chromium, as tests hold it: opened on a theme, filled in by hand."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from opsplatform.console.tests.designing import SHARED, STATIC, Desk, break_module, listen, window

MODULES = [STATIC / "themes" / "designer", SHARED]
OPS = {"eq": "为", "lt": "小于", "in": "为其中之一", "answered": "已回答"}
TYPES = {"single": "单选", "number": "数字", "division6": "区", "division9": "街道（镇）"}
EFFECTS = {
    "add_item": "增加事项",
    "remove_item": "去掉事项",
    "set_field": "填写字段",
    "add_notice": "提示须知",
    "stop": "不能办理",
}


@dataclass
class GuidanceDesk(Desk):
    """The designer of one theme's guidance in one window."""

    def add_question(self, question: dict[str, Any], texts: dict[str, str]) -> None:
        """The question is added and filled in; `texts` are those of all questions, by code."""
        self.page.get_by_role("button", name="添加问题", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name=TYPES[question["type"]], exact=True).click()
        self.panel("问题").fill(question["text"])
        self.code(question["code"])
        options = question["options"] if isinstance(question["options"], list) else []
        for place, option in enumerate(options):
            if place >= 2:
                self.page.get_by_role("button", name="添加选项").click()
            self.panel(f"第 {place + 1} 项文字").fill(option["text"])
            self.panel(f"第 {place + 1} 项代码").fill(option["code"])
            self.panel(f"第 {place + 1} 项代码").press("Enter")
        if question["type"] == "number":
            self.panel("最小值").fill(str(question["min"]))
            self.panel("最大值").fill(str(question["max"]))
            self.panel("计量单位").fill(question["unit"])
        if question["show_when"]:
            self.page.get_by_role("button", name="只在某种情况下问").click()
            self.condition("show_when", question["show_when"], texts)

    def add_rule(self, rule: dict[str, Any], theme: "Words") -> None:
        """The rule is added and filled in."""
        self.page.get_by_role("button", name="添加规则", exact=True).first.click()
        self.panel("规则名称").fill(rule["name"])
        self.code(rule["code"])
        self.condition("when", rule["when"], theme.questions)
        for place, effect in enumerate(rule["effects"]):
            self.page.get_by_role("button", name="加一个结果").click()
            line = self.page.locator(".gd-effect").filter(
                has=self.page.locator(f"[data-property='effects/{place}/type']")
            )
            line.get_by_label("结果", exact=True).select_option(label=EFFECTS[effect["type"]])
            self.effect(line, effect, theme)

    def effect(self, line: Locator, effect: dict[str, Any], theme: "Words") -> None:
        match effect["type"]:
            case "add_item" | "remove_item":
                line.get_by_label("事项", exact=True).select_option(label=theme.items[effect["item"]])
            case "add_notice":
                line.get_by_label("须知", exact=True).select_option(label=theme.notices[effect["notice"]])
            case "set_field":
                line.get_by_label("字段", exact=True).select_option(label=theme.fields[effect["field"]])
                line.get_by_label("填为", exact=True).select_option(label=theme.values[effect["value"]])
            case "stop":
                line.get_by_label("原因", exact=True).fill(effect["message"])

    def fill(self, question: str, field: str) -> None:
        """The answer to the question is taken over into the field."""
        self.row(question).click()
        self.panel("带入哪个字段").select_option(label=field)
        expect(self.page.locator("[data-pane=panel] [data-property=fills]")).to_contain_text(field)

    def ask_for(self, item: str, material: str, condition: dict[str, Any], texts: dict[str, str]) -> None:
        """The item asks for the material only where the condition holds."""
        self.row(item).click()
        use = self.page.locator("[data-pane=panel] .fd-column").filter(has_text=material)
        use.locator("summary").click()
        use.get_by_role("button", name="只在某种情况下要").click()
        place = use.locator("[data-property$='/when']").first.get_attribute("data-property")
        self.condition(str(place), condition, texts)

    def code(self, code: str) -> None:
        """The chosen element has this code."""
        part = self.page.locator("[data-pane=panel] details[data-part=more]")
        if part.get_attribute("open") is None:
            part.locator("summary").click()
        self.panel("代码").fill(code)
        self.panel("代码").press("Enter")

    def condition(self, name: str, condition: dict[str, Any], texts: dict[str, str]) -> None:
        """The condition begun there asks all of this."""
        part = self.page.locator(f"[data-pane=panel] [data-property='{name}']")
        for place, test in enumerate(condition["all"]):
            if place:
                part.get_by_role("button", name="加一条", exact=True).click()
            line = part.locator(".fd-test").nth(place)
            line.get_by_label("问题", exact=True).select_option(label=texts[test["q"]])
            line.get_by_label("怎样比较").select_option(label=OPS[test["op"]])
            if test["op"] == "in":
                self.tick(line, test)
            elif isinstance(test.get("value"), str):
                line.locator("select[aria-label=值]").select_option(label=self.texts[test["q"], test["value"]])
            elif "value" in test:
                line.get_by_label("值", exact=True).fill(str(test["value"]))

    def tick(self, line: Locator, test: dict[str, Any]) -> None:
        for value in test["value"]:
            line.get_by_label(self.texts[test["q"], value], exact=True).check()

    texts: Any = None  # of options, by question and code


@dataclass(frozen=True)
class Words:
    """What the page calls things, by their codes."""

    questions: dict[str, str]
    items: dict[str, str]
    notices: dict[str, str]
    materials: dict[str, str]
    fields: dict[str, str]
    values: dict[str, str]


def sit_down(
    browser: Browser,
    site: str,
    code: str,
    session: str,
    *,
    width: int = 1280,
    broken: tuple[str, str, str] | None = None,
) -> GuidanceDesk:
    """The designer open before the person of that session; `broken` replaces words of a module, for saboteurs."""
    page = window(browser, site, session, width)
    desk = GuidanceDesk(page, site, f"/themes/{code}/guidance/", f"/api/v1/themes/{code}/draft/")
    listen(desk)
    if broken is not None:
        break_module(page, MODULES, broken)
    desk.open()
    return desk
