"""Two files at once: one waits outside, nobody waits for each other, nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.shortcuts import redirect
from django.test import Client

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.jobs.models import Job
from opsplatform.kernel import clock
from opsplatform.register_files.services import importing
from opsplatform.register_files.tests.world import address_of, as_csv, confirmed, given_word, uploaded, worked
from opsplatform.spreadsheets.sheets import find_sheet


@contextmanager
def another_import_under_way(register: str) -> Iterator[None]:
    """In a thread, on a connection of its own."""
    begun, may_end = Event(), Event()
    sheet = find_sheet(register)
    assert sheet is not None

    def hold() -> None:
        with transaction.atomic():
            importing._alone_with(sheet)
            begun.set()
            may_end.wait(30)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


def test_a_second_import_of_a_register_waits_and_says_so(database_clone: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    client.force_login(person("platform_operator"))
    MaterialFactory(code="m1", name="甲")
    page = uploaded(client, "material", as_csv([["材料代码", "名称"], ["m1", "乙"]]))
    with another_import_under_way("material"):
        text = confirmed(client, page).content.decode()
        assert "等待重试" in text and "另一份文件正在" in text
        assert Material.objects.get().name == "甲"
        assert Job.objects.get(kind=importing.WRITE).attempts == 0, "to wait for one's turn is no attempt"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    Job.objects.filter(kind=importing.WRITE).update(due_at=clock.now())
    with another_import_under_way("dictionary"):
        worked(client, redirect(address_of(page)))
    assert Material.objects.get().name == "乙"


def test_many_who_confirm_the_same_file_at_once_write_it_once(database_clone: str) -> None:
    account = person("platform_operator")
    client = Client()
    client.force_login(account)
    page = uploaded(client, "material", as_csv([["材料代码", "名称"], *([f"m{n}", "乙"] for n in range(20))]))
    statuses: list[int] = []

    def confirm() -> None:
        mine = Client()
        mine.force_login(account)
        statuses.append(given_word(mine, page).status_code)
        connection.close()

    threads = [Thread(target=confirm) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 409, 409, 409, 409, 409]
    worked(client, redirect(address_of(page)))
    assert Material.objects.count() == 20
    assert AuditEntry.objects.filter(action="register.imported").count() == 1
    assert AuditEntry.objects.filter(action="material.registered").count() == 20
