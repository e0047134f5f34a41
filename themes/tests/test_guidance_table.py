"""The decision table goes out and comes in: exactly what differs is shown, and saved once, or nothing is."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, StaleRevision
from opsplatform.spreadsheets.tests.hostile_files import REFUSED
from themes.models import UploadedRules
from themes.services.tabulating import TABLE, find_rules_proposal, rules_workbook, take_rules, upload_rules
from themes.tests.demonstrated import CODES, EDITORS, RESTAURANT, account, add_sentence, get, save

pytestmark = pytest.mark.usefixtures("demo_db")


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(account("sj_editor"))
    return client


def address(code: str = RESTAURANT) -> str:
    return f"/themes/{code}/guidance/table/"


def exported(code: str = RESTAURANT) -> bytes:
    with rules_workbook(actor=account(EDITORS[code]), code=code)[1] as file:
        return file.read()


def uploaded(client: Client, content: bytes, name: str = "规则.xlsx", code: str = RESTAURANT) -> Any:
    return client.post(address(code), {"do": "upload", "file": SimpleUploadedFile(name, content)}, follow=True)


def edited(*cells: tuple[int, str, Any]) -> bytes:
    """The exported workbook with these cells changed: line, beginning of the heading, what is typed."""
    book = load_workbook(io.BytesIO(exported()))
    for line, heading, typed in cells:
        sheet = book[TABLE]
        column = next(cell.column for cell in sheet[1] if str(cell.value).startswith(heading))
        sheet.cell(line, column).value = typed
    return as_bytes(book)


def as_bytes(book: Workbook) -> bytes:
    book.save(file := io.BytesIO())
    return file.getvalue()


def lines_told(page: Any) -> list[tuple[str, str | None, str | None]]:
    return [(line.what, line.before, line.after) for section in page.context["sections"] for line in section.lines]


@pytest.mark.parametrize("code", CODES)
def test_a_workbook_that_nobody_edited_changes_nothing(code: str) -> None:
    content, editor = exported(code), account(EDITORS[code])
    for again in (content, as_bytes(load_workbook(io.BytesIO(content)))):  # as written, and as another program saves it
        upload_rules(actor=editor, code=code, file=io.BytesIO(again), name="a.xlsx")
        proposal = find_rules_proposal(actor=editor, code=code)
        assert proposal is not None
        assert (proposal.faults, proposal.problems, proposal.changes) == ((), (), [])
        assert not proposal.has_changes and not proposal.is_of_older_draft


def test_three_edited_cells_are_exactly_three_differences_and_then_the_draft(editor: Client) -> None:
    revision = get(RESTAURANT).subject.draft_revision
    page = uploaded(editor, edited((6, "【q_build_area】", "> 500"), (4, "名称", "企业刻章"), (4, "优先级", 25)))
    told = lines_told(page)
    assert [(what.split("：")[1][:3], before, after) for what, before, after in told] == [
        ("【q_", "> 300", "> 500"), ("名称", "企业类主体同时刻章", "企业刻章"), ("优先级", "20", "25"),
    ]  # fmt: skip
    assert "3</strong> 处不同" in page.content.decode()
    assert get(RESTAURANT).subject.draft_revision == revision
    answer = editor.post(address(), {"do": "take", "revision": revision}, follow=True)
    assert "已导入" in answer.content.decode()
    theme = get(RESTAURANT)
    rules = {rule["code"]: rule for rule in theme.subject.draft["guidance"]["rules"]}
    assert theme.subject.draft_revision == revision + 1
    assert rules["R05"]["when"] == {"q": "q_build_area", "op": "gt", "value": 500}
    assert (rules["R03"]["name"], rules["R03"]["priority"]) == ("企业刻章", 25)
    entry = AuditEntry.objects.get(action="theme.rules_imported")
    assert (entry.actor, entry.facts["changes"], entry.facts["rules"]) == (account("sj_editor"), 3, len(rules))
    assert not UploadedRules.objects.exists()


def test_a_draft_changed_meanwhile_is_not_overwritten(editor: Client) -> None:
    content = edited((2, "名称", "另一个名称"))
    seen = get(RESTAURANT).subject.draft_revision
    save(RESTAURANT, add_sentence)
    page = uploaded(editor, content)
    assert f"从草稿修订 {seen} 导出" in page.content.decode(), "and who takes it in is told that it is old"
    answer = editor.post(address(), {"do": "take", "revision": seen})
    assert answer.status_code == 412 and get(RESTAURANT).subject.draft_revision == seen + 1
    with pytest.raises(StaleRevision):
        take_rules(actor=account("sj_editor"), code=RESTAURANT, expected_revision=seen)
    assert UploadedRules.objects.exists()
    assert editor.post(address(), {"do": "discard"}, follow=True).status_code == 200
    assert not UploadedRules.objects.exists()


def test_a_broken_table_is_told_with_sheet_line_and_column_and_writes_nothing(editor: Client) -> None:
    revision = get(RESTAURANT).subject.draft_revision
    page = uploaded(editor, edited((2, "优先级", "高"), (6, "【q_build_area】", "很大"), (3, "增加事项", "BL")))
    rows = [(fault.line, letter) for fault, letter in page.context["faults"]]
    assert rows == [(2, "C"), (3, "T"), (6, "J")] and "导入草稿" not in page.content.decode()
    answer = editor.post(address(), {"do": "take", "revision": revision})
    assert answer.status_code == 422
    told = [problem.sentence for problem in answer.context["refusal"].problems]
    assert told[0] == "工作表“决策表”第 2 行 C 列“优先级”：应为整数。" and len(told) == 3
    assert get(RESTAURANT).subject.draft_revision == revision


def test_a_table_that_cannot_be_stored_as_rules_locks_nobody_out(editor: Client) -> None:
    page = uploaded(editor, edited((2, "填写字段", r'【c_seats】 = "\ud800"'), (3, "不能办理", r'"\ud800"')))
    assert [(fault.line, letter) for fault, letter in page.context["faults"]] == [(2, "X"), (3, "AA")]
    assert editor.get(address()).status_code == 200


@pytest.mark.parametrize("lines", [[], [["规则代码"]], [[1, [None]]]])
def test_a_waiting_table_that_nobody_can_read_any_more_is_told_and_discarded(editor: Client, lines: list[Any]) -> None:
    uploaded(editor, exported())
    UploadedRules.objects.update(lines=lines)
    for page in (editor.get(address()), editor.post(address(), {"do": "take", "revision": 1})):
        assert "不能与草稿比较" in page.content.decode() and 'value="discard"' in page.content.decode()
    assert editor.post(address(), {"do": "discard"}, follow=True).context["unreadable"] == ""
    assert not UploadedRules.objects.exists()


def test_a_text_that_a_theme_may_not_hold_is_told_by_line_and_column(editor: Client) -> None:
    page = uploaded(editor, edited((3, "名称", "名" * 20_001), (4, "不能办理", r'"\u0007"')))
    faults = [(fault.line, letter, fault.sentence) for fault, letter in page.context["faults"]]
    assert faults == [(3, "B", "最多 20000 个字。"), (4, "AA", "含有不可见的控制字符（U+0007）。")]
    assert page.context["proposal"].problems == () and "导入草稿" not in page.content.decode()


def test_a_formula_without_its_result_is_no_empty_cell(editor: Client) -> None:
    answer = uploaded(editor, edited((5, "优先级", "=10+20")))
    assert answer.status_code == 422 and "第 5 行 C 列是公式" in answer.content.decode()
    assert not UploadedRules.objects.exists()


def test_no_table_makes_a_draft_that_the_designer_cannot_save(editor: Client) -> None:
    revision = get(RESTAURANT).subject.draft_revision
    reasons = "\n".join("停" * 15_000 for _ in range(2))
    page = uploaded(editor, edited(*((line, "不能办理", reasons) for line in range(2, 14))))
    told = [(problem.pointer, problem.code) for problem in page.context["proposal"].problems]
    assert told == [("", "too_large")] and "最多 1000000 字节" in page.content.decode()
    answer = editor.post(address(), {"do": "take", "revision": revision})
    assert answer.status_code == 422 and get(RESTAURANT).subject.draft_revision == revision


@pytest.mark.parametrize("size", [1_000_001, 2**20 + 1])  # past our limit, and past the server's own
def test_the_designer_is_told_that_its_document_is_too_large(editor: Client, size: int) -> None:
    for page in ("", "flow.svg"):
        answer = editor.post(f"/themes/{RESTAURANT}/guidance/{page}", b" " * size, content_type="application/json")
        assert answer.status_code == 413 and "1000000 字节" in answer.json()["detail"]


@pytest.mark.parametrize(
    "name", ["bomb", "macro", "external entity", "truncated", "many columns", "another kind of file"]
)
def test_hostile_files_are_refused_at_the_gate(editor: Client, name: str) -> None:
    file_name, make = REFUSED[name]
    answer = uploaded(editor, make(), file_name)
    assert answer.status_code == 422 and not UploadedRules.objects.exists()


def test_no_cell_is_live_and_codes_are_explained() -> None:
    def rename(tree: dict[str, Any]) -> None:
        tree["guidance"]["rules"][0]["name"] = '=HYPERLINK("http://x")'

    save(RESTAURANT, rename)
    book = load_workbook(io.BytesIO(exported()))
    assert book.sheetnames == [TABLE, "说明"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert any(cell.value == '=HYPERLINK("http://x")' for cell in cells)
    explained = {(row[0].value, row[1].value) for row in book["说明"].iter_rows(min_row=2)}
    assert {("问题", "q_build_area"), ("事项", "FOOD"), ("草稿修订", "2")} <= explained


def test_who_may_not_edit_gets_no_table() -> None:
    with pytest.raises(Forbidden):
        rules_workbook(actor=account("sj_reviewer"), code=RESTAURANT)
    client = Client()
    client.force_login(account("sj_reviewer"))
    assert client.get(address()).status_code == 403 and client.get(address()[:-1] + ".xlsx").status_code == 403
