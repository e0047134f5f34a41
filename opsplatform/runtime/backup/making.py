"""Making a backup: dump and manifest of the same moment, whole or not at all."""

import hashlib
import shutil
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from psycopg2.extensions import connection as Connection  # noqa: N812

from opsplatform.kernel.errors import Problem
from opsplatform.runtime.backup import programs
from opsplatform.runtime.backup.errors import BackupRefused
from opsplatform.runtime.backup.inventory import Inventory, broken_promises, take_inventory
from opsplatform.runtime.database_roles import session
from opsplatform.settings.databases import DatabasePlan
from opsplatform.settings.environment import PROJECT_ROOT

FORMAT = "opsplatform-backup/1"
DUMP = "database.dump"
MANIFEST = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself."""

    format: str
    product_version: str
    made_at: datetime
    database: str
    server_version: str
    database_bytes: int
    dump_bytes: int
    dump_sha256: str
    inventory: Inventory
    findings: list[dict[str, str]]  # what was wrong with the database when it was backed up

    @property
    def server_major(self) -> int:
        """The major version of the server it was made on; `server_version` may carry its packager's words."""
        return int(self.server_version.partition(".")[0])


def make_backup(plan: DatabasePlan, directory: Path) -> Manifest:
    """The directory holds a backup of the database; it must not exist yet. Work in progress goes on meanwhile."""
    if directory.exists():
        raise BackupRefused(f"{directory} 已存在：每次备份写入一个新目录。")
    draft = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True, mode=0o700)
        manifest = _fill(plan, draft)
        draft.rename(directory)
    except OSError as error:
        raise BackupRefused(f"不能写入 {directory}（{error.strerror}）。") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a backup whose dump is the one it was made with."""
    try:
        manifest = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
        checksum = sha256_of(directory / DUMP)
    except OSError as error:
        raise BackupRefused(f"{directory} 不是完整的备份（{error.strerror}：{error.filename}）。") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupRefused(f"{directory / MANIFEST} 不是完整的清单。") from error
    if manifest.format != FORMAT:
        raise BackupRefused(f"备份的格式是 {manifest.format}，本程序只认 {FORMAT}。")
    if checksum != manifest.dump_sha256:
        raise BackupRefused(f"{DUMP} 的校验和与清单不符：备份已损坏，没有恢复任何内容。")
    return manifest


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def as_findings(problems: list[Problem]) -> list[dict[str, str]]:
    """Problems as a manifest or a report writes them."""
    return [{"place": problem.pointer, "code": problem.code, "sentence": problem.sentence} for problem in problems]


def _fill(plan: DatabasePlan, directory: Path) -> Manifest:
    dump = directory / DUMP
    with session(plan.owner) as connection, connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")  # the dump reads this transaction's snapshot
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot, server, size, moment = _one(
            connection,
            "SELECT pg_export_snapshot(), current_setting('server_version'), pg_database_size(current_database()),"
            " now()",
        )
        if _one(connection, "SELECT to_regclass('public.release_package')") == (None,):
            raise BackupRefused(f"数据库 {plan.name} 里还没有平台的表。")
        program = programs.program_for("pg_dump", connection.server_version // 10000)
        programs.run(
            program,
            ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}"],
            plan.owner,
        )
        inventory = take_inventory(connection, plan.application_role)
        cursor.execute("COMMIT")
    manifest = Manifest(
        format=FORMAT,
        product_version=_product_version(),
        made_at=moment,
        database=plan.name,
        server_version=server,
        database_bytes=size,
        dump_bytes=dump.stat().st_size,
        dump_sha256=sha256_of(dump),
        inventory=inventory,
        findings=as_findings(broken_promises(inventory)),
    )
    (directory / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    for path in (dump, directory / MANIFEST):
        path.chmod(0o600)
    return manifest


def _one(connection: Connection, statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone() or ())


def _product_version() -> str:
    return str(tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]["version"])
