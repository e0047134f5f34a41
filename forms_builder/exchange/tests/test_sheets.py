"""A form as a sheet of one row per field, and back: the same form, and every fault with its line and column."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_builder.documents import Column, FieldOption, FormField, FormSection, ItemFormDocument, Prefill
from forms_builder.exchange.reading import read_schema
from forms_builder.exchange.sheets import COLUMNS, HEADINGS, KIND, SheetReading, read_rows, rows_of
from forms_builder.exchange.tests.schemas import random_schema
from forms_builder.exchange.tests.test_json_schema import FORMS, STREETS
from opsplatform.kernel.condition_spelling import OPS, Unreadable, read, spell
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import write

EMPTY = ItemFormDocument()
FULL = ItemFormDocument(
    sections=(
        FormSection(code="base", name="基本信息", help="先填这一组"),
        FormSection(code="more", name="补充", visible_when=Condition(q="kind", op="eq", value="01")),
    ),
    fields=(
        FormField(
            code="kind", label="类型", data_type="dict", order=10, required=True, group="base",
            options=(FieldOption(code="01", name="企业 法人"), FieldOption(code="0 2", name="个\\体")),
        ),
        FormField(code="uscc", label="代码", data_type="uscc", order=20, std_format="an18",
                  public_field="org.uscc", prefill=Prefill(library="法人库", element="统一社会信用代码")),
        FormField(code="sum", label="金额", data_type="decimal", order=30, scale=2, minimum=0.000001, maximum=99,
                  unit="元",
                  visible_when=Condition(any=(Condition(q="kind", op="in", value=["01", "0 2"]),
                                              Condition(not_=Condition(q="uscc", op="answered"))))),
        FormField(code="note", label=" 备注", data_type="text", order=35, min_length=2, max_length=500,
                  pattern=" ?[a-z]+ ",
                  help="第一行\n第二行", group="more", format="free"),
        FormField(code="staff", label="人员", data_type="table", order=40, min_items=1, max_items=9, columns=(
            Column(code="name", label="姓名", data_type="string", required=True, max_length=20),
            Column(code="id", label="身份证", data_type="id_card"))),
        FormField(code="langs", label="语种", data_type="multi_dict", order=50, dictionary="gbt4880", max_items=3),
    ),
)  # fmt: skip


def sheet_of(document: ItemFormDocument) -> list[tuple[int, list[str]]]:
    return list(enumerate([HEADINGS, *rows_of(document)], start=1))


def read_sheet(lines: list[tuple[int, list[str]]], base: ItemFormDocument = EMPTY) -> SheetReading:
    return read_rows(lines, base)


@pytest.mark.parametrize(
    "document",
    [FULL, STREETS, *(read_schema(json.loads(path.read_text())).document for path in FORMS)],
    ids=["full", "streets", *(path.stem for path in FORMS)],
)
def test_a_form_comes_back_from_its_sheet_as_it_was(document: ItemFormDocument) -> None:
    reading = read_sheet(sheet_of(document))
    assert reading.faults == () and reading.absent == ()
    assert reading.document == document


def test_forms_by_chance_come_back_from_their_sheets() -> None:
    for seed in range(40):
        document = read_schema(random_schema(seed)).document
        assert (seed, read_sheet(sheet_of(document)).document) == (seed, document)


def test_every_attribute_of_a_form_has_a_column() -> None:
    said = {column.attribute for column in COLUMNS}
    for kind, without in ((FormField, {"columns"}), (Column, set()), (FormSection, {"name"})):
        assert set(kind.__struct_fields__) - without <= said


def test_columns_that_a_sheet_does_not_have_stay_as_they_are() -> None:
    lines = [(number, cells[:5]) for number, cells in sheet_of(FULL)]
    reading = read_sheet(lines, FULL)
    assert reading.document == FULL
    assert "显示条件" in reading.absent and "类型" not in reading.absent


# --- Faults -----------------------------------------------------------------------------------------------------------


def changed(line: int, heading: str, text: str) -> Callable[[list[list[str]]], None]:
    def change(cells: list[list[str]]) -> None:
        cells[line - 1][HEADINGS.index(heading)] = text

    return change


def heading(before: str, after: str) -> Callable[[list[list[str]]], None]:
    def change(cells: list[list[str]]) -> None:
        cells[0][HEADINGS.index(before)] = after

    return change


def row(*cells: str) -> Callable[[list[list[str]]], None]:
    return lambda lines: lines.append([*cells, *[""] * (len(HEADINGS) - len(cells))])


FAULTS: dict[str, tuple[Callable[[list[list[str]]], None], int, str, str]] = {
    "no such kind of row": (changed(2, KIND, "区段"), 2, KIND, "应为：分组、字段、表格列"),
    "no code": (changed(4, "编码", " "), 4, "编码", "必填"),
    "no name": (changed(4, "名称", ""), 4, "名称", "必填"),
    "no such type": (changed(4, "类型", "颜色"), 4, "类型", "应为：文本"),
    "neither yes nor no": (changed(4, "必填", "也许"), 4, "必填", "应为“是”或“否”"),
    "length in words": (changed(7, "最大长度", "五百"), 7, "最大长度", "整数"),
    "more decimals than there are": (changed(10, "小数位数", "999999999"), 10, "小数位数", "应为 0 到 18"),
    "negative length": (changed(7, "最小长度", "-2"), 7, "最小长度", "整数"),
    "value that is no number": (changed(6, "最小值", "1e9"), 6, "最小值", "应为数字"),
    "options that repeat": (changed(4, "选项", "01 甲\n01 乙"), 4, "选项", "01 重复"),
    "condition that breaks off": (changed(6, "显示条件", "【kind】 等于"), 6, "显示条件", "不能读懂"),
    "condition without names": (changed(6, "显示条件", "kind = 1"), 6, "显示条件", "应是【编码】"),
    "words mixed": (
        changed(6, "显示条件", "【a】 已填写 并且 【b】 已填写 或者 【c】 已填写"),
        6,
        "显示条件",
        "请加括号",
    ),
    "brackets without end": (changed(6, "显示条件", "不是（" * 60), 6, "显示条件", "括号超过"),
    "list where one value stands": (changed(6, "显示条件", '【kind】 属于 "01"'), 6, "显示条件", "应是列表"),
    "a section that is not there": (changed(4, "所属", "nowhere"), 4, "所属", "没有编码为 nowhere 的分组"),
    "a column without table": (changed(9, "所属", ""), 9, "所属", "所属表格"),
    "a column of no table": (changed(9, "所属", "nowhere"), 9, "所属", "没有编码为 nowhere 的字段"),
    "a column of a text": (changed(9, "所属", "note"), 9, "所属", "不能有列"),
    "a code twice": (changed(5, "编码", "kind"), 5, "编码", "kind 重复"),
    "a column twice": (changed(10, "编码", "name"), 10, "编码", "name 重复"),
    "a section that has a type": (changed(2, "类型", "文本"), 2, "类型", "不填这一列"),
    "prefill without element": (changed(5, "预填来源", "法人库"), 5, "预填来源", "库/数据项"),
    "a heading of somebody else": (heading("单位", "颜色"), 1, "颜色", "没有这样的列"),
    "a heading twice": (heading("单位", "字典"), 1, "字典", "出现了两次"),
    "a heading that is needed": (heading("类型", ""), 1, "类型", "缺少“类型”"),
    "a cell under no heading": (lambda cells: cells[4].append("备注：待定"), 5, "", "“备注：待定”在没有标题的列里"),
    "a line of nonsense": (row("啊", "b"), 12, KIND, "应为：分组"),
}


@pytest.mark.parametrize(("spoil", "line", "column", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_line_and_column(
    spoil: Callable[[list[list[str]]], None], line: int, column: str, said: str
) -> None:
    cells = [list(one) for _, one in sheet_of(FULL)]
    spoil(cells)
    faults = read_sheet(list(enumerate(cells, start=1))).faults
    assert any((one.line, one.heading) == (line, column) and said in one.sentence for one in faults), faults


def test_a_section_or_table_with_a_fault_of_its_own_is_not_also_called_missing() -> None:
    cells = [list(one) for _, one in sheet_of(FULL)]
    tables = {line[HEADINGS.index("编码")] for line in cells if line[HEADINGS.index("类型")] == "表格"}
    for line in cells[1:]:
        if line[0] == "分组":
            line[HEADINGS.index("必填")] = "是"
        elif line[HEADINGS.index("编码")] in tables:
            line[HEADINGS.index("必填")] = "也许"
    faults = read_sheet(list(enumerate(cells, start=1))).faults
    assert tables and faults and {one.heading for one in faults} == {"必填"}, faults


# --- Conditions -------------------------------------------------------------------------------------------------------

VALUES = st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["01", "", "【", "】】", '"', "是", "a 并且 b"]))
NAMES = st.sampled_from(["kind", "a.b", "x】y", "【", "名称", "等于"])


def single_tests() -> st.SearchStrategy[Condition]:
    def one(op: Any) -> st.SearchStrategy[Condition]:
        value = st.lists(VALUES, max_size=3) if op in ("in", "not_in", "contains_any") else VALUES
        value = st.none() if op == "answered" else value
        return st.builds(lambda q, value: Condition(q=q, op=op, value=value), NAMES, value)

    return st.one_of(*map(one, OPS))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    single_tests(),
    lambda inner: st.one_of(
        st.builds(lambda parts: Condition(all=tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Condition(any=tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda part: Condition(not_=part), inner),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_a_condition_comes_back_from_its_spelling(condition: Condition) -> None:
    assert write(read(spell(condition))) == write(condition)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='【】（）()ab01 "[],并且或者不是全部任一等于属于已填写', max_size=40))
def test_no_text_breaks_the_reader_of_conditions(text: str) -> None:
    with contextlib.suppress(Unreadable):
        condition = read(text)
        assert condition is None or msgspec.to_builtins(read(spell(condition))) == msgspec.to_builtins(condition)
