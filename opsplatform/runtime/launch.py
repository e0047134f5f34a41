"""`python -m opsplatform.runtime.launch run|stop|wipe`: the whole installation up, down, or gone."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from opsplatform.runtime import embedded_postgres
from opsplatform.runtime.database_roles import client_count, setup_database
from opsplatform.runtime.errors import CannotRun
from opsplatform.runtime.preparation import prepare_database
from opsplatform.runtime.supervisor import Program, Supervisor, only_supervisor, stop_supervisor
from opsplatform.settings.databases import DatabasePlan
from opsplatform.settings.embedded_location import locate_embedded
from opsplatform.settings.environment import PROJECT_ROOT, Environment, EnvironmentInvalid, current_environment

PYTHON = sys.executable
FAREWELL_SECONDS = 2.0  # the sessions of programs that have just ended take a moment to go
MANAGE = str(PROJECT_ROOT / "manage.py")


def run(environment: Environment) -> None:
    """Everything was up and has been stopped in good order."""
    run_directory = _run_directory(environment)
    with only_supervisor(run_directory):
        refuse_taken_port(environment.bind_address, environment.port)
        plan = prepare_database(environment)
        if plan.admin is not None and not environment.uses_embedded_database:
            setup_database(plan)
        try:
            welcome = _prepare(environment)
            Supervisor(
                programs=_programs(environment),
                run_directory=run_directory,
                environment={
                    **os.environ,
                    "PYTHONUNBUFFERED": "1",
                    "DJANGO_SETTINGS_MODULE": environment.settings_module,
                },
                is_ready=lambda: _answers(environment),
                announce=lambda: print(_greeting(environment, welcome), flush=True),
                tend=lambda: _tend_database(environment),
            ).run()
        finally:
            _stop_unused_database(environment, plan)


def stop(environment: Environment) -> None:
    """Nothing of this installation runs any more, the embedded database included."""
    was_running = stop_supervisor(_run_directory(environment))
    if environment.uses_embedded_database:
        was_running = embedded_postgres.stop(locate_embedded(environment.var_directory)) or was_running
    print("已停止。" if was_running else "没有在运行。")


def wipe(environment: Environment) -> None:
    """Nothing runs, and the embedded database's data is gone."""
    stop(environment)
    if environment.uses_embedded_database:
        embedded_postgres.wipe(locate_embedded(environment.var_directory))


def refuse_taken_port(address: str, port: int) -> None:
    """Somebody may listen there; raises CannotRun with the sentence when another program does already."""
    if not _may_listen(address, port):
        raise CannotRun(f"端口 {port} 已被占用：请停止占用它的程序，或换一个端口，例如 PORT={port + 1} make run。")


def _may_listen(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except PermissionError as error:
            raise CannotRun(f"没有权限使用端口 {port}：请换一个 1024 以上的端口，例如 PORT=8000 make run。") from error
        except socket.gaierror as error:
            raise CannotRun(f"BIND_ADDRESS 不是本机的地址：{address}。") from error
        except OSError:
            return False
    return True


def _prepare(environment: Environment) -> str:
    """Tables, static files and demo content are in place; returns what to tell a newcomer."""
    broker = environment.var_directory / "broker"
    shutil.rmtree(broker, ignore_errors=True)  # bells nobody heard; a kill -9 may have left one half-written
    for directory in (broker / "messages", broker / "control"):
        directory.mkdir(parents=True)
    shutil.rmtree(environment.var_directory / "metrics", ignore_errors=True)  # counters of web workers that are gone
    _manage("migrate", "--verbosity", "0", "--no-input")
    if environment.profile == "production":
        _manage("check", "--deploy", "--fail-level", "ERROR")
        _manage("collectstatic", "--verbosity", "0", "--no-input")
        return ""
    return _manage("prepare_demo")


def _manage(*arguments: str) -> str:
    """The command has done its work; what it said on standard output."""
    result = subprocess.run([PYTHON, MANAGE, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise CannotRun(f"{result.stdout}manage.py {arguments[0]} 没有成功，平台未启动。")
    return result.stdout


def _programs(environment: Environment) -> list[Program]:
    celery = (PYTHON, "-m", "celery", "-A", "opsplatform.celery", "--quiet")
    level = environment.log_level
    return [
        Program(
            "网站服务",
            (
                *(PYTHON, "-m", "gunicorn", "opsplatform.wsgi:application", "--no-control-socket"),
                *("--bind", f"{_bracketed(environment.bind_address)}:{environment.port}"),
                *("--worker-class", "gthread", "--workers", str(environment.web_workers)),
                *("--threads", str(environment.web_threads), "--timeout", "60", "--graceful-timeout", "15"),
                *("--log-level", level.lower(), "--max-requests", "20000", "--max-requests-jitter", "2000"),
            ),
        ),
        Program(
            "后台任务",
            (
                *(*celery, "worker", "--loglevel", level, "--concurrency", str(environment.task_workers)),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ),
        ),
        Program("变更流编号", (PYTHON, MANAGE, "stamp_feed")),
        Program("定时任务", (*celery, "beat", "--loglevel", level, "--pidfile", "")),
    ]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _answers(environment: Environment) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(environment.bind_address, environment.bind_address)
    host = environment.allowed_hosts[0].lstrip(".") if environment.allowed_hosts else "localhost"
    url = f"http://{_bracketed(reachable)}:{environment.port}/health/live/"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=1) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return False


def _greeting(environment: Environment, welcome: str) -> str:
    return f"\n运营中台已启动：http://localhost:{environment.port}/\n{welcome}按 Ctrl-C 停止。\n"


def _tend_database(environment: Environment) -> None:
    if environment.uses_embedded_database and embedded_postgres.ensure_running(
        locate_embedded(environment.var_directory)
    ):
        print("内置数据库意外停止，已重新启动。", file=sys.stderr, flush=True)


def _stop_unused_database(environment: Environment, plan: DatabasePlan) -> None:
    """The embedded database is down too, unless a shell or a test run still works with it."""
    location = locate_embedded(environment.var_directory)
    if environment.uses_embedded_database and plan.admin and embedded_postgres.is_running(location):
        deadline = time.monotonic() + FAREWELL_SECONDS
        while (others := client_count(plan.admin)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if others:
            print("内置数据库仍有其他程序在使用，未停止；可用 make stop 停止它。", flush=True)
        else:
            embedded_postgres.stop(location)


def _run_directory(environment: Environment) -> Path:
    return environment.var_directory / "run"


def main(arguments: list[str]) -> None:
    """Did what was asked; what stands in the way is one sentence and exit code 1."""
    deeds = {"run": run, "stop": stop, "wipe": wipe}
    if len(arguments) != 1 or arguments[0] not in deeds:
        sys.exit("用法：python -m opsplatform.runtime.launch run|stop|wipe")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the supervisor listens itself
    try:
        deeds[arguments[0]](current_environment())
    except (CannotRun, EnvironmentInvalid) as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit("已中断。")


if __name__ == "__main__":
    main(sys.argv[1:])
