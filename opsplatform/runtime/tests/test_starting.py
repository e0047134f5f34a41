"""A page or route without a row of the policy table stops web server, worker and beat before they serve."""

import subprocess
import sys
from pathlib import Path

import pytest

from opsplatform.runtime.starting import BOOT_ERROR

HERE = "opsplatform.runtime.tests"
UNFIT = [
    (f"{HERE}.route_without_policy", "api.E001：route api/v1/forgotten/ states no rights"),
    (f"{HERE}.page_without_policy", "accounts.E002：page /forgotten/ names no action of the policy table"),
]
CELERY = ("-m", "celery", "-A", "opsplatform.celery", "--quiet")


def start(program: tuple[str, ...], routes: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """What became of the program: it ended, or is ended after a while, which is a TimeoutExpired."""
    return subprocess.run(
        [sys.executable, *program],
        env={**environment, "DJANGO_SETTINGS_MODULE": f"{HERE}.settings_with_routes", "TEST_ROUTES": routes},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize(("routes", "sentence"), UNFIT, ids=["route", "page"])
@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_the_web_servers_entry_refuses(
    entry: str, routes: str, sentence: str, process_environment: dict[str, str]
) -> None:
    ended = start(("-c", f"import opsplatform.{entry}"), routes, process_environment)
    assert ended.returncode == BOOT_ERROR, ended.stderr
    assert "系统检查没有通过，拒绝启动" in ended.stderr
    assert sentence in ended.stderr


@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_with_the_installations_own_routes_it_does_not(entry: str, process_environment: dict[str, str]) -> None:
    ended = start(("-c", f"import opsplatform.{entry}"), "opsplatform.urls", process_environment)
    assert ended.returncode == 0, ended.stderr


def test_gunicorn_does_not_stay_up(process_environment: dict[str, str], tmp_path: Path) -> None:
    routes, sentence = UNFIT[0]
    gunicorn = ("-m", "gunicorn", "opsplatform.wsgi", "--bind", f"unix:{tmp_path}/s", "--no-control-socket")
    ended = start(gunicorn, routes, process_environment)
    assert ended.returncode == BOOT_ERROR, ended.stderr
    assert sentence in ended.stderr


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_neither_do_worker_and_beat(program: str, process_environment: dict[str, str], tmp_path: Path) -> None:
    routes, sentence = UNFIT[1]
    options = {"worker": ("--pool", "solo"), "beat": ("--schedule", f"{tmp_path}/s", "--pidfile", "")}
    ended = start((*CELERY, program, *options[program]), routes, process_environment)
    assert ended.returncode == BOOT_ERROR, ended.stderr
    assert sentence in ended.stderr
