"""Restoring a backup: verified before and after; what does not come out as promised leaves the database as it was."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812

from opsplatform.feed.services.epochs import BEGIN_EPOCH
from opsplatform.kernel.errors import Problem
from opsplatform.runtime.backup import programs
from opsplatform.runtime.backup.errors import BackupRefused
from opsplatform.runtime.backup.inventory import Inventory, broken_promises, differences, take_inventory
from opsplatform.runtime.backup.making import DUMP, Manifest, read_manifest
from opsplatform.runtime.database_roles import session, setup_database
from opsplatform.settings.databases import DatabasePlan

ASIDE = "before_restore"  # the schema in which what stood there waits until the restored content is verified
FAREWELL_SECONDS = 2.0  # sessions of programs that have just ended take a moment to go
# Who may not read others' statistics sees no backend_type; housekeeping has no user.
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
"""


def restore_backup(plan: DatabasePlan, directory: Path, *, replace: bool) -> Manifest:
    """The database holds exactly what the backup holds; raises BackupRefused with everything that differs.

    The manifest that is returned carries what was found, signatures verified with the key at hand. A database with
    tables is refused unless `replace`; then nobody else may be connected to it.
    """
    manifest = read_manifest(directory)
    setup_database(plan)
    with session(plan.owner) as connection:
        program = programs.program_for("pg_restore", _refuse_older(connection, manifest))
        _take_back(connection)
        is_empty = not _value(connection, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        if not is_empty and not replace:
            raise BackupRefused(f"数据库 {plan.name} 里已有内容：确实要以备份取代它，请加 --replace。")
        _refuse_company(connection, plan)
        with _set_aside(connection, plan):
            programs.run(
                program,
                [
                    "--no-owner",
                    "--no-privileges",
                    "--exit-on-error",
                    "--single-transaction",
                    f"--dbname={plan.name}",
                    str(directory / DUMP),
                ],
                plan.owner,
            )
            _give_rights(connection, plan.application_role, manifest.inventory)
            found = _verified(connection, plan, manifest)
            _begin_epoch(connection, found)
        _perform(connection, "ANALYZE")  # a dump carries no statistics, and small tables would wait for them for ever
    return msgspec.structs.replace(manifest, inventory=found)


def problems_of(manifest: Manifest, found: Inventory) -> list[Problem]:
    """Everything in which what was found differs from the manifest or breaks the product's promises."""
    return [*differences(manifest.inventory, found), *broken_promises(found)]


def _verified(connection: Connection, plan: DatabasePlan, manifest: Manifest) -> Inventory:
    found = take_inventory(connection, plan.application_role)
    problems = problems_of(manifest, found)
    if problems:
        raise BackupRefused("恢复出的内容与备份清单或平台的约定不符，已撤销。", problems=tuple(problems))
    return found


def _begin_epoch(connection: Connection, found: Inventory) -> None:
    """Readers of the change feed, who may have read on past the backup, will be told so."""
    if "feed_head" in found.rows:
        _perform(connection, BEGIN_EPOCH)


def _refuse_older(connection: Connection, manifest: Manifest) -> int:
    """The server's major version, which is not below that of the server the backup was made on."""
    major = connection.server_version // 10000
    if manifest.server_major > major:
        theirs = manifest.server_major
        raise BackupRefused(f"备份来自 PostgreSQL {theirs}，这台服务器是 {major}：只能恢复到同一大版本或更新的服务器。")
    return major


def _refuse_company(connection: Connection, plan: DatabasePlan) -> None:
    deadline = time.monotonic() + FAREWELL_SECONDS
    while (others := _value(connection, _OTHERS)) and time.monotonic() < deadline:
        time.sleep(0.1)
    if others:
        raise BackupRefused(
            f"还有 {others} 个连接在使用数据库 {plan.name}：请先停止网站、后台任务、定时任务与变更流编号。"
        )


def _take_back(connection: Connection) -> None:
    """What a restore that was killed had set aside stands where it stood before."""
    if _value(connection, f"SELECT 1 FROM pg_namespace WHERE nspname = '{ASIDE}'"):  # noqa: S608
        _perform(connection, "DROP SCHEMA IF EXISTS public CASCADE")
        _perform(connection, f"ALTER SCHEMA {ASIDE} RENAME TO public")


@contextmanager
def _set_aside(connection: Connection, plan: DatabasePlan) -> Iterator[None]:
    """Inside, the public schema is new and empty; afterwards the old one is gone, or back if anything failed."""
    _perform(connection, f"ALTER SCHEMA public RENAME TO {ASIDE}")
    _perform(connection, "CREATE SCHEMA public AUTHORIZATION pg_database_owner")
    try:
        _perform(connection, "GRANT USAGE ON SCHEMA public TO {}", plan.application_role)
        yield
    except BaseException:
        _perform(connection, "DROP SCHEMA public CASCADE")
        _perform(connection, f"ALTER SCHEMA {ASIDE} RENAME TO public")
        raise
    _perform(connection, f"DROP SCHEMA {ASIDE} CASCADE")


def _give_rights(connection: Connection, role: str, inventory: Inventory) -> None:
    """The application's role, whatever its name here, has on every table and sequence what it had there."""
    _perform(connection, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}", role)
    _perform(connection, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}", role)
    tables = inventory.rows
    for relation, rights in inventory.rights.items():
        kind = "TABLE" if relation in tables else "SEQUENCE"
        _perform(connection, f"GRANT {', '.join(rights)} ON {kind} {{}} TO {{}}", relation, role)


def _perform(connection: Connection, statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _value(connection: Connection, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None
