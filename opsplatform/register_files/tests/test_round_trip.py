"""What left comes back without a difference, for every register of the demonstration."""

import pytest
from django.test import Client

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.register_files.tests.world import exported, uploaded
from opsplatform.spreadsheets import columns
from opsplatform.spreadsheets.sheets import find_sheet, sheets

pytestmark = pytest.mark.usefixtures("demo_db")

WRITABLE = [sheet.name for sheet in sheets() if sheet.save is not None]


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
@pytest.mark.parametrize("name", WRITABLE)
def test_what_left_comes_back_without_a_difference(name: str, file_format: str) -> None:
    sheet, client = find_sheet(name), Client()
    client.force_login(person("platform_operator"))
    before = AuditEntry.objects.exclude(action="register.exported").count()
    content = exported(client, name, file_format)
    result = uploaded(client, name, content, f"a.{file_format}").context["result"]
    assert (result.rows, result.problems, result.absent_headings) == ((), (), ())
    assert sheet is not None and result.unchanged_count == sheet.model._default_manager.count() > 0
    assert AuditEntry.objects.exclude(action="register.exported").count() == before


@pytest.mark.parametrize("values", [["a b"], ["一\n二"], ["a\\nb", "\\"], ["\\\n"], []])
def test_a_list_in_one_cell_comes_back_as_it_was(values: list[str]) -> None:
    assert columns._parts(columns._joined(values)) == values
