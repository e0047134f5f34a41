"""Every register leaves as a file: what the person sees, nothing live in it, on record."""

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.services.materials import save_material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.console.site import site
from opsplatform.console.tests.world import SCOPED, THERE, build_world, row_of, viewer_of
from opsplatform.kernel.canonical import digest_of
from opsplatform.organizations.models import Department
from opsplatform.organizations.tests.factories import DepartmentFactory, DistrictFactory
from opsplatform.register_files.models import ExportedFile
from opsplatform.register_files.tests.world import exported, lines_of
from opsplatform.spreadsheets.sheets import sheets
from opsplatform.spreadsheets.tests.first_sheet import read_lines
from opsplatform.spreadsheets.tests.payloads import FORMULAS
from opsplatform.spreadsheets.tests.test_writing import LIVE
from opsplatform.spreadsheets.writing import MAX_LINES

pytestmark = pytest.mark.django_db

SHEETS = {sheet.name: sheet for sheet in sheets()}
IN_SCOPE = [name for name, sheet in SHEETS.items() if sheet.model in SCOPED]
# What has a life cycle leaves as a dossier; work rows, events and whom this installation talks to stay.
WITHOUT = {"theme", "collision", "job", "event", "approvedhost", "approvednetwork", "endpoint"}


def logged_in(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def test_every_register_has_a_sheet() -> None:
    assert {str(model._meta.model_name) for model in site._registry} - set(SHEETS) == WITHOUT


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_every_register_leaves_in_both_formats_with_chinese_headings(name: str, file_format: str) -> None:
    world, sheet = build_world(), SHEETS[name]
    row_of(sheet.model, world.here)
    content = exported(logged_in(viewer_of(sheet.model, world.here)), name, file_format)
    headings, *lines = read_lines(io.BytesIO(content), f"a.{file_format}")
    assert list(headings.cells) == sheet.headings
    assert len(set(sheet.headings)) == len(sheet.headings)
    assert lines


@pytest.mark.parametrize("name", IN_SCOPE)
def test_a_neighbours_row_does_not_leave(name: str) -> None:
    world, sheet = build_world(), SHEETS[name]
    for division in (world.here, world.there):
        row_of(sheet.model, division)
    content = exported(logged_in(viewer_of(sheet.model, world.here)), name).decode()
    assert THERE not in content and "本区" in content


def test_the_saboteur_that_forgets_scope_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(Department.objects.all()), "visible_to", lambda rows, _actor: rows)
    with pytest.raises(AssertionError):
        test_a_neighbours_row_does_not_leave("department")


@pytest.mark.parametrize("name", SHEETS)
def test_strangers_and_people_without_roles_get_nothing(client: Client, name: str) -> None:
    address = f"/registers/{name}/export/csv/"
    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    assert not ExportedFile.objects.exists()


@pytest.mark.parametrize(("role", "name"), [("platform_operator", "user"), ("district_editor", "auditentry")])
def test_accounts_and_the_trail_leave_only_with_those_who_read_them(role: str, name: str) -> None:
    assert logged_in(person(role)).get(f"/registers/{name}/export/csv/").status_code == 403


def test_telephone_and_mail_of_accounts_stay() -> None:
    UserFactory(phone="13912345678", email="someone@example.org", division=(admin := person("system_admin")).division)
    content = exported(logged_in(admin), "user").decode()
    assert "13912345678" not in content and "someone@example.org" not in content


def test_the_filters_of_the_list_hold() -> None:
    here = DistrictFactory()
    DepartmentFactory(division=here, name="市场监督管理局")
    DepartmentFactory(division=here, name="公安局")
    client = logged_in(person("platform_operator"))
    assert [line[1] for line in lines_of(exported(client, "department", query="?q=公安"))[1:]] == ["公安局"]
    entry = AuditEntry.objects.get(action="register.exported")
    assert entry.facts["filters"] == {"q": "公安"} and entry.facts["lines"] == 1


@pytest.mark.parametrize("query", ["?no_such=1", "?level=nowhere", "?q=%00", "?p=x", "?division__name__startswith=a"])
def test_filters_that_make_no_sense_are_no_crash(query: str) -> None:
    answer = logged_in(person("platform_operator")).get(f"/registers/department/export/csv/{query}")
    assert answer.status_code in (200, 400, 422)
    assert b"".join(answer)


def test_what_left_is_on_record_with_its_digest() -> None:
    MaterialFactory()
    actor = person("platform_operator")
    content = exported(logged_in(actor), "material", "xlsx")
    record = ExportedFile.objects.get()
    assert (record.digest, record.line_count, record.created_by) == (digest_of(content), 1, actor)
    assert AuditEntry.objects.filter(action="register.exported", facts__digest=record.digest).count() == 1


def test_an_export_that_fails_leaves_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_LINES, "xlsx", 1)
    MaterialFactory.create_batch(2)
    answer = logged_in(person("platform_operator")).get("/registers/material/export/xlsx/")
    assert answer.status_code == 422 and "先筛选" in answer.content.decode()
    assert "改导出 CSV" in answer.content.decode()
    assert not ExportedFile.objects.exists()


def test_a_row_of_many_lines_counts_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_LINES, "csv", 2)
    save_material(
        actor=person("platform_operator"), values={"code": "m", "name": "甲", "review_points": [{"text": "要点"}] * 3}
    )
    answer = logged_in(person("platform_operator")).get("/registers/material/export/csv/")
    assert answer.status_code == 422 and "改导出 CSV" not in answer.content.decode()


def test_codes_stay_text() -> None:
    MaterialFactory(code="000123")
    sheet = openpyxl.load_workbook(
        io.BytesIO(exported(logged_in(person("platform_operator")), "material", "xlsx"))
    ).active
    assert sheet is not None and sheet["A2"].value == "000123" and sheet["A2"].data_type == "s"


def test_the_queries_do_not_grow_with_the_rows(django_assert_max_num_queries: Any) -> None:
    client = logged_in(person("platform_operator"))
    DepartmentFactory.create_batch(60, division=DistrictFactory())
    with django_assert_max_num_queries(20):
        assert len(lines_of(exported(client, "department"))) >= 61


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_no_formula_of_any_register_is_live(name: str, file_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every payload in every column of every register, read back by two independent readers."""
    lines = [[payload] * len(SHEETS[name].headings) for payload in FORMULAS]
    world = build_world()
    monkeypatch.setattr("opsplatform.register_files.services.exporting._lines", lambda *_: iter(lines))
    content = exported(logged_in(viewer_of(SHEETS[name].model, world.here)), name, file_format)
    assert [list(line.cells) for line in read_lines(io.BytesIO(content), f"a.{file_format}")][1:] == lines
    if file_format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
        assert len(cells) == len(FORMULAS) * len(lines[0])
        assert {cell.data_type for cell in cells} == {"s"} and not any(cell.hyperlink for cell in cells)
    else:
        cells = [cell for line in lines_of(content)[1:] for cell in line]
        assert len(cells) == len(FORMULAS) * len(lines[0])
        assert not [cell for cell in cells if cell.startswith(LIVE)]


def test_the_list_leads_to_export_with_its_filters_and_to_import() -> None:
    page = logged_in(person("platform_operator")).get("/admin/organizations/department/?q=局&p=1").content.decode()
    assert "/registers/department/export/xlsx/?q=%E5%B1%80" in page and "导出 CSV" in page
    assert "/registers/department/import/" in page
    page = logged_in(person("district_editor")).get("/admin/organizations/department/").content.decode()
    assert "导出 XLSX" in page and "/registers/department/import/" not in page
