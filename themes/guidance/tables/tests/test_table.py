"""A decision table says every rule, is read back as it was, and refuses what it cannot read, with place and remedy."""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from forms_builder.documents import FormField
from opsplatform.kernel.codes import is_element_code
from opsplatform.kernel.conditions import Condition
from themes import documents as d
from themes.guidance.interchange.tests.generation import random_guidance, widened
from themes.guidance.tables import conditions, effects
from themes.guidance.tables.table import CellFault, changes_between, headings_of, read_rows, rows_of
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.packages.tests.dossiers import THEMES, frozen, opened

RESTAURANT = "theme_restaurant"
Lines = list[list[str]]


def sheet_of(theme: FrozenTheme) -> Lines:
    names = names_of(theme)
    return [headings_of(theme.document, names), *rows_of(theme.document, names)]


def read(theme: FrozenTheme, lines: Lines, document: d.ThemeDocument | None = None) -> Any:
    return read_rows(list(enumerate(lines, start=1)), document or theme.document, names_of(theme))


def without_rules(document: d.ThemeDocument) -> d.ThemeDocument:
    return replace(document, guidance=replace(document.guidance, rules=()))


def is_same_rule(one: d.Rule, other: d.Rule) -> bool:
    return conditions.is_same(one.when, other.when) and replace(one, when=other.when) == other


def _forwards(rule: d.Rule) -> dict[str, Any]:
    begins, ends = rule.effective_from, rule.effective_to
    return {"effective_to": None} if begins and ends and begins > ends else {}


def random_theme(seed: int) -> FrozenTheme:
    """A real theme with rules by chance, and with everything that these name."""
    chance = random.Random(seed)
    name = chance.choice(THEMES)
    theme = frozen(name)
    made = random_guidance(chance, widened(opened(name).package))
    laws = (d.Basis(title="某条例", article="第一条"), d.Basis(title="某办法", effective_to="2027-01-01"))
    rules = tuple(replace(rule, legal_basis=laws[: seed % 3], **_forwards(rule)) for rule in made.rules)
    document = theme.document
    items = (*document.items, d.ThemeItem(code="UNKNOWN", item="UNKNOWN"))
    uses = tuple(d.FieldUse(code=code, public_field=code, label=f"字段 = {code}") for code in "fg")
    notices = tuple(d.Notice(code=code, title=f"【{code}】：须知", content="", order=1) for code in ("N1", "N2"))
    fields = tuple(FormField(code=code, label=f"自己的：{code}", data_type="string", order=1) for code in "fg")
    return replace(
        theme,
        item_forms={item.code: fields for item in items},
        document=replace(
            document, guidance=replace(made, rules=rules), items=items,
            field_uses=(*document.field_uses, *uses), notices=(*document.notices, *notices),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", THEMES)
def test_a_table_that_nobody_edited_is_the_rules_as_they_were(name: str) -> None:
    theme = frozen(name)
    reading = read(theme, sheet_of(theme))
    assert reading.faults == () and reading.document == theme.document
    anew = read(theme, sheet_of(theme), without_rules(theme.document))
    assert anew.faults == ()
    by_code = {rule.code: rule for rule in theme.document.guidance.rules}
    assert by_code.keys() == {rule.code for rule in anew.document.guidance.rules}
    assert all(is_same_rule(rule, by_code[rule.code]) for rule in anew.document.guidance.rules)


def test_rules_by_chance_come_back_though_nothing_is_known_of_them() -> None:
    """Nested conditions, values of every kind, parameters, effects in any order: all of it stands in the cells."""
    spelled_out = in_cells = 0
    for seed in range(120):
        theme = random_theme(seed)
        lines = sheet_of(theme)
        reading = read(theme, lines)
        assert reading.faults == () and reading.document == theme.document, seed
        anew = read(theme, lines, without_rules(theme.document))
        assert anew.faults == (), seed
        former = {rule.code: rule for rule in theme.document.guidance.rules}
        assert all(is_same_rule(rule, former[rule.code]) for rule in anew.document.guidance.rules), seed
        rest = lines[0].index("还须满足")
        spelled_out += sum(bool(line[rest]) for line in lines[1:])
        in_cells += sum(any(line[3:rest]) for line in lines[1:])
    assert min(spelled_out, in_cells) > 100


def test_a_writer_that_leaves_out_what_columns_cannot_say_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    monkeypatch.setattr(conditions, "spell", lambda *_: "")
    with pytest.raises(AssertionError):
        test_rules_by_chance_come_back_though_nothing_is_known_of_them()


def test_a_writer_that_forgets_the_order_of_effects_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    kept = effects.in_order
    monkeypatch.setattr(effects, "in_order", lambda lines: kept([(None, effect) for _, effect in lines]))
    with pytest.raises(AssertionError):
        test_rules_by_chance_come_back_though_nothing_is_known_of_them()


def test_what_changed_is_told_cell_by_cell() -> None:
    theme = frozen(RESTAURANT)
    lines = sheet_of(theme)
    lines[1][1] = "改过的名称"
    lines[2][2] = "77"
    lines[3][lines[0].index("生效日期")] = "2027-01-01"
    del lines[-1]
    lines.append(["NEW", "新规则", "900", *[""] * (len(lines[0]) - 3)])
    lines[-1][lines[0].index("还须满足")] = "总是"
    lines[-1][lines[0].index("不能办理")] = "暂不办理"
    reading = read(theme, lines)
    assert reading.faults == ()
    told = [
        (one.rule.code, one.heading, one.before is None, one.after is None)
        for one in changes_between(theme.document, reading.document, names_of(theme))
    ]
    ordered = [row[0] for row in rows_of(theme.document)]
    assert sorted(told) == sorted(
        [
            (ordered[0], "名称", False, False), (ordered[1], "优先级", False, False),
            (ordered[2], "生效日期", False, False), (ordered[-1], "", False, True), ("NEW", "", True, False),
        ]
    )  # fmt: skip


def test_cells_say_what_people_would_say() -> None:
    theme = frozen(RESTAURANT)
    number = next(one for one in theme.document.guidance.questions if one.type == "number")
    single = next(one for one in theme.document.guidance.questions if len(one.options) > 2 and one.type == "single")
    first, second, third = single.options[:3]
    parameter = d.Parameter(code="p1", name="面积门槛", values=(d.ParameterValue(value=500),))
    tests = (
        Condition(q=single.code, op="not_in", value=[first.code, third.code]),
        Condition(q=number.code, op="ge", value={"parameter": "p1"}),
        Condition(q=number.code, op="lt", value=3000.5),
    )
    other = Condition(not_=Condition(q=single.code, op="eq", value=second.code))
    item = theme.document.items[0].code
    rule = d.Rule(
        code="R", name="r", priority=1, when=Condition(all=(*tests, other)),
        effects=(d.RemoveItem(item=item), d.AddItem(item=item)),
    )  # fmt: skip
    guidance = replace(theme.document.guidance, rules=(rule,), parameters=(parameter,))
    theme = replace(theme, document=replace(theme.document, guidance=guidance))
    headings, row = sheet_of(theme)
    cells = dict(zip(headings, row, strict=True))
    assert cells[f"【{single.code}】{single.text}"] == f"非 {first.text}、{third.text}"
    assert cells[f"【{number.code}】{number.text}"] == "≥ 参数“面积门槛”\n< 3000.5"
    assert cells["还须满足"] == f'不是（【{single.code}】 等于 "{second.code}"）'
    name = names_of(theme).items[item]
    assert (cells["去掉事项"], cells["增加事项"]) == (f"1. 【{item}】{name}", f"2. 【{item}】{name}")


def put(line: int, heading: str, text: str) -> Callable[[Lines], None]:
    return lambda lines: lines[line - 1].__setitem__(place_of(lines[0], heading), text)


def place_of(headings: Sequence[str], heading: str) -> int:
    return next(place for place, one in enumerate(headings) if one == heading or one.startswith(f"【{heading}】"))


def drop(heading: str) -> Callable[[Lines], None]:
    def spoil(lines: Lines) -> None:
        place = place_of(lines[0], heading)
        for line in lines:
            del line[place]

    return spoil


def both(*spoils: Callable[[Lines], None]) -> Callable[[Lines], None]:
    def spoil(lines: Lines) -> None:
        for one in spoils:
            one(lines)

    return spoil


# What is done to the restaurant's table, and where and how it is told: line, heading ("" for a whole line), words.
FAULTS: dict[str, tuple[Callable[[Lines], None], int, str, str]] = {
    "a column of conditions is gone": (drop("q_subject"), 1, "", "少了它条件就丢了"),
    "a column of effects is gone": (drop("免交材料"), 1, "", "缺少“免交材料”这一列"),
    "a column nobody knows": (lambda lines: lines[0].append("x"), 1, "x", "没有“x”这样的列"),
    "a question nobody knows": (put(1, "q_subject", "【q_gone】?"), 1, "【q_gone】?", "请先在设计页添加这个问题"),
    "a column twice": (put(1, "名称", "优先级"), 1, "", "出现了两次"),
    "no code": (put(2, "规则代码", ""), 2, "规则代码", "必填"),
    "a code twice": (lambda lines: lines.append(list(lines[1])), -1, "规则代码", "第 2 行已经有了"),
    "a code with a blank": (put(2, "规则代码", "坏 代码"), 2, "规则代码", "只用字母"),
    "a code without end": (put(2, "规则代码", "R" * 500), 2, "规则代码", "不超过 60 个字符"),
    "no name": (put(3, "名称", " "), 3, "名称", "必填"),
    "a priority in words": (put(4, "优先级", "高"), 4, "优先级", "应为整数"),
    "an option nobody offers": (put(2, "q_subject", "火星公司"), 2, "q_subject", "可以写："),
    "a comparison of words": (put(2, "q_subject", "≥ 3"), 2, "q_subject", "不是这个问题的选项"),
    "a number in words": (put(2, "q_biz_area", "≥ 很大"), 2, "q_biz_area", "应为数字"),
    "a parameter nobody set": (put(2, "q_biz_area", "≥ 参数“门槛”"), 2, "q_biz_area", "没有登记"),
    "a broken expression": (put(2, "还须满足", "【q_biz_area】 大于"), 2, "还须满足", "个字处"),
    "an expression about nothing": (put(2, "还须满足", "【q_gone】 已填写"), 2, "还须满足", "没有代码为 q_gone 的问题"),
    "always and yet not": (put(2, "还须满足", "总是"), 2, "还须满足", "不能再有别的条件"),
    "an item nobody has": (put(2, "增加事项", "【NONE】"), 2, "增加事项", "没有代码为 NONE 的事项"),
    "an item by another's name": (put(2, "增加事项", "【FOOD】酒类许可"), 2, "增加事项", "后面的文字不符"),
    "an item without brackets": (put(2, "去掉事项", "FOOD"), 2, "去掉事项", "放在【】里"),
    "a formula": (put(2, "增加事项", "=1+1"), 2, "增加事项", "放在【】里"),
    "two items in a line": (put(2, "增加事项", "【FOOD】【BL】"), 2, "增加事项", "后面的文字不符"),
    "a necessity nobody knows": (put(2, "增加材料", "【FOOD】：【M_BL】（也许）"), 2, "增加材料", "必要性应为"),
    "a field nobody has": (put(2, "填写字段", "【FOOD】：【none】 = 1"), 2, "填写字段", "没有代码为 none 的字段"),
    **{
        f"a field that becomes {name}": (put(2, "填写字段", f"【c_seats】 = {value}"), 2, "填写字段", said)
        for name, value, said in (
            ("half a character", r'"\ud800"', "不成对的代理字符"),
            ("a key of half a character", r'{"\ud800": 1}', "不成对的代理字符"),
            ("a NUL", r'["\u0000"]', "NUL"),
            ("five thousand digits", "9" * 5_000, "超出范围"),
            ("more than all readers see alike", "9007199254740992", "超出范围"),
            ("no number", "NaN", "NaN 不是"),
            ("a number without end", "-Infinity", "-Infinity 不是"),
            ("a number beyond all", "1e999", "超出范围"),
            ("a thing twice", '{"a": 1, "a": 2}', "重复"),
            ("a list in a list in a list", "[" * 40 + "]" * 40, "嵌套超过"),
            ("a list in a list without end", "[" * 16_000, "嵌套超过"),
            ("a bare word", "abc", "填为的值应是"),
        )
    },
    "a comparison beyond all": (put(2, "还须满足", "【q_biz_area】 大于 1e999"), 2, "还须满足", "超出范围"),
    "a comparison with no number": (put(2, "还须满足", "【q_biz_area】 等于 NaN"), 2, "还须满足", "NaN 不是"),
    "a comparison with half a character": (
        put(2, "还须满足", r'【q_biz_area】 等于 "\ud800"'), 2, "还须满足", "不成对的代理字符",
    ),
    "a reason of half a character": (put(2, "不能办理", r'"\ud800"'), 2, "不能办理", "不成对的代理字符"),
    "a reason without its end": (put(2, "不能办理", '"停'), 2, "不能办理", "以英文引号结束"),
    "days in words": (put(2, "承诺办结", "【FOOD】：很快"), 2, "承诺办结", "5 个工作日"),
    "a notice nobody wrote": (put(2, "提示须知", "【N_NONE】"), 2, "提示须知", "没有代码为 N_NONE 的须知"),
    "numbers on some effects only": (put(3, "不能办理", "1. 停"), 3, "", "要么都写"),
    "a day that is none": (put(2, "生效日期", "2026-02-30"), 2, "生效日期", "应为 2026-01-31 这样的日期"),
    "a period backwards": (
        both(put(2, "生效日期", "2026-02-02"), put(2, "失效日期", "2026-02-01")), 2, "失效日期", "不能早于",
    ),
    "a law without its name": (put(2, "法律依据", "｜第一条"), 2, "法律依据", "应写作 名称"),
    "something right of the table": (lambda lines: lines[1].append("x"), 2, "", "右边还有内容"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_table_is_told_with_line_and_column(name: str) -> None:
    theme = frozen(RESTAURANT)
    lines = sheet_of(theme)
    spoil, line, heading, said = FAULTS[name]
    spoil(lines)
    reading = read(theme, lines)
    assert reading.document == theme.document
    told = [fault for fault in reading.faults if said in fault.sentence]
    assert told, reading.faults
    fault: CellFault = told[0]
    assert fault.line == (len(lines) if line < 0 else line)
    if heading:
        assert fault.column == place_of(lines[0], heading)


def test_codes_are_those_that_the_designer_takes() -> None:
    """Where a rule has another code already, its line is read as any other."""
    script = (Path(__file__).parents[4] / "static/console/designer/codes.js").read_text()
    pattern = re.search(r"const CODE = /\^(.+)\$/u;", script)
    longest = re.search(r"typed.length > ([0-9]+)", script)
    assert pattern and longest
    for code in ("R1", "_r.1-b", "1R", "坏 代码", "R\n", "R" * int(longest[1]), "R" * (int(longest[1]) + 1), "Ｒ"):
        is_taken = bool(re.fullmatch(pattern[1], code)) and len(code) <= int(longest[1])
        assert is_element_code(code) == is_taken, code
    theme = frozen(RESTAURANT)
    rules = theme.document.guidance.rules
    odd = replace(theme.document.guidance, rules=(replace(rules[0], code="坏 代码"), *rules[1:]))
    theme = replace(theme, document=replace(theme.document, guidance=odd))
    assert read(theme, sheet_of(theme)).document == theme.document


@pytest.mark.parametrize(
    ("pointer", "heading"),
    [
        ("name", "名称"), ("code", "规则代码"), ("", "规则代码"), ("when/all/0/value", "还须满足"),
        ("effects/0/message", "不能办理"), ("legal_basis/0/title", "法律依据"), ("confidence", "资料来源"),
    ],
)  # fmt: skip
def test_what_a_theme_may_not_say_is_told_at_the_cell_that_says_it(pointer: str, heading: str) -> None:
    theme = frozen(RESTAURANT)
    lines = sheet_of(theme)
    lines.append(["NEW", "新规则", "0", *[""] * (len(lines[0]) - 3)])
    put(len(lines), "还须满足", "总是")(lines)
    put(len(lines), "不能办理", "停")(lines)
    reading = read(theme, lines)
    place = len(reading.document.guidance.rules) - 1
    fault = reading.fault_at(f"/guidance/rules/{place}/{pointer}".rstrip("/"), "不行。")
    assert fault == CellFault(len(lines), place_of(lines[0], heading), heading, "不行。")
    assert reading.fault_at("/guidance/questions/0/text", "不行。") is None


def test_everything_wrong_is_told_at_once() -> None:
    theme = frozen(RESTAURANT)
    lines = sheet_of(theme)
    put(2, "优先级", "高")(lines)
    put(3, "增加事项", "FOOD")(lines)
    put(3, "失效日期", "明天")(lines)
    faults = read(theme, lines).faults
    assert [(fault.line, fault.heading) for fault in faults] == [(2, "优先级"), (3, "增加事项"), (3, "失效日期")]
