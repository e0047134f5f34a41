"""A web server as docs/deployment.md §4 starts it, and one caller that keeps its connection."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from django.conf import settings

START_SECONDS = 30
NO_HEADERS: Mapping[str, str] = {}


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    content: bytes


class Caller:
    """One HTTP/1.1 connection, opened anew when the server has closed it for being idle."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path: str, headers: Mapping[str, str] = NO_HEADERS, *, status: int = 200) -> bytes:
        """The body of the answer, which has this status."""
        return self._content(status, "GET", path, None, headers)

    def post(self, path: str, body: str, headers: Mapping[str, str], *, status: int = 200) -> bytes:
        """The same for a form that is sent."""
        typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._content(status, "POST", path, body.encode(), typed)

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Whatever comes back."""
        try:
            return self._exchange(method, path, body, headers)
        except (ConnectionError, http.client.NotConnected):
            self._connection.close()
            return self._exchange(method, path, body, headers)

    def _content(self, status: int, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        answer = self.ask(method, path, body, headers)
        assert answer.status == status, f"{path}: {answer.status} {answer.content[:500]!r}"
        return answer.content

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read())


@contextmanager
def served(
    application: str = "opsplatform.wsgi", *, python: str = sys.executable, environment: Mapping[str, str] = NO_HEADERS
) -> Iterator[Caller]:
    """The application answers this caller; what the server writes is in var/bench.log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"]
    with (settings.VAR_DIRECTORY / "bench.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--graceful-timeout", "15", "--log-level", "warning"],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port)
            yield Caller(port)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError("the server did not start: see var/bench.log")
