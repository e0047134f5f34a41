"""`make run` under kill -9: whatever of it dies, pages answer again and work is done within a minute, real limits."""

import os
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from opsplatform.jobs.services.running import LEASE
from opsplatform.runtime import embedded_postgres
from opsplatform.runtime.database_roles import session
from opsplatform.settings.databases import embedded_plan
from opsplatform.settings.embedded_location import EmbeddedLocation, locate_embedded
from opsplatform.settings.environment import PROJECT_ROOT

START_SECONDS = 300
STUCK_SECONDS = 60
FRESH = "'waiting', now(), NULL, 0"
TAKEN_BY_SOMEBODY_DEAD = f"'running', now(), now() + interval '{LEASE.total_seconds()} seconds', 1"
ASKED = """
    INSERT INTO jobs_job (kind, payload, dedupe_key, state, due_at, lease_until, attempts, max_attempts, lease_token,
                          pending, failures, last_error, object_type, object_key)
    VALUES ('themes.watch_live', '{{}}', '', {state}, 5, 'dead', '[]', '{{}}', '', '', 'drill')
"""
ANNOUNCED = """
    INSERT INTO feed_event (event_id, type, kind, code, division_code, digest, is_tombstone, facts, at)
    VALUES (gen_random_uuid(), 'drill.changed', 'drill', 'drill', '', '', false, '{}', now())
"""
LEFT = """
    SELECT (SELECT count(*) FROM jobs_job WHERE state <> 'done')
         + (SELECT count(*) FROM feed_event WHERE position IS NULL)
"""


class Installation:
    """What `make run` starts, in a place of its own."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self.location: EmbeddedLocation = locate_embedded(directory)
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.log = directory / "run.log"
        with self.log.open("w") as log:
            self.supervisor = psutil.Popen(
                [sys.executable, "-m", "opsplatform.runtime.launch", "run"],
                cwd=PROJECT_ROOT,
                env={**kept, "OPSPLATFORM_VAR": str(directory), "PORT": str(port)},
                stdout=log,
                stderr=log,
            )

    def processes(self, word: str) -> list[psutil.Process]:
        """The program of that word, and below it its helpers."""
        for child in self.supervisor.children():
            with suppress(psutil.NoSuchProcess):
                if word in child.cmdline():
                    return [child, *child.children()]
        return []

    def is_ready(self) -> bool:
        """Pages, database and work are what they should be."""
        assert self.supervisor.is_running(), self.log.read_text()[-3000:]
        with suppress(OSError):
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready/", timeout=5).status == 200)
        return False

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows as the administrator sees them."""
        admin = embedded_plan(self.location.socket_directory).admin
        assert admin is not None
        with session(admin) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def is_idle(self) -> bool:
        """Everything asked for is done, and every event has its position."""
        return self.execute(LEFT) == [(0,)]


def eventually(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@pytest.fixture(scope="module")
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    if not request.config.getoption("--long"):
        pytest.skip("in the long form")
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        started = Installation(Path(directory), port)
        try:
            eventually(started.is_ready, START_SECONDS, "it does not start")
            yield started
        finally:
            started.supervisor.send_signal(signal.SIGTERM)
            started.supervisor.wait(60)
            embedded_postgres.stop(started.location)


def kill_the_server(installation: Installation) -> None:
    postmaster = embedded_postgres.postmaster_pid(installation.location)
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)


def killer_of(word: str, place: int) -> Callable[[Installation], None]:
    def kill(installation: Installation) -> None:
        installation.processes(word)[place].kill()

    return kill


VICTIMS = {
    "web server": killer_of("gunicorn", 0),
    "web worker": killer_of("gunicorn", -1),
    "worker": killer_of("worker", 0),
    "helper of the worker": killer_of("worker", -1),
    "clock": killer_of("beat", 0),
    "sequencer": killer_of("stamp_feed", 0),
    "embedded PostgreSQL": kill_the_server,
}


@pytest.mark.drill
@pytest.mark.parametrize("victim", VICTIMS)
def test_within_a_minute_pages_answer_and_the_work_of_the_dead_is_done(installation: Installation, victim: str) -> None:
    eventually(installation.is_idle, STUCK_SECONDS, "work from before is not done")
    installation.execute(ASKED.format(state=FRESH))
    installation.execute(ASKED.format(state=TAKEN_BY_SOMEBODY_DEAD))
    installation.execute(ANNOUNCED)
    VICTIMS[victim](installation)
    if victim == "embedded PostgreSQL":
        eventually(installation.is_ready, STUCK_SECONDS, "pages do not answer")
    eventually(installation.is_idle, STUCK_SECONDS, f"stuck after the death of the {victim}")
    eventually(installation.is_ready, STUCK_SECONDS, "pages do not answer")
    assert all(len(installation.processes(word)) > 1 for word in ("gunicorn", "worker"))
    assert installation.processes("beat")
    assert installation.processes("stamp_feed")
