"""Real workers and clocks, two of each, on each kind of broker: work may become later, never lost and never doubled."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from opsplatform.jobs import doorbell, registry, tasks
from opsplatform.jobs.models import Job
from opsplatform.jobs.tests.drilled_work import ask, not_as_asked, register
from opsplatform.runtime.tests.brokers import Files, RabbitServer, RedisServer, find_program
from opsplatform.settings.brokers import broker_transport_options
from opsplatform.settings.environment import PROJECT_ROOT

CELERY = (sys.executable, "-m", "celery", "-A", "opsplatform.celery", "--quiet")
WORKER = (
    *("--include", "opsplatform.jobs.tests.drilling_worker", "--concurrency", "1", "--loglevel", "WARNING"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
DONE_SECONDS = 120


class Processes:
    """Two workers and two clocks; whatever dies is started again, as the supervisor does."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self._environment, self._directory = environment, directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def tend(self) -> None:
        """All four run."""
        for name in ("worker-one", "worker-two"):
            self._start(name, *CELERY, "worker", "--hostname", f"{name}@%h", *WORKER)
        for name in ("clock-one", "clock-two"):
            schedule = str(self._directory / name)
            self._start(name, *CELERY, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING")

    def kill(self, name: str) -> None:
        """It is gone, and so are its helpers (kill -9)."""
        with suppress(ProcessLookupError):
            os.killpg(self._running[name].pid, signal.SIGKILL)
        self._running.pop(name).wait()

    def kill_all(self) -> None:
        """None of them is left."""
        for name in list(self._running):
            self.kill(name)

    def _start(self, name: str, *command: str) -> None:
        if name in self._running and self._running[name].poll() is not None:
            self.kill(name)
        if name not in self._running:
            with (self._directory / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    command, cwd=PROJECT_ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
                )


@pytest.fixture
def drilled(
    database_clone: str, process_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of processes that know the drilled work, which this one asks for."""
    monkeypatch.setattr(registry, "_WORK", {})
    register()
    return {**process_environment, "DJANGO_SETTINGS_MODULE": "opsplatform.runtime.tests.settings_with_broker"}


@contextmanager
def running(broker: Any, environment: dict[str, str], directory: Path) -> Iterator[Processes]:
    """Workers and clocks on the broker, which also carries the bells of this process."""
    environment = {**environment, "DRILL_BROKER_URL": broker.url, "DRILL_DIRECTORY": str(directory)}
    options = broker_transport_options(broker.url, directory / "broker")

    def ring(job_id: int) -> None:
        with closing(Connection(broker.url, transport_options=options, connect_timeout=1)) as connection:
            tasks.run.apply_async((job_id,), connection=connection, retry=False)

    broker.start()
    processes = Processes(environment, directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doorbell, "_bells", [ring])
        try:
            yield processes
        finally:
            processes.kill_all()
            broker.kill()


def drill(broker: Any, processes: Processes) -> None:
    """Work is asked for while workers and clocks die, the broker is emptied, dies and comes back: all of it is done."""
    processes.tend()
    for number in range(40):
        ask(number)
    until_done(processes, 10)
    processes.kill("worker-one")
    processes.kill("clock-one")
    for number in range(40, 60):
        doubled = ask(number)
        doorbell.ring(doubled.pk)
    broker.flush()
    until_done(processes, 30)
    broker.kill()
    for number in range(60, 80):
        ask(number)
    broker.start()
    for late in Job.objects.filter(state=Job.State.DONE)[:10]:
        doorbell.ring(late.pk)
    until_done(processes, 80)


def until_done(processes: Processes, count: int) -> None:
    """So many rows are done."""
    deadline = time.monotonic() + DONE_SECONDS
    while Job.objects.filter(state=Job.State.DONE).count() < count:
        assert time.monotonic() < deadline, list(Job.objects.values_list("state", "attempts", "last_error"))
        processes.tend()
        time.sleep(0.2)


@pytest.mark.drill
@pytest.mark.parametrize("kind", [Files, RedisServer, RabbitServer])
def test_whatever_dies_work_is_only_later(
    kind: Callable[[Path], Any], drilled: dict[str, str], tmp_path: Path, long_form: bool
) -> None:
    program = getattr(kind, "program", None)
    if program and not long_form:
        pytest.skip("in the long form")
    if program and find_program(program) is None:
        pytest.skip(f"no {program} on this machine")
    broker = kind(tmp_path)
    with running(broker, drilled, tmp_path) as processes:
        drill(broker, processes)
    assert not_as_asked() == []


# --- a broker that does not answer ------------------------------------------------------------------------------------

ASKING = """
import sys
from django.conf import settings
if "without limits" in sys.argv:
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
import django
django.setup()
from opsplatform.jobs.tests.drilled_work import ask, register
register()
print("ready", flush=True)
for number in range(3):
    ask(number)
"""


def asked_through_silence(scheme: str, environment: dict[str, str], *arguments: str, seconds: float) -> int:
    """The exit code of a process that asked for work three times while the broker took its calls and said nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}//"
        asking = subprocess.Popen(
            [sys.executable, "-c", ASKING, *arguments],
            cwd=PROJECT_ROOT,
            env={**environment, "DRILL_BROKER_URL": url, "DRILL_DIRECTORY": "/nowhere"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with asking:
            assert asking.stdout is not None
            assert asking.stdout.readline() == b"ready\n"
            try:
                return asking.wait(seconds)
            finally:
                asking.kill()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_who_asks_for_work_does_not_hang_on_a_broker_that_says_nothing(drilled: dict[str, str], scheme: str) -> None:
    assert asked_through_silence(scheme, drilled, seconds=60) == 0
    assert Job.objects.count() == 3


def test_the_saboteur_without_limits_is_caught(drilled: dict[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        asked_through_silence("redis", drilled, "without limits", seconds=8)
