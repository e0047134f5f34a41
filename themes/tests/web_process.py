"""A web server as it runs in an installation, in processes of its own, and people who call its API at the same time."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from time import monotonic, sleep
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connections
from django.test import Client

from opsplatform.accounts.models import User

PROJECT = Path(__file__).parents[2]
CSRF = "a" * 32
START_SECONDS, STOP_SECONDS = 60, 20
BUSY_SECONDS = 60  # so long somebody comes back who is told that the system is busy
T = TypeVar("T")


@contextmanager
def web_process(environment: Mapping[str, str], directory: Path) -> Iterator[str]:
    """The address of gunicorn with two workers, whose threads keep their connections; log and counters go there."""
    log = directory / "web.log"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "opsplatform.wsgi:application", "--no-control-socket"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "8"),
                *("--log-level", "warning"),
            ],
            cwd=PROJECT,
            env={**environment, "PROMETHEUS_MULTIPROC_DIR": str(directory)},
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = monotonic() + START_SECONDS
        while not _answers(address):
            assert server.poll() is None and monotonic() < deadline, log.read_text()
            sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(STOP_SECONDS)


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    tree: Any


class Caller:
    """One person at the API, logged in. Told that the system is busy, the person comes back, as the answer says."""

    def __init__(self, address: str, user: User) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._address = address
        self._headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/json",
        }

    def ask(self, method: str, path: str, tree: Any = None, **headers: str) -> Answer:
        """The final answer."""
        deadline = monotonic() + BUSY_SECONDS
        while True:
            answer = self._ask(method, path, tree, headers)
            if answer.status != 503 or answer.tree["code"] != "busy" or monotonic() > deadline:
                return answer
            sleep(0.2)

    def _ask(self, method: str, path: str, tree: Any, headers: Mapping[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if tree is None else json.dumps(tree).encode()
        request = urllib.request.Request(f"{self._address}{path}", body, {**self._headers, **named}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers), json.loads(answer.read()))
        except urllib.error.HTTPError as refusal:
            content = refusal.read()
            is_problem = refusal.headers["Content-Type"] == "application/problem+json"
            return Answer(refusal.code, dict(refusal.headers), json.loads(content) if is_problem else content)


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | BaseException]:
    """What came of the acts, all begun at the same moment, each in a thread with its own connection."""
    together = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | BaseException:
        try:
            together.wait(60)
            return act()
        except BaseException as error:  # noqa: BLE001 — judged by the test's own thread
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/live/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
