"""A file enters after it was compared and confirmed: all of it, through the registers' own services, or nothing."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F, Model
from django.test import Client
from openpyxl import load_workbook

from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.services.dictionaries import save_dictionary
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.catalog.services.materials import save_material
from opsplatform.catalog.tests.factories import MaterialFactory, ServiceItemFactory, ServicePointFactory
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.kernel import registers
from opsplatform.kernel.texts import find_unseen
from opsplatform.organizations.models import BodyKind, Department
from opsplatform.organizations.tests.factories import BodyKindFactory, CityFactory, DepartmentFactory, DistrictFactory
from opsplatform.register_files.models import UploadedSheet
from opsplatform.register_files.services import comparing, importing
from opsplatform.register_files.tests.world import (
    address_of,
    as_csv,
    confirmed,
    edited,
    exported,
    given_word,
    lines_of,
    uploaded,
    worked,
)  # fmt: skip
from opsplatform.spreadsheets.formulas import neutralised
from opsplatform.spreadsheets.reader_process import letters
from opsplatform.spreadsheets.sheets import sheets
from opsplatform.spreadsheets.tests.hostile_files import REFUSED
from opsplatform.spreadsheets.tests.payloads import FORMULAS

pytestmark = pytest.mark.django_db

WRITABLE = [sheet.name for sheet in sheets() if sheet.save is not None]


@pytest.fixture
def operator() -> Any:
    return person("platform_operator")


@pytest.fixture
def browser(operator: Any) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def result_of(page: Any) -> Any:
    assert page.status_code == 200, page.content.decode()
    return page.context["result"]


def problems_of(page: Any) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.letter, problem.sentence) for problem in result_of(page).problems]


# --- Differences ------------------------------------------------------------------------------------------------------


def test_three_edited_cells_are_three_differences(browser: Client, operator: Any) -> None:
    MaterialFactory.create_batch(5)
    content = exported(browser, "material")

    def edit(lines: list[list[str]]) -> None:
        issuer, exempt, name = (lines[0].index(heading) for heading in ("出具单位", "免提交方式", "名称"))
        lines[2][issuer] = "市公安局"
        lines[3][exempt] = "由表单生成"
        lines[5][name] = "换了名称"

    result = result_of(page := uploaded(browser, "material", edited(content, edit)))
    cells = [cell for row in result.rows for cell in row.cells]
    assert [(cell.line, cell.heading, cell.after) for cell in cells] == [
        (3, "出具单位", "市公安局"),
        (4, "免提交方式", "由表单生成"),
        (6, "名称", "换了名称"),
    ]
    assert result.unchanged_count == 2 and Material.objects.filter(issuer="市公安局").count() == 0
    assert "市公安局" in page.content.decode()
    assert "写入：新增 0 条，修改 3 条" in confirmed(browser, page).content.decode()
    assert Material.objects.filter(issuer="市公安局").count() == 1
    assert AuditEntry.objects.filter(action="material.changed", channel="job").count() == 3
    entry = AuditEntry.objects.get(action="register.imported")
    assert (entry.actor, entry.facts["changed"]) == (operator, 3)
    assert lines_of(exported(browser, "material"))[5][lines_of(content)[0].index("名称")] == "换了名称"


def test_an_edited_workbook_is_read_like_text(browser: Client) -> None:
    MaterialFactory(code="000123", name="甲")
    book = load_workbook(io.BytesIO(exported(browser, "material", "xlsx")))
    assert book.active is not None
    book.active["B2"] = "乙"
    book.active["G2"] = 3
    book.save(file := io.BytesIO())
    result = result_of(page := uploaded(browser, "material", file.getvalue(), "a.xlsx"))
    assert [(cell.letter, cell.after) for row in result.rows for cell in row.cells] == [("B", "乙"), ("G", "3")]
    confirmed(browser, page)
    assert Material.objects.get(code="000123").name == "乙"


def test_sheets_that_are_not_read_are_named(browser: Client) -> None:
    book = load_workbook(io.BytesIO(exported(browser, "material", "xlsx")))
    book.create_sheet("另一批")["A1"] = "材料代码"
    book.create_sheet("空表")
    book.save(file := io.BytesIO())
    page = uploaded(browser, "material", file.getvalue(), "a.xlsx").content.decode()
    assert "只读第一张可见的工作表，没有带入：另一批。" in page


def test_formulas_enter_as_text_and_leave_as_text(browser: Client) -> None:
    texts = [text for text in FORMULAS if text.strip() and not find_unseen(text)]
    lines = [
        ["代码", "名称", "备注"],
        *([f"d{number}", "字典", neutralised(text)] for number, text in enumerate(texts)),
    ]
    page = uploaded(browser, "dictionary", as_csv(lines))
    assert problems_of(page) == []
    confirmed(browser, page)
    assert [Dictionary.objects.get(code=f"d{number}").note for number in range(len(texts))] == texts
    for file_format in ("xlsx", "csv"):
        back = exported(browser, "dictionary", file_format)
        assert result_of(uploaded(browser, "dictionary", back, f"a.{file_format}")).rows == ()


# --- Elements ---------------------------------------------------------------------------------------------------------


def test_elements_are_edited_added_and_moved_with_their_row(browser: Client, operator: Any) -> None:
    save_material(
        actor=operator, values={"code": "m1", "name": "甲", "review_points": [{"text": "一"}, {"text": "二"}]}
    )
    content = exported(browser, "material")
    lines = lines_of(content)
    point = lines[0].index("要点")
    lines[2][point] = "二改"
    lines.append(["m1" if heading == "材料代码" else "" for heading in lines[0]])
    lines[3][point] = "三"
    page = uploaded(browser, "material", as_csv(lines))
    cells = [(cell.line, cell.before, cell.after) for row in result_of(page).rows for cell in row.cells]
    assert cells == [(3, "二", "二改"), (4, "", "三")]
    confirmed(browser, page)
    assert list(ReviewPoint.objects.values_list("text", flat=True)) == ["一", "二改", "三"]


def test_without_columns_of_elements_they_stay(browser: Client, operator: Any) -> None:
    save_material(actor=operator, values={"code": "m1", "name": "甲", "review_points": [{"text": "一"}]})
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    assert "要点" in result_of(page).absent_headings
    confirmed(browser, page)
    assert Material.objects.get().name == "乙" and ReviewPoint.objects.count() == 1


def test_an_entry_cannot_go_and_its_refusal_stands_at_its_line(browser: Client, operator: Any) -> None:
    entries = [{"code": "1", "name": "一"}, {"code": "2", "name": "二"}]
    save_dictionary(actor=operator, values={"code": "d", "name": "字典", "entries": entries})
    page = uploaded(browser, "dictionary", edited(exported(browser, "dictionary"), lambda lines: lines.pop()))
    assert [sentence for _, _, sentence in problems_of(page)] == ["字典项 2 不能删除，请填写停用日期。"]
    assert confirmed(browser, page).status_code == 422
    assert DictionaryEntry.objects.count() == 2


def test_a_malformed_entry_is_told_at_its_code(browser: Client) -> None:
    lines = [["代码", "名称", "字典项代码", "字典项名称"], ["d", "字典", "1", "一"], ["d", "字典", "二", "二"]]
    ((line, letter, _),) = problems_of(uploaded(browser, "dictionary", as_csv(lines)))
    assert (line, letter) == (3, "C")


ENTRY_LINES = ["代码", "名称", "字典项代码", "字典项名称", "上级代码", "启用日期", "停用日期"]


def test_everything_wrong_with_entries_is_told_at_once_each_at_its_own_cell(browser: Client) -> None:
    lines = [
        ENTRY_LINES,
        ["d", "字典", "1", "一", "", "2027-01-01", "2026-01-01"],  # ends before it begins
        ["d", "", "2", "", "", "", ""],  # no name; its position is the code of another line
        ["d", "", "３", "三", "", "2026-13-01", ""],  # full-width digit, no day of the calendar
        ["d", "", "4", "四", "9", "", ""],  # below a code that is not there
        ["d", "", "5", "五", "6", "", ""],  # two circles
        ["d", "", "6", "六", "5", "", ""],
        ["d", "", "7", "七", "7", "", ""],
        ["d", "", "8", "八", "", "", ""],  # twice
        ["d", "", "8", "八八", "", "", ""],
        ["d", "", "9 9", "九", "", "", ""],
    ]
    found = problems_of(page := uploaded(browser, "dictionary", as_csv(lines)))
    assert [(line, letter) for line, letter, _ in found] == [
        (2, "G"), (3, "D"), (4, "C"), (4, "F"), (5, "E"), (6, "E"), (8, "E"), (9, "C"), (10, "C"), (11, "C"),
    ]  # fmt: skip
    assert [sentence for line, letter, sentence in found if letter == "E"] == [
        "字典项 4 的上级代码 9 不存在。",
        "上级代码形成循环：5 → 6 → 5。",
        "上级代码形成循环：7 → 7。",
    ]
    assert confirmed(browser, page).status_code == 422 and not Dictionary.objects.exists()


def test_everything_wrong_with_mappings_is_told_at_once_each_at_its_own_cell(browser: Client, operator: Any) -> None:
    for code in ("a", "b"):
        entries = [{"code": "1", "name": "一"}, {"code": "2", "name": "二", "valid_to": date(2030, 1, 1)}]
        save_dictionary(actor=operator, values={"code": code, "name": code, "entries": entries})
    lines = [
        ["代码", "名称", "来源字典", "目标字典", "来源代码", "目标代码", "关系", "启用日期", "停用日期"],
        ["c", "对照", "a", "b", "1", "1", "相同", "", "2020-01-01"],
        ["c", "", "", "", "99", "1", "相同", "", ""],
        ["c", "", "", "", "1", "98", "差不多", "", ""],
        ["c", "", "", "", "1", "1", "相同", "2019-01-01", ""],  # while the first one holds
        ["c", "", "", "", "1", "2", "相同", "", ""],  # longer than the code
        ["c", "", "", "", "1", "1", "相同", "2019-01-01", "2018-01-01"],
    ]
    found = problems_of(uploaded(browser, "crosswalk", as_csv(lines)))
    assert {(line, letter) for line, letter, _ in found} == {
        (3, "E"), (4, "F"), (4, "G"), (5, "E"), (6, "I"), (7, "I"),
    }  # fmt: skip


def test_a_new_parent_dictionary_that_lacks_the_parents_is_refused_without_columns_of_entries(
    browser: Client, operator: Any
) -> None:
    entries = [{"code": "1", "name": "一"}, {"code": "2", "name": "二", "parent_code": "1"}]
    save_dictionary(actor=operator, values={"code": "d", "name": "字典", "entries": entries})
    save_dictionary(actor=operator, values={"code": "above", "name": "上级"})
    page = uploaded(browser, "dictionary", as_csv([["代码", "上级字典"], ["d", "above"]]))
    assert problems_of(page) == [(2, "", "字典项 2 的上级代码 1 不存在。")]


def test_a_file_without_rows_says_so(browser: Client) -> None:
    MaterialFactory(code="m1", name="甲")
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"]]))
    assert "没有任何一条登记" in page.content.decode() and "完全一致" not in page.content.decode()


def test_a_kind_enters_with_the_department_that_answers_for_it(browser: Client) -> None:
    kind, department = BodyKindFactory(), DepartmentFactory(division=CityFactory())
    district = DepartmentFactory()
    wrong, right = (f"{body.division.code}/{body.name}" for body in (district, department))
    headings = ["类别代码", "负责部门"]
    found = problems_of(uploaded(browser, "bodykind", as_csv([headings, [kind.code, wrong]])))
    assert found == [(2, "B", "负责部门必须是市级部门。")]
    confirmed(browser, uploaded(browser, "bodykind", as_csv([headings, [kind.code, right]])))
    assert BodyKind.objects.get().responsible == department
    lines = lines_of(exported(browser, "bodykind"))
    assert [line[lines[0].index("负责部门")] for line in lines[1:]] == [right]


def test_items_enter_with_their_legal_bases(browser: Client) -> None:
    body = DepartmentFactory()
    headings = ["实施机构", "实施机构类别", "基本编码", "业务办理项序号", "行使层级", "名称", "依据", "施行日期"]
    where = f"{body.division.code}/{body.name}"
    lines = [
        headings,
        [where, "", "000131001000", "01", "4", "新事项", "《某法》第一条", "2020-01-01"],
        [where, "", "000131001000", "01", "", "", "《某条例》", "2021/5/1"],
    ]
    page = uploaded(browser, "serviceitem", as_csv(lines))
    assert problems_of(page) == [] and result_of(page).new_count == 1
    confirmed(browser, page)
    assert ServiceItem.objects.get().legal_bases.count() == LegalBasis.objects.count() == 2


# --- Problems ---------------------------------------------------------------------------------------------------------


def test_every_problem_is_told_at_once_with_line_and_column(browser: Client) -> None:
    district = DistrictFactory()
    lines = [
        ["所属区划", "全称", "机构类别", "统一社会信用代码", "信用代码为示例"],
        [district.code, "甲局", "", "", ""],
        ["999999", "乙局", "", "", ""],
        [district.code, "丙局", "no-such-kind", "", "也许"],
        [district.code, "丁局", "", "913100000000000000", "否"],
        [district.code, "甲局", "", "", ""],
        ["", "", "", "", ""],
        [district.code, "", "", "", "是"],
    ]
    found = problems_of(uploaded(browser, "department", as_csv(lines)))
    assert [(line, letter) for line, letter, _ in found] == [
        (3, "A"), (4, "C"), (4, "E"), (5, "D"), (6, ""), (8, "B"),
    ]  # fmt: skip
    assert Department.objects.filter(name="甲局").count() == 0


@pytest.mark.parametrize(
    ("headings", "sentences"),
    [
        (["材料代码", "名称", "名称"], ["列标题重复"]),
        (["材料代码", "名字"], ["没有这一列"]),
        (["名称"], ["缺少“材料代码”列"]),
        (["材料代码", "", "名称"], ["缺少列标题"]),
        (["=cmd", "名字", "名字"], ["没有这一列", "没有这一列", "没有这一列", "缺少“材料代码”列"]),
    ],
)
def test_headings_that_make_no_sense_are_told_with_their_column(
    browser: Client, headings: list[str], sentences: list[str]
) -> None:
    found = problems_of(uploaded(browser, "material", as_csv([headings, ["x"] * len(headings)])))
    assert sorted(
        sentence.split("：")[0].split("；")[0].split("，")[0].strip("。") for *_, sentence in found
    ) == sorted(sentences)


def test_codes_are_those_of_the_dictionary_where_it_stands(browser: Client, operator: Any) -> None:
    save_dictionary(
        actor=operator,
        values={"code": "material_type", "name": "材料类型", "entries": [{"code": "1", "name": "原件"}]},
    )
    lines = [["材料代码", "名称", "材料类型"], ["m1", "甲", "1"], ["m2", "乙", "9"]]
    found = problems_of(uploaded(browser, "material", as_csv(lines)))
    assert found == [(3, "C", "字典中没有代码“9”。")]


def test_what_the_items_form_does_not_ask_for_cannot_come_in_by_file(browser: Client) -> None:
    ServiceItemFactory(division_days=[{"division_codes": ["310101"], "promised_days": 3}])
    content = exported(browser, "serviceitem")
    lines = lines_of(content)
    assert lines[1][lines[0].index("分区承诺时限")] == "310101 3"
    for heading, text in (("时限单位", "X"), ("办理结果", "{}"), ("分区承诺时限", "{}")):
        changed = [[*line] for line in lines]
        changed[1][lines[0].index(heading)] = text
        ((line, letter, _),) = problems_of(uploaded(browser, "serviceitem", as_csv(changed)))
        assert (line, letter) == (2, letters(lines[0].index(heading)))


def test_cells_beyond_the_headings_are_told(browser: Client) -> None:
    lines = [["材料代码", "名称"], ["m1", "甲", "", "多余"]]
    assert problems_of(uploaded(browser, "material", as_csv(lines))) == [(2, "D", "这一格不在任何一列标题之下。")]


def test_what_a_row_is_known_by_and_given_once_cannot_change(browser: Client) -> None:
    DistrictFactory(name="甲区")
    content = exported(browser, "division", query="?level=district")
    lines = lines_of(content)
    lines[1][lines[0].index("上级区划")] = ""
    assert "登记后不能修改" in problems_of(uploaded(browser, "division", as_csv(lines)))[0][2]


def test_rows_may_refer_to_rows_above_them_in_the_file(browser: Client) -> None:
    lines = [["代码", "名称", "上级分类"], ["new-1", "上", ""], ["new-2", "下", "new-1"]]
    page = uploaded(browser, "scenecategory", as_csv(lines))
    assert problems_of(page) == [] and result_of(page).new_count == 2


# --- Rights and races -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITABLE)
def test_strangers_and_people_without_the_right_do_not_get_in(client: Client, name: str) -> None:
    address = f"/registers/{name}/import/"
    assert client.get(address).status_code == client.post(address).status_code == 302
    for account in (UserFactory(), person("audit_admin"), person("lead_reviewer")):
        client.force_login(account)
        assert client.get(address).status_code == client.post(address).status_code == 403


@pytest.mark.parametrize("name", ["user", "role", "auditentry", "itemform", "nothing"])
def test_what_is_only_exported_has_no_import(browser: Client, name: str) -> None:
    assert browser.get(f"/registers/{name}/import/").status_code in (403, 404)


def test_rights_are_judged_row_by_row() -> None:
    here, there = DistrictFactory(), DistrictFactory()
    ServicePointFactory(division=here, name="窗口", address="旧址")
    client = Client()
    client.force_login(person("district_editor", here))
    lines = [["区划", "名称", "服务的主题", "地址"], [here.code, "窗口", "", "新址"], [there.code, "窗口", "", "他区"]]
    theme = ServicePoint.objects.get().theme_code
    lines[1][2] = theme
    page = uploaded(client, "servicepoint", as_csv(lines))
    assert [(line, letter) for line, letter, _ in problems_of(page)] == [(3, "A")]
    assert ServicePoint.objects.get().address == "旧址"


def test_a_row_changed_meanwhile_is_refused_with_what_changed(browser: Client, operator: Any) -> None:
    material = MaterialFactory(code="m1", name="甲", issuer="原单位")
    MaterialFactory(code="m2", name="丁")
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"], ["m2", "戊"]]))
    colleague = person("platform_operator", name="同事")
    save_material(actor=colleague, pk=material.pk, values={"issuer": "新单位"}, expected_revision=1)
    text = confirmed(browser, page).content.decode()
    assert "没有写入任何内容" in text and "同事 已改动" in text and "新单位" in text
    assert set(Material.objects.values_list("name", flat=True)) == {"甲", "丁"}
    assert not AuditEntry.objects.filter(action="register.imported").exists()
    job = Job.objects.get(kind=importing.WRITE)
    assert (job.state, job.attempts) == (Job.State.PARKED, 1), "a refusal is not tried again by itself"


def test_more_writes_than_one_request_may_hold_are_told(browser: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(comparing, "MAX_WRITES", 2)
    lines = [["材料代码", "名称"], *([f"m{number}", "甲"] for number in range(4))]
    assert [line for line, _, _ in problems_of(uploaded(browser, "material", as_csv(lines)))] == [4]


def test_a_row_registered_meanwhile_is_not_overwritten(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    MaterialFactory(code="m1", name="先到")
    assert "没有写入任何内容" in confirmed(browser, page).content.decode()
    assert Material.objects.get().name == "先到"


def test_compared_again_it_is_held_against_the_register_as_it_is_now(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    UploadedSheet.objects.update(compared_at=F("compared_at") - timedelta(minutes=1))
    material = MaterialFactory(code="m1", name="先到")
    confirmed(browser, page := browser.get(address_of(page)))
    again = worked(browser, browser.post(address_of(page), {"do": "compare"}))
    assert [(cell.before, cell.after) for row in result_of(again).rows for cell in row.cells] == [("先到", "乙")]
    assert given_word(browser, page).status_code == 409, "what was looked at is the former comparison"
    confirmed(browser, again)
    material.refresh_from_db()
    assert material.name == "乙"
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE, Job.State.CANCELLED}


def test_the_saboteur_that_forgets_what_was_seen_is_caught(browser: Client, operator: Any, monkeypatch: Any) -> None:
    honest = importing.write_lines
    monkeypatch.setattr(importing, "write_lines", lambda **given: honest(**{**given, "seen": None}))
    with pytest.raises(AssertionError):
        test_a_row_changed_meanwhile_is_refused_with_what_changed(browser, operator)


def test_the_saboteur_that_keeps_the_dry_run_is_caught(browser: Client, operator: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing.transaction, "set_rollback", lambda _rollback: None)
    with pytest.raises(AssertionError):
        test_three_edited_cells_are_three_differences(browser, operator)


def test_an_upload_is_its_uploaders_alone_and_good_once(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    other = Client()
    other.force_login(person("platform_operator"))
    assert other.get(address_of(page)).status_code == given_word(other, page).status_code == 404
    assert confirmed(browser, page).status_code == 200
    assert given_word(browser, page).status_code == 409
    assert browser.post(address_of(page), {"do": "discard"}).status_code == 409
    assert AuditEntry.objects.filter(action="register.imported").count() == 1


def written_twice(browser: Client) -> int:
    """How many entries the trail has of an upload that two jobs were asked to write."""
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    confirmed(browser, page)
    first = Job.objects.get(kind=importing.WRITE)
    second = Job.objects.create(kind=first.kind, payload=first.payload)
    assert running.run_job(second.pk)
    second.refresh_from_db()
    assert second.state == Job.State.DONE
    return AuditEntry.objects.filter(action="register.imported").count()


def test_work_that_was_asked_for_twice_writes_once(browser: Client) -> None:
    assert written_twice(browser) == 1


def test_the_saboteur_that_forgets_what_was_written_is_caught(browser: Client, monkeypatch: Any) -> None:
    honest = importing._upload_at_work

    def forgetful(pk: int) -> Any:
        upload, sheet = honest(pk)
        upload.applied_at, upload.seen = None, {"m1": 1}
        return upload, sheet

    monkeypatch.setattr(importing, "_upload_at_work", forgetful)
    with pytest.raises(AssertionError):
        assert written_twice(browser) == 1


def test_who_lost_the_right_meanwhile_writes_nothing_and_is_told(browser: Client, operator: Any) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    given_word(browser, page)
    operator.memberships.all().delete()
    job = Job.objects.get(kind=importing.WRITE)
    running.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, Material.objects.count()) == (Job.State.PARKED, 0)
    own = browser.get(f"/jobs/{job.pk}/").content.decode()
    assert "没有" in job.last_error and job.last_error in own
    assert address_of(page) not in own and browser.get(address_of(page)).status_code == 403


def test_an_upload_is_good_for_two_hours(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    UploadedSheet.objects.update(expires_at=F("created_at") - timedelta(hours=1))
    assert "已过期" in browser.get(address_of(page)).content.decode()
    assert given_word(browser, page).status_code == 409
    uploaded(browser, "dictionary", as_csv([["代码", "名称"], ["d1", "乙"]]))
    assert UploadedSheet.objects.get().register == "dictionary"


def test_blanks_around_a_code_are_no_part_of_it(browser: Client) -> None:
    confirmed(browser, uploaded(browser, "material", as_csv([["材料代码", "名称"], [" m1 ", "乙"]])))
    assert Material.objects.get().code == "m1"


def test_what_was_not_looked_at_cannot_be_confirmed(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    for mark in ("", "2020-01-01T00:00:00+00:00"):
        answer = browser.post(address_of(page), {"do": "confirm", "mark": mark})
        assert answer.status_code == 409
    assert not Material.objects.exists()


def test_an_upload_can_be_thrown_away(browser: Client) -> None:
    page = uploaded(browser, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    assert browser.post(address_of(page), {"do": "discard"}).status_code == 302
    assert not UploadedSheet.objects.exists() and not Material.objects.exists()


# --- Hostile files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", sorted(set(REFUSED) - {"bomb that lies about its size", "huge texts"}))
def test_a_hostile_upload_is_refused_in_place(browser: Client, case: str) -> None:
    name, make = REFUSED[case]
    answer = browser.post("/registers/material/import/", {"file": SimpleUploadedFile(name, make())})
    assert answer.status_code == 422 and "op-problems" in answer.content.decode()
    assert not UploadedSheet.objects.exists()


def test_no_file_is_no_crash(browser: Client) -> None:
    assert browser.post("/registers/material/import/", {}).status_code == 422
    assert browser.post("/registers/material/import/", {"file": "text"}).status_code == 422


@pytest.mark.parametrize("make", [str, lambda code: code * 40, lambda _: "9" * 400, lambda _: "日" * 9_000])
def test_cells_of_any_size_end_in_a_sentence(browser: Client, make: Callable[[str], str]) -> None:
    for name in WRITABLE:
        sheet = next(sheet for sheet in sheets() if sheet.name == name)
        page = uploaded(browser, name, as_csv([sheet.headings, [make("x") for _ in sheet.headings]]))
        assert problems_of(page), name


def test_rows_of_the_register_are_what_the_services_make_of_them(browser: Client) -> None:
    row: Model = ServiceItemFactory()
    before = registers.content_of(row)
    assert result_of(uploaded(browser, "serviceitem", exported(browser, "serviceitem"))).unchanged_count == 1
    row.refresh_from_db()
    assert registers.content_of(row) == before
