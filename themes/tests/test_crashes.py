"""A release to 16 divisions and an import under kill -9: whole or not at all, and done again as if undisturbed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from opsplatform.audit import trail
from opsplatform.jobs.services import asking
from opsplatform.release.services import on_show, releasing, running_stages
from opsplatform.runtime.tests.dying_processes import points, struck
from opsplatform.tests.progress import followed
from themes.services import importing
from themes.tests.demonstrated import DOG, FILES, contents, run
from themes.tests.grounds import empty_ground
from themes.tests.release_drill import after_a_due_stage_was_struck, after_a_release_was_struck
from themes.tests.stored_rows import stored_rows
from themes.tests.what_holds import violations

IN_AN_IMPORT = ("INSERT catalog_serviceitem", "INSERT release_subject", "INSERT audit_auditentry", "UPDATE", "COMMIT")


@pytest.mark.drill
@pytest.mark.usefixtures("demo_clone")
def test_wherever_a_releasing_web_process_dies_all_districts_have_the_version_or_none(long_form: bool) -> None:
    assert after_a_release_was_struck(long_form=long_form) == []


@pytest.mark.usefixtures("demo_clone")
def test_the_saboteur_that_releases_district_by_district_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = releasing.release

    def piecemeal(*, divisions: Any, **rest: Any) -> list[Any]:
        return [release for division in divisions for release in whole(divisions=[division], **rest)]

    monkeypatch.setattr(releasing, "release", piecemeal)
    assert after_a_release_was_struck(about=["INSERT release_release"]) != []


@pytest.mark.usefixtures("demo_clone")
def test_the_saboteur_that_writes_the_trail_after_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "record", after_commit(trail.record))
    assert after_a_release_was_struck(about=["COMMIT"]) != []


@pytest.mark.usefixtures("demo_clone")
def test_the_saboteur_that_announces_after_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_show, "announce_begun", after_commit(on_show.announce_begun))
    assert after_a_release_was_struck(about=["COMMIT"]) != []


@pytest.mark.usefixtures("demo_clone")
def test_the_saboteur_that_asks_for_the_watch_after_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ask", after_commit(asking.ask))
    assert after_a_release_was_struck(about=["COMMIT"]) != []


@pytest.mark.drill
@pytest.mark.usefixtures("demo_clone")
def test_wherever_a_worker_dies_a_due_stage_is_whole_or_not_at_all_and_done_once(long_form: bool) -> None:
    assert after_a_due_stage_was_struck(long_form=long_form) == []


@pytest.mark.usefixtures("demo_clone")
def test_the_saboteur_that_settles_the_stage_after_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_stages, "_settle", after_commit(running_stages._settle))
    assert "waiting with 16 releases" in after_a_due_stage_was_struck(about=["UPDATE release_planstage"])


def after_the_importing_command_died(dossier_file: str, long_form: bool = False) -> list[str]:
    """What is wrong after the first point at which a dying import leaves anything, or once it has been done again."""

    def command() -> None:
        assert run("import_dossier", dossier_file, "--actor", "operator").status == 0

    before = contents()
    boundaries = [*struck(command, at="before COMMIT").passed, "after COMMIT"]
    with transaction.atomic():
        command()
        undisturbed = stored_rows()
        transaction.set_rollback(True)
    for at in followed(points(boundaries, about=IN_AN_IMPORT, long_form=long_form), boundaries.__getitem__):
        assert struck(command, at=at).was_killed
        if boundaries[at] != "after COMMIT" and contents() != before:
            return [f"{at} {boundaries[at]}", "something of it is there"]
    command()
    again = stored_rows()
    differing = [table for table, rows in undisturbed.items() if rows != again[table]]
    return [*violations(), *[f"{table} is not what it would have been" for table in differing]]


@pytest.fixture
def dossier_file(database_clone: str) -> str:
    """A dossier that makes everything, because nothing of it is there."""
    empty_ground()
    return str(settings.SAMPLE_DATA_DIRECTORY / FILES[DOG])


@pytest.mark.drill
def test_wherever_an_importing_command_dies_all_of_the_dossier_is_there_or_nothing(
    dossier_file: str, long_form: bool
) -> None:
    assert after_the_importing_command_died(dossier_file, long_form) == []


def test_the_saboteur_that_imports_entry_by_entry_is_caught(dossier_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_import", importing._import.__wrapped__)
    monkeypatch.setattr(trail, "record", lambda *arguments, **facts: None)  # it refuses to be written like this
    assert after_the_importing_command_died(dossier_file) != []


def after_commit(act: Callable[..., Any]) -> Callable[..., None]:
    """The act, put off until the transaction around it has committed."""

    def put_off(*arguments: Any, **options: Any) -> None:
        def now() -> None:
            with transaction.atomic():
                act(*arguments, **options)

        transaction.on_commit(now)

    return put_off
