"""PostgreSQL under kill -9, embedded and installed: what was committed is there, nothing else, and work goes on."""

from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from opsplatform.jobs import doorbell, registry
from opsplatform.jobs.tests.drilled_work import after_work_was_struck, register
from opsplatform.runtime.tests.killable_servers import installed_programs, server_with_copy_of
from themes.tests.release_drill import NAMED, after_a_release_was_struck

FEW = ("INSERT jobs_job", "after COMMIT")


@pytest.fixture
def _drilled_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_WORK", dict(registry._WORK))
    monkeypatch.setattr(doorbell, "_bells", [])
    register()


def killed_and_started_again(database: str, installed: Path | None, *, long_form: bool) -> list[str]:
    """What is wrong after the server died at a point of a release or of work; its restart is the only mending."""
    with server_with_copy_of(database, installed=installed) as server:
        drilled = {"about": NAMED if long_form else FEW, "blow": server.kill, "mend": server.start}
        return after_a_release_was_struck(**drilled) or after_work_was_struck(**drilled)


@pytest.mark.drill
@pytest.mark.usefixtures("_drilled_work")
def test_wherever_the_embedded_server_dies_nothing_committed_is_lost_and_nothing_is_done_twice(
    demo_database: str, django_db_blocker: DjangoDbBlocker, long_form: bool
) -> None:
    with django_db_blocker.unblock():
        assert killed_and_started_again(demo_database, None, long_form=long_form) == []


@pytest.mark.drill
@pytest.mark.usefixtures("_drilled_work")
def test_the_same_holds_of_an_installed_server(
    demo_database: str, django_db_blocker: DjangoDbBlocker, long_form: bool
) -> None:
    programs = installed_programs()
    if not long_form:
        pytest.skip("in the long form")
    if programs is None:
        pytest.skip("no PostgreSQL is installed on this machine")
    with django_db_blocker.unblock():
        assert killed_and_started_again(demo_database, programs, long_form=long_form) == []
