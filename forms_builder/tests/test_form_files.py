"""A form's file: uploaded, shown with exactly what it would change and lose, taken whole or not at all."""

import io
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from forms_builder.documents import FieldOption, FormField, ItemFormDocument
from forms_builder.exchange.sheets import HEADINGS, read_rows, rows_of
from forms_builder.exchange.tests.test_json_schema import EVERYTHING, FORMS, OF_FIELDS
from forms_builder.exchange.tests.test_sheets import FAULTS, FULL, sheet_of
from forms_builder.models import ItemForm, UploadedForm
from forms_builder.services.exchanging_forms import find_proposal, take_form_file, upload_form_file
from forms_builder.services.item_forms import save_item_form
from forms_builder.tests.factories import DictionaryEntryFactory, DictionaryFactory, PublicFieldFactory
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision
from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.tests.first_sheet import read_lines
from opsplatform.spreadsheets.tests.hostile_files import REFUSED
from opsplatform.spreadsheets.writing import write_csv, write_xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Any:
    return person("platform_operator")


@pytest.fixture
def browser(operator: Any) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def item(operator: Any) -> ServiceItem:
    """An item whose draft uses everything that a sheet can say."""
    dictionary = DictionaryFactory(code="gbt4880", name="语种")
    DictionaryEntryFactory(dictionary=dictionary, code="zh", name="汉语")
    PublicFieldFactory(code="org.uscc", label="统一社会信用代码", data_type="uscc")
    item = ServiceItemFactory()
    save_item_form(actor=operator, item_key=item.key, tree={**write(FULL), "item": item.key}, expected_revision=0)
    return item


def address(item: ServiceItem, part: str = "import/") -> str:
    return f"/item-forms/{item.key}/{part}"


def uploaded(browser: Client, item: ServiceItem, content: bytes, name: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return browser.post(address(item), {"do": "upload", "file": file}, follow=True)


def exported(browser: Client, item: ServiceItem, kind: str) -> bytes:
    answer = browser.get(address(item, f"export/{kind}"))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def lines_told(page: Any) -> list[tuple[str, str | None, str | None]]:
    return [(line.what, line.before, line.after) for section in page.context["sections"] for line in section.lines]


# --- Sheets -----------------------------------------------------------------------------------------------------------


def test_three_edited_fields_are_exactly_three_differences_and_then_the_draft(
    browser: Client, item: ServiceItem, operator: Any
) -> None:
    book = load_workbook(io.BytesIO(exported(browser, item, "xlsx")))
    sheet = book.active
    assert sheet is not None
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        code = row[columns["编码"] - 1].value
        if code == "kind":
            row[columns["名称"] - 1].value = "申请人类型"
        elif code == "sum":
            row[columns["最大值"] - 1].value = 250
        elif code == "note":
            row[columns["显示条件"] - 1].value = '【kind】 等于 "01"'
    book.create_sheet("补充说明")["A1"] = "另见附件"
    book.save(file := io.BytesIO())
    page = uploaded(browser, item, file.getvalue(), "改过.xlsx")
    assert "只读第一张工作表，没有带入：补充说明。" in page.content.decode()
    told = lines_told(page)
    assert sorted(what for what, _, _ in told) == [
        "字段“ 备注”出现的条件", "字段“申请人类型”的名称", "字段“金额”的最大值",
    ]  # fmt: skip
    assert ("字段“金额”的最大值", "99", "250") in told
    assert ItemForm.objects.get().subject.draft_revision == 1
    answer = browser.post(address(item), {"do": "take", "revision": "1"}, follow=True)
    assert "已导入草稿" in answer.content.decode()
    draft = {field["code"]: field for field in ItemForm.objects.get().subject.draft["fields"]}
    assert (draft["kind"]["label"], draft["sum"]["maximum"]) == ("申请人类型", 250)
    assert draft["note"]["visible_when"] == {"q": "kind", "op": "eq", "value": "01"}
    entry = AuditEntry.objects.get(action="item_form.imported")
    assert (entry.actor, entry.facts["file"], entry.facts["fields"]) == (operator, "改过.xlsx", 6)
    assert not UploadedForm.objects.exists()


@pytest.mark.parametrize("kind", ["xlsx", "csv", "schema.json", "schema-07.json"])
def test_an_export_that_nobody_edited_changes_nothing(browser: Client, item: ServiceItem, kind: str) -> None:
    name = f"表单.{'json' if 'json' in kind else kind}"
    page = uploaded(browser, item, exported(browser, item, kind), name)
    assert "完全一致" in page.content.decode()
    assert page.context["loss_count"] == 0 and not page.context["proposal"].may_be_taken


def as_file(lines: list[list[str]], kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "xlsx":
        write_xlsx(file, "表单", lines[0], lines[1:])
    else:
        write_csv(file, lines[0], lines[1:])
    return file.getvalue()


ODD_BLANKS = (
    " a",
    "a ",
    "a\tb",
    "a\rb",
    "a\r\nb",
    "a\nb",
    "a\xa0b",
    "\u3000a",
    "a\u2028b",
    "a\x85b",
    "a\x1cb",
    "_x000D_",
    "a\\sb",
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("text", ODD_BLANKS)
def test_odd_white_space_comes_back_from_a_file_as_it_was(text: str, kind: str) -> None:
    field = FormField(
        code="f", label=text, data_type="dict", order=10, help=text, options=(FieldOption(code="1", name=text),)
    )
    document = ItemFormDocument(fields=(field,))
    content = as_file([HEADINGS, *rows_of(document)], kind)
    read = read_rows(
        [(line.number, line.cells) for line in read_lines(io.BytesIO(content), f"a.{kind}")], ItemFormDocument()
    )
    assert (read.document, read.faults) == (document, ())


@pytest.mark.drill
def test_broken_sheets_are_told_with_line_and_column_and_write_nothing(
    operator: Any, item: ServiceItem, long_form: bool
) -> None:
    for number, (name, (spoil, line, column, said)) in enumerate(FAULTS.items()):
        if not long_form and number % 5:
            continue
        cells = [list(one) for _, one in sheet_of(FULL)]
        spoil(cells)
        kind = ("xlsx", "csv")[number % 2]
        file = io.BytesIO(as_file(cells, kind))
        upload_form_file(actor=operator, item_key=item.key, file=file, name=f"a.{kind}")
        proposal = find_proposal(actor=operator, item_key=item.key)
        assert proposal is not None
        letter = chr(ord("A") + cells[0].index(column)) if column in cells[0] else ""
        told = [(fault.line, proposal.letter_of(fault), fault.heading) for fault in proposal.faults]
        assert (line, letter, column) in told, name
        with pytest.raises(Invalid) as refusal:
            take_form_file(actor=operator, item_key=item.key, expected_revision=1)
        problems = [one.sentence for one in refusal.value.problems]
        assert any(said in one and (f"第 {line} 行" in one) for one in problems), name
    assert ItemForm.objects.get().subject.draft_revision == 1


def test_faults_stand_on_the_page_with_line_letter_and_heading(browser: Client, item: ServiceItem) -> None:
    cells = [list(one) for _, one in sheet_of(FULL)]
    FAULTS["no such type"][0](cells)
    page = uploaded(browser, item, as_file(cells, "csv"), "a.csv")
    text = page.content.decode()
    assert "有 1 处问题" in text
    assert '<th scope="row">第 4 行</th><td data-label="列">E</td><td data-label="列标题">类型</td>' in text
    assert "导入草稿</button>" not in text
    assert browser.post(address(item), {"do": "take", "revision": "1"}).status_code == 422


def test_what_the_gate_would_find_is_told_before_the_file_is_taken(browser: Client, operator: Any) -> None:
    """A dictionary that nobody registered, a circle, a range of nothing: the draft may say so, and will not pass."""
    item = ServiceItemFactory()
    fields = [
        FormField(code="a", label="甲", data_type="dict", dictionary="nope", order=10),
        FormField(code="b", label="乙", data_type="string", order=20, min_length=9, max_length=3),
    ]
    save_item_form(actor=operator, item_key=item.key, tree={"item": item.key}, expected_revision=0)
    write_csv(file := io.BytesIO(), HEADINGS, rows_of(ItemFormDocument(fields=tuple(fields))))
    page = uploaded(browser, item, file.getvalue(), "a.csv").content.decode()
    assert "提交审核之前须解决" in page and "nope" in page.split("提交审核之前须解决")[1].split("<h2>")[0]
    assert page.split("提交审核之前须解决")[1].split("<h2>")[0].count("必须解决") == 2


def test_a_field_that_only_gets_another_code_is_told_with_both(browser: Client, item: ServiceItem) -> None:
    lines = rows_of(FULL)
    line = next(line for line in lines if line[HEADINGS.index("编码")] == "note")
    line[HEADINGS.index("编码")] = "renamed"
    write_csv(file := io.BytesIO(), HEADINGS, lines)
    page = uploaded(browser, item, file.getvalue(), "a.csv").content.decode()
    assert "（note）" in page and "（renamed）" in page


@pytest.mark.parametrize("name", ["bomb that lies about its size", "macro", "old workbook or encrypted in a container"])
def test_a_hostile_file_stops_at_the_gate(operator: Any, item: ServiceItem, name: str) -> None:
    file_name, content = REFUSED[name]
    with pytest.raises(FileRefused):
        upload_form_file(actor=operator, item_key=item.key, file=io.BytesIO(content()), name=file_name)
    assert not UploadedForm.objects.exists()


def test_a_file_of_another_kind_is_told_what_is_taken(browser: Client, item: ServiceItem) -> None:
    answer = uploaded(browser, item, b"{}", "a.txt")
    assert answer.status_code == 422 and "只接受 .xlsx、.csv 和 .json 文件。" in answer.content.decode()


def test_formulas_leave_as_text_and_come_back_as_text(browser: Client, item: ServiceItem, operator: Any) -> None:
    tree = {**write(FULL), "item": item.key}
    tree["fields"][0]["label"] = "=HYPERLINK(1)"
    save_item_form(actor=operator, item_key=item.key, tree=tree, expected_revision=1)
    for kind in ("xlsx", "csv"):
        content = exported(browser, item, kind)
        if kind == "csv":
            assert b'"=HYPERLINK' not in content
        assert "完全一致" in uploaded(browser, item, content, f"a.{kind}").content.decode()


# --- JSON Schema ------------------------------------------------------------------------------------------------------


def test_a_real_form_shows_its_losses_and_becomes_a_draft(browser: Client, operator: Any) -> None:
    item, path = ServiceItemFactory(), next(path for path in FORMS if path.stem.startswith("us-open-data"))
    page = uploaded(browser, item, path.read_bytes(), path.name)
    text = page.content.decode()
    assert page.status_code == 200 and "导入草稿" in text
    for group in page.context["loss_groups"]:
        assert group.title in text
    assert "/properties/" in text
    take_form_file(actor=operator, item_key=item.key, expected_revision=0)
    draft = ItemForm.objects.get(item=item).subject.draft
    assert draft["item"] == item.key and len(draft["fields"]) == page.context["field_count"]


def test_every_real_form_becomes_a_draft(operator: Any) -> None:
    for path in FORMS:
        item = ServiceItemFactory()
        upload_form_file(actor=operator, item_key=item.key, file=io.BytesIO(path.read_bytes()), name=path.name)
        form = take_form_file(actor=operator, item_key=item.key, expected_revision=0)
        assert len(form.subject.draft["fields"]) > 5


def test_one_title_changed_in_our_own_schema_is_one_difference_and_the_order_stays(
    browser: Client, item: ServiceItem, operator: Any
) -> None:
    dictionary = DictionaryFactory(code="long_codes", name="长短不一")
    for code, name in (("zzz", "丙"), ("b", "乙"), ("aa", "甲")):
        DictionaryEntryFactory(dictionary=dictionary, code=code, name=name)
    tree = {**write(EVERYTHING), "item": item.key}
    text = json.dumps(tree, ensure_ascii=False).replace("gbt2261_1", "long_codes")
    tree = json.loads(text.replace('"value": "1"', '"value": "zzz"'))
    save_item_form(actor=operator, item_key=item.key, tree=tree, expected_revision=1)
    schema = json.loads(exported(browser, item, "schema.json"))
    schema["properties"]["own"]["title"] = "新的名称"
    page = uploaded(browser, item, json.dumps(schema).encode(), "改过.json")
    assert lines_told(page) == [("字段“新的名称”的名称", "own 的名称", "新的名称")]
    assert page.context["loss_count"] == 0
    take_form_file(actor=operator, item_key=item.key, expected_revision=2)
    tree["fields"][list(OF_FIELDS).index("own")]["label"] = "新的名称"
    assert ItemForm.objects.get().subject.draft == write(msgspec.convert(tree, ItemFormDocument))


def test_a_schema_that_is_no_form_is_refused_with_its_places(browser: Client, item: ServiceItem) -> None:
    schema = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    page = uploaded(browser, item, json.dumps(schema).encode(), "a.json")
    assert page.status_code == 422 and "/properties/child" in page.content.decode()
    page = uploaded(browser, item, b'{"type": NaN}', "a.json")
    assert page.status_code == 400
    assert not UploadedForm.objects.exists()


def test_what_a_form_may_not_say_is_told_and_not_taken(browser: Client, item: ServiceItem, operator: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "boolean", "title": "右\u202e左"}}}
    page = uploaded(browser, item, json.dumps(schema).encode(), "a.json")
    assert [problem.code for problem in page.context["proposal"].problems] == ["unseen_character"]
    with pytest.raises(Invalid):
        take_form_file(actor=operator, item_key=item.key, expected_revision=1)


# --- Whose, and when --------------------------------------------------------------------------------------------------


def test_what_waits_is_found_again_and_compared_with_the_draft_as_it_is_then(
    browser: Client, item: ServiceItem, operator: Any
) -> None:
    uploaded(browser, item, exported(browser, item, "xlsx"), "a.xlsx")
    tree = {**write(FULL), "item": item.key, "fields": write(FULL)["fields"][1:]}
    save_item_form(actor=operator, item_key=item.key, tree=tree, expected_revision=1)
    page = browser.get(address(item))
    assert "字段“类型”（kind）" in [what for what, _, _ in lines_told(page)]
    with pytest.raises(StaleRevision):
        take_form_file(actor=operator, item_key=item.key, expected_revision=1)
    assert UploadedForm.objects.count() == 1
    take_form_file(actor=operator, item_key=item.key, expected_revision=2)
    assert len(ItemForm.objects.get().subject.draft["fields"]) == 6


def test_a_file_waits_for_its_uploader_only_and_not_for_ever(item: ServiceItem, operator: Any) -> None:
    file = io.BytesIO(as_file([HEADINGS, *[cells for _, cells in sheet_of(FULL)[1:]]], "csv"))
    upload_form_file(actor=operator, item_key=item.key, file=file, name="a.csv")
    other = person("platform_operator")
    assert find_proposal(actor=operator, item_key=item.key) is not None
    assert find_proposal(actor=other, item_key=item.key) is None
    with pytest.raises(NotFound):
        take_form_file(actor=other, item_key=item.key, expected_revision=1)
    UploadedForm.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert find_proposal(actor=operator, item_key=item.key) is None


def test_giving_up_leaves_nothing_behind(browser: Client, item: ServiceItem) -> None:
    uploaded(browser, item, FORMS[0].read_bytes(), "a.json")
    assert "已放弃" in browser.post(address(item), {"do": "discard"}, follow=True).content.decode()
    assert not UploadedForm.objects.exists() and ItemForm.objects.get().subject.draft_revision == 1


def test_a_reviewer_sees_the_draft_and_may_not_import(item: ServiceItem) -> None:
    reviewer = person("lead_reviewer", department=item.department)
    with pytest.raises(Forbidden):
        upload_form_file(actor=reviewer, item_key=item.key, file=io.BytesIO(b"a"), name="a.csv")


def test_names_and_losses_of_strangers_are_escaped(browser: Client, item: ServiceItem) -> None:
    schema = {
        "type": "object",
        "properties": {"<script>alert(1)</script>": {"type": "string", "title": "<img onerror=x>", "<b>": 1}},
    }
    text = uploaded(browser, item, json.dumps(schema).encode(), "<i>.json").content.decode()
    assert "<script>alert" not in text and "<img onerror" not in text and "<b>" not in text.replace("<b>草", "")
