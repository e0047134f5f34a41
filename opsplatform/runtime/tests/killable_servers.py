"""PostgreSQL servers of a drill's own: the embedded one, and one that is installed on this machine."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.db import connections

from opsplatform.runtime import embedded_postgres
from opsplatform.runtime.backup import programs
from opsplatform.runtime.database_roles import session, setup_database
from opsplatform.runtime.postgres_binaries import postgres_programs
from opsplatform.settings.databases import EMBEDDED_PORT, DatabasePlan, embedded_plan, in_database
from opsplatform.settings.embedded_location import EmbeddedLocation, locate_embedded

DEBIAN = Path("/usr/lib/postgresql")


class KillableServer:
    """A server in a place of its own that can be killed and started again."""

    def __init__(self, location: EmbeddedLocation) -> None:
        self.location = location

    @property
    def plan(self) -> DatabasePlan:
        """Roles are called what they are in the databases of the tests, so that rights can be copied."""
        plan, ours = embedded_plan(self.location.socket_directory), settings.DATABASE_PLAN
        return replace(
            plan,
            application={**plan.application, "USER": ours.application_role},
            owner={**plan.owner, "USER": ours.owner_role},
            application_role=ours.application_role,
            owner_role=ours.owner_role,
        )

    def start(self) -> None:
        """The server answers, whatever state a kill left it in."""
        embedded_postgres.ensure_running(self.location)

    def kill(self) -> None:
        """No process of the server exists any more, its memory is lost (kill -9 of all, the postmaster first)."""
        postmaster = embedded_postgres.postmaster_pid(self.location)
        assert postmaster is not None
        everyone = [psutil.Process(postmaster), *embedded_postgres._processes_in(self.location)]
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everyone, timeout=30)


class InstalledServer(KillableServer):
    """A server as an administrator runs it: the system's programs, and `pg_ctl start` after a crash."""

    def __init__(self, location: EmbeddedLocation, bin_directory: Path) -> None:
        super().__init__(location)
        self._bin = bin_directory

    def start(self) -> None:
        """The server answers; it is made where it is not there yet."""
        if not (self.location.data / "PG_VERSION").exists():
            for directory in (self.location.home, self.location.data, self.location.socket_directory):
                directory.mkdir(mode=0o700, exist_ok=True)
                os.chown(directory, self.location.uid, self.location.gid)
            self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        options = f"-c listen_addresses='' -c port={EMBEDDED_PORT} -k '{self.location.socket_directory}'"
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self.location.log}", f"--options={options}")

    def _run(self, program: str, *arguments: str) -> None:
        account: dict[str, Any] = {"user": self.location.uid, "group": self.location.gid, "extra_groups": []}
        subprocess.run(
            [self._bin / program, f"--pgdata={self.location.data}", *arguments],
            cwd="/",
            stdout=subprocess.DEVNULL,
            check=True,
            **(account if self.location.account else {}),
        )


def installed_programs() -> Path | None:
    """Where the newest server of this machine has its programs; None where none is installed."""
    found = sorted(path.parent for path in DEBIAN.glob("*/bin/pg_ctl"))
    return found[-1] if found else None


@contextmanager
def server_with_copy_of(database: str, *, installed: Path | None = None) -> Iterator[KillableServer]:
    """A server that has the database's content; Django works on it as the application. Gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        location = locate_embedded(Path(directory))
        server = InstalledServer(location, installed) if installed else KillableServer(location)
        server.start()
        try:
            setup_database(server.plan)
            _forget_default_rights(server.plan)
            _copy(in_database(settings.DATABASE_PLAN, database).owner, server.plan.owner, Path(directory) / "copy.sql")
            with _used(server.plan.connection("application")):
                yield server
        finally:
            embedded_postgres.stop(location)


def _forget_default_rights(plan: DatabasePlan) -> None:
    """Tables get the rights that the copy brings, and none beside them."""
    with session(plan.owner) as connection, connection.cursor() as cursor:
        for things in ("TABLES", "SEQUENCES"):
            cursor.execute(f'ALTER DEFAULT PRIVILEGES REVOKE ALL ON {things} FROM "{plan.application_role}"')


def _copy(source: dict[str, Any], target: dict[str, Any], file: Path) -> None:
    with session(source) as connection:
        dump = programs.program_for("pg_dump", connection.server_version // 10000)
    programs.run(dump, ["--no-owner", f"--file={file}"], source)
    programs.run(postgres_programs(None) / "psql", ["--quiet", f"--file={file}", "--output=/dev/null"], target)


@contextmanager
def _used(account: dict[str, Any]) -> Iterator[None]:
    entry: dict[str, Any] = connections.settings["default"]
    before = dict(entry)
    connections.close_all()
    entry.update(account)
    try:
        yield
    finally:
        connections.close_all()
        entry.clear()
        entry.update(before)
