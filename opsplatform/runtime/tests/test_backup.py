"""The restore drill: what was backed up comes back exactly, and what is damaged is caught."""

import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from opsplatform.kernel.errors import DomainError
from opsplatform.runtime.backup import making, programs
from opsplatform.runtime.backup.errors import BackupRefused
from opsplatform.runtime.backup.inventory import Inventory, take_inventory
from opsplatform.runtime.backup.making import DUMP, MANIFEST, make_backup, read_manifest
from opsplatform.runtime.backup.restoring import problems_of, restore_backup
from opsplatform.runtime.database_roles import session
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.settings.databases import DatabasePlan, in_database
from opsplatform.settings.local_secrets import local_signing_key_file

ONE_MORE_ENTRY = """
    INSERT INTO audit_auditentry (actor_name, action, object_type, object_key, object_label, division_code, reason,
                                  facts, channel, request_id)
    VALUES ('', 'drill.done', '', '', '', '', '', '{}', '', '') RETURNING id
"""


@pytest.fixture
def source(demo_clone: str) -> DatabasePlan:
    """The plan of a database with the demonstration in it, to which nobody is connected."""
    connections.close_all()
    return in_database(settings.DATABASE_PLAN, demo_clone)


@pytest.fixture
def target(disposable_databases: DisposableDatabases) -> Iterator[DatabasePlan]:
    """The plan of an empty database."""
    name = disposable_databases.name("_restored")
    disposable_databases.create_empty(name)
    yield in_database(settings.DATABASE_PLAN, name)
    disposable_databases.drop(name)


def _execute(plan: DatabasePlan, *statements: str) -> list[tuple[Any, ...]]:
    with session(plan.owner) as owner, owner.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _command(name: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report."""
    output = StringIO()
    try:
        call_command(name, *arguments, "--json", stdout=output)
    except SystemExit as ending:
        return int(str(ending.code)), json.loads(output.getvalue())
    return 0, json.loads(output.getvalue())


def test_the_restore_drill(source: DatabasePlan, target: DatabasePlan, tmp_path: Path) -> None:
    backup = tmp_path / "monday"
    code, made = _command("backup", "--to", str(backup), "--database", source.name)
    assert code == 0
    assert made["findings"] == []
    assert len(made["inventory"]["packages"]) > 16
    assert made["inventory"]["audit_rows"] > 16
    assert all(package["is_signature_valid"] for package in made["inventory"]["packages"])

    _execute(source, "UPDATE release_subject SET title = 'changed after the backup'")
    code, restored = _command("restore", "--from", str(backup), "--database", target.name)
    assert code == 0
    assert restored["verified"]["audit_rows"] == made["inventory"]["audit_rows"]
    assert restored["waiting_migrations"] == []
    assert _execute(target, "SELECT count(*) FROM release_subject WHERE title LIKE 'changed%'") == [(0,)]
    # The planner knows the tables, even small ones that autovacuum would leave alone.
    assert _execute(target, "SELECT 1 FROM pg_stats WHERE tablename = 'release_subject' AND attname = 'code'") == [(1,)]
    # The sequences go on where they were, as the application's role.
    with session(target.application) as application, application.cursor() as cursor:
        cursor.execute(ONE_MORE_ENTRY)
        assert cursor.fetchone()[0] > made["inventory"]["audit_rows"]

    # Readers of the change feed may have read on since: theirs is another epoch now.
    epoch = "SELECT epoch FROM feed_head"
    assert _execute(target, epoch) != _execute(source, epoch)

    # And back over the source itself, which is refused unless asked for in so many words.
    code, refused = _command("restore", "--from", str(backup), "--database", source.name)
    assert (code, refused["code"]) == (1, "backup_refused")
    assert "--replace" in refused["sentence"]
    code, _ = _command("restore", "--from", str(backup), "--database", source.name, "--replace")
    assert code == 0
    assert _execute(source, "SELECT count(*) FROM release_subject WHERE title LIKE 'changed%'") == [(0,)]


@pytest.fixture
def backup(source: DatabasePlan, tmp_path: Path) -> Path:
    make_backup(source, tmp_path / "backup")
    return tmp_path / "backup"


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


DAMAGE = [
    (_flip_a_byte, DUMP, "校验和与清单不符"),
    (_cut, DUMP, "校验和与清单不符"),
    (_cut, MANIFEST, "不是完整的清单"),
    (Path.unlink, DUMP, "不是完整的备份"),
]


def test_a_damaged_backup_is_refused_before_anything_is_touched(
    backup: Path, target: DatabasePlan, tmp_path: Path
) -> None:
    for number, (damage, file, sentence) in enumerate(DAMAGE):
        damaged = tmp_path / str(number)
        shutil.copytree(backup, damaged)
        damage(damaged / file)
        with pytest.raises(BackupRefused, match=sentence):
            restore_backup(target, damaged, replace=False)
    assert _execute(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]


def test_a_manifest_that_promises_something_else_undoes_the_restore(
    backup: Path, source: DatabasePlan, target: DatabasePlan
) -> None:
    manifest = json.loads((backup / MANIFEST).read_bytes())
    manifest["inventory"]["audit_rows"] += 1
    (backup / MANIFEST).write_text(json.dumps(manifest))
    _execute(source, "UPDATE release_subject SET title = 'still here'")
    for plan, replace in ((target, False), (source, True)):
        with pytest.raises(DomainError) as refusal:
            restore_backup(plan, backup, replace=replace)
        assert [problem.pointer for problem in refusal.value.problems] == ["/audit_rows"]
    assert _execute(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]
    assert _execute(source, "SELECT DISTINCT title FROM release_subject") == [("still here",)]


def _with_people_at_work(source: DatabasePlan, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup during which somebody commits after its moment, before and after the dump."""
    run = programs.run

    def run_meanwhile(*arguments: Any) -> None:
        _execute(source, ONE_MORE_ENTRY)
        run(*arguments)
        _execute(source, ONE_MORE_ENTRY)

    with monkeypatch.context() as patch:
        patch.setattr(programs, "run", run_meanwhile)
        make_backup(source, directory)


def test_a_backup_made_while_people_work_is_of_one_moment(
    source: DatabasePlan, target: DatabasePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((before,),) = _execute(source, "SELECT count(*) FROM audit_auditentry")
    _with_people_at_work(source, tmp_path / "busy", monkeypatch)
    assert _execute(source, "SELECT count(*) FROM audit_auditentry") == [(before + 2,)]
    assert restore_backup(target, tmp_path / "busy", replace=False).inventory.audit_rows == before


def test_the_saboteur_that_counts_at_another_moment_is_caught(
    source: DatabasePlan, target: DatabasePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_later(connection: Any, role: str) -> Inventory:
        with session(source.owner) as later:
            return take_inventory(later, role)

    with monkeypatch.context() as patch:
        patch.setattr(making, "take_inventory", count_later)
        _with_people_at_work(source, tmp_path / "torn", patch)
    with pytest.raises(BackupRefused) as refusal:
        restore_backup(target, tmp_path / "torn", replace=False)
    assert {problem.pointer for problem in refusal.value.problems} == {"/audit_rows", "/rows/audit_auditentry"}


def test_a_backup_comes_back_where_its_signing_key_is_not_at_hand(
    backup: Path, target: DatabasePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIGNING_KEY_FILE", local_signing_key_file(tmp_path / "another"))
    code, restored = _command("restore", "--from", str(backup), "--database", target.name)
    assert code == 0, restored
    assert restored["verified"]["signatures_of_other_keys"] == restored["verified"]["packages"] > 16


def test_a_backup_of_a_newer_server_is_refused_before_anything_is_touched(backup: Path, target: DatabasePlan) -> None:
    manifest = json.loads((backup / MANIFEST).read_bytes())
    (backup / MANIFEST).write_text(json.dumps({**manifest, "server_version": "99.1 (Debian 99.1-1)"}))
    with pytest.raises(BackupRefused, match="备份来自 PostgreSQL 99"):
        restore_backup(target, backup, replace=False)


def test_what_a_killed_restore_set_aside_comes_back(backup: Path, source: DatabasePlan) -> None:
    _execute(source, "ALTER SCHEMA public RENAME TO before_restore", "CREATE SCHEMA public", "CREATE TABLE half ()")
    with pytest.raises(BackupRefused, match="已有内容"):
        restore_backup(source, backup, replace=False)
    assert _execute(source, "SELECT count(*) > 0, to_regclass('half') IS NULL FROM release_subject") == [(True, True)]


def test_a_database_in_use_is_not_replaced(backup: Path, source: DatabasePlan) -> None:
    with session(source.application), pytest.raises(BackupRefused, match="还有 1 个连接"):
        restore_backup(source, backup, replace=True)


SABOTAGE = {
    "a dropped trigger": (
        ("DROP TRIGGER audit_auditentry_append_only ON audit_auditentry",),
        {"/triggers/audit_auditentry.audit_auditentry_append_only"},
    ),
    "a disabled trigger": (
        ("ALTER TABLE release_package DISABLE TRIGGER release_package_append_only",),
        {"/triggers/release_package.release_package_append_only"},
    ),
    "a trigger without teeth": (
        (
            (
                "CREATE OR REPLACE FUNCTION release_decided_once_or_owed() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN NEW; END'"
            ),
        ),
        {"/triggers/release_decision.release_decided_once"},
    ),
    "a right given back": (
        (f'GRANT UPDATE ON audit_auditentry TO "{settings.DATABASE_APP_ROLE}"',),
        {"/rights/audit_auditentry"},
    ),
    "a removed audit entry": (
        (
            "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_auditentry_append_only",
            "DELETE FROM audit_auditentry WHERE id = (SELECT min(id) FROM audit_auditentry)",
            "ALTER TABLE audit_auditentry ENABLE TRIGGER audit_auditentry_append_only",
        ),
        {"/audit_rows", "/rows/audit_auditentry"},
    ),
    "a migration forgotten": (
        ("DELETE FROM django_migrations WHERE app = 'guardian'",),
        {"/migrations/", "/rows/django_migrations"},
    ),
    "a version number skipped": (
        (
            "ALTER TABLE release_version DISABLE TRIGGER release_version_append_only",
            "UPDATE release_version SET number = number + 5",
            "ALTER TABLE release_version ENABLE TRIGGER release_version_append_only",
        ),
        {"/versions/"},
    ),
    "a position missing in the feed": (
        (
            (
                "INSERT INTO feed_event (event_id, type, kind, code, division_code, digest, is_tombstone, facts, at)"
                " SELECT gen_random_uuid(), 'x', 'x', 'x', '', '', false, '{}', now() FROM generate_series(1, 2)"
            ),
            "UPDATE feed_event SET position = 1000000, stamped_at = now() WHERE kind = 'x' AND id % 2 = 0",
            "UPDATE feed_head SET position = 1000000",
        ),
        {"/feed/", "/rows/feed_event"},
    ),
    "two live releases": (
        (
            "DROP INDEX release_one_live",
            "ALTER TABLE release_release DROP CONSTRAINT release_periods_apart",
            "ALTER TABLE release_release DISABLE TRIGGER USER",
            (
                "INSERT INTO release_release (subject_id, version_id, division_id, package_id, released_by_id,"
                " note, ending, end_note) SELECT subject_id, version_id, division_id, package_id, released_by_id,"
                " note, '', '' FROM release_release WHERE ended_at IS NULL LIMIT 1"
            ),
            "ALTER TABLE release_release ENABLE TRIGGER USER",
        ),
        {"/releases/", "/rows/release_release"},
    ),
    "bytes of a package": (
        (
            "ALTER TABLE release_package DISABLE TRIGGER release_package_append_only",
            "UPDATE release_package SET content = set_byte(content, 100, 0)",
            "ALTER TABLE release_package ENABLE TRIGGER release_package_append_only",
        ),
        {"/packages/"},
    ),
}


def test_every_sabotage_is_named(source: DatabasePlan, disposable_databases: DisposableDatabases, backup: Path) -> None:
    manifest = read_manifest(backup)
    name = disposable_databases.name("_sabotaged")
    for title, (statements, places) in SABOTAGE.items():
        disposable_databases.copy(name, of=source.name)
        plan = in_database(source, name)
        with session(plan.owner) as owner:
            assert problems_of(manifest, take_inventory(owner, plan.application_role)) == [], title
        _execute(plan, *statements)
        with session(plan.owner) as owner:
            problems = problems_of(manifest, take_inventory(owner, plan.application_role))
        found = {problem.pointer for problem in problems}
        assert found, title
        for place in places:
            assert any(pointer.startswith(place) for pointer in found), (title, place, found)
        assert all(pointer.startswith(tuple(places)) for pointer in found), (title, found)
    disposable_databases.drop(name)


def test_backing_up_a_damaged_database_says_so_and_still_makes_the_backup(source: DatabasePlan, tmp_path: Path) -> None:
    _execute(source, *SABOTAGE["a dropped trigger"][0])
    code, made = _command("backup", "--to", str(tmp_path / "worrying"), "--database", source.name)
    assert code == 1
    assert [finding["place"] for finding in made["findings"]] == [
        "/triggers/audit_auditentry.audit_auditentry_append_only"
    ]
    assert read_manifest(tmp_path / "worrying").findings == made["findings"]


def test_a_backup_goes_to_a_new_directory_only(source: DatabasePlan, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="已存在"):
        make_backup(source, tmp_path)


def test_a_database_without_tables_is_not_backed_up(target: DatabasePlan, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="还没有平台的表"):
        make_backup(target, tmp_path / "empty")
    assert list(tmp_path.iterdir()) == []
    assert connection.connection is None
