"""The package route on the product's own web server, against a bare Django view that returns the same bytes."""

import http.client
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.timing import Row, paired, spelled
from opsplatform.accounts.models import Role, User
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release

ROUNDS = 15
REQUESTS = 60
GOAL = 0.7
START_SECONDS = 30


def rows(code: str) -> Iterator[Row]:
    """Full answer and 304, each with token, scope, role and live pointer checked in the database on every request."""
    live = Release.objects.live().filter(subject__code=code).select_related("division").first()
    assert live is not None, "nothing is live: the database is not seeded"
    client = register_machine_client(
        actor=User.objects.get(username="sysadmin"),
        name="基准",
        role=Role.objects.get(code="acceptance_platform"),
        division=Division.objects.get(code="310000"),
        scopes=["export:read"],
    )
    with _server() as port:
        token = _token(port, client.client_id, client.client_secret)
        ours = f"/api/v1/export/themes/{code}/{live.division.code}/"
        bearer = {"Authorization": f"Bearer {token}"}
        held = {**bearer, "If-None-Match": f'"{live.package_id}"'}
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def get(path: str, headers: dict[str, str], status: int) -> None:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status, f"{path}: {answer.status}"

        bare = f"/bare/{live.package_id}/"
        for what, headers, status in (("package GET, full", bearer, 200), ("package GET, 304", held, 304)):
            mine, other, ratio = paired(
                lambda headers=headers, status=status: get(ours, headers, status),  # type: ignore[misc]
                lambda: get(bare, {}, 200),
                rounds=ROUNDS,
                times=REQUESTS,
            )
            yield Row(what, spelled(mine), f"bare view {spelled(other)}", f"{ratio:.2f} × bare (goal ≥ {GOAL})")


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "opsplatform.wsgi", "-b", f"127.0.0.1:{port}", "-k", "gthread"]
    process = subprocess.Popen(
        [*command, "-w", "1", "--threads", "2", "--log-level", "error"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _token(port: int, client_id: str, secret: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    basic = b64encode(f"{client_id}:{secret}".encode()).decode()
    connection.request(
        "POST",
        "/oauth/token/",
        body="grant_type=client_credentials&scope=export:read",
        headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    body = connection.getresponse().read().decode()
    return body.split('"access_token": "')[1].split('"')[0]
