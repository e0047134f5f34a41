"""The worker that writes a file dies in the middle: all of it or nothing, exactly once, whoever takes over."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material
from opsplatform.jobs import doorbell
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.jobs.tests.drilled_work import let_leases_run_out, sweep_up
from opsplatform.register_files.services import importing
from opsplatform.register_files.tests.world import as_csv, given_word, uploaded
from opsplatform.runtime.tests.dying_processes import boundaries_of, points, struck
from opsplatform.tests.progress import followed

ROWS = 12


@pytest.fixture(autouse=True)
def _no_bells(database_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_bells", [])


@pytest.fixture
def confirmed_upload() -> Callable[[int], Job]:
    """The work of writing a file whose materials all begin with the number."""
    client = Client()
    client.force_login(person("platform_operator"))

    def ask(number: int) -> Job:
        lines = [["材料代码", "名称"], *([f"{number}-{row}", "甲"] for row in range(ROWS))]
        given_word(client, uploaded(client, "material", as_csv(lines)))
        return Job.objects.filter(kind=importing.WRITE).latest("pk")

    return ask


def written() -> tuple[int, int, int]:
    """How many materials there are, how many entries of them in the trail, and how many of whole files."""
    entries = AuditEntry.objects.filter(action="material.registered")
    return Material.objects.count(), entries.count(), AuditEntry.objects.filter(action="register.imported").count()


def whole(files: int) -> tuple[int, int, int]:
    """The same where so many files have been written, each once."""
    return files * ROWS, files * ROWS, files


def after_its_worker_died(ask: Callable[[int], Job], *, long_form: bool = False) -> Iterator[tuple[str, object]]:
    """At each point: what stood when the worker was dead, and at the end, where it is not as it should be."""
    first = ask(0)
    boundaries = boundaries_of(lambda: running.run_job(first.pk))
    chosen = points(boundaries, about=("INTO catalog_material", "UPDATE register_files", "COMMIT"), long_form=long_form)
    for files, at in enumerate(followed(chosen, boundaries.__getitem__), start=1):
        job = ask(at + 1)
        assert struck(lambda job=job: running.run_job(job.pk), at=at).was_killed
        if written() not in (whole(files), whole(files + 1)):
            yield boundaries[at], written()
        let_leases_run_out()
        sweep_up()
        job.refresh_from_db()
        if (written(), job.state) != (whole(files + 1), Job.State.DONE):
            yield boundaries[at], (written(), job.state, job.last_error)


@pytest.mark.drill
def test_a_file_is_written_whole_and_once_wherever_its_worker_dies(
    confirmed_upload: Callable[[int], Job],
    long_form: bool,
) -> None:
    assert list(after_its_worker_died(confirmed_upload, long_form=long_form)) == []


def test_the_saboteur_that_writes_row_by_row_is_caught(
    confirmed_upload: Callable[[int], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def row_by_row(job: Job, work: object, element: str) -> bool:
        work.perform(job.payload, element)  # type: ignore[attr-defined]
        return honest(job, work, element)  # type: ignore[arg-type]

    honest = running._perform
    monkeypatch.setattr(importing, "_alone_with", lambda _sheet: None)
    monkeypatch.setattr(importing, "_upload_at_work", _without_lock)
    monkeypatch.setattr(running, "_perform", row_by_row)
    assert next(after_its_worker_died(confirmed_upload), None) is not None


def _without_lock(pk: int) -> object:
    upload = importing.UploadedSheet.objects.select_related("created_by").get(pk=pk)
    return upload, importing.find_sheet(upload.register)
