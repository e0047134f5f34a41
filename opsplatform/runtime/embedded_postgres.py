"""The embedded PostgreSQL: started when it is not running, mended after kill -9, stopped on request.

We drive initdb and pg_ctl ourselves; the wheel's own Python layer trusts a stale postmaster.pid and opens parent
directories (docs/adr/0003). The server listens on a Unix socket only, in a directory that only its account may enter.
"""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from opsplatform.runtime.errors import CannotRun, DatabaseUnavailable
from opsplatform.runtime.postgres_binaries import postgres_programs
from opsplatform.settings.databases import EMBEDDED_ADMIN, EMBEDDED_PORT
from opsplatform.settings.embedded_location import EmbeddedLocation
from opsplatform.settings.environment import make_var_directory

START_SECONDS = 60
STOP_SECONDS = 30
ORPHAN_SECONDS = 10
ROOM_NEEDED = 256 * 1024 * 1024  # bytes; initdb takes about 40 MB, WAL up to its first checkpoint the rest

CONFIGURATION = f"""
listen_addresses = ''
port = {EMBEDDED_PORT}
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
log_timezone = 'Asia/Shanghai'
timezone = 'Asia/Shanghai'
"""


def ensure_running(location: EmbeddedLocation) -> bool:
    """The server answers on its socket; True when this call started it, False when it was running already."""
    with _only_one_starter(location):
        if is_running(location):
            return False
        _prepare_directories(location)
        if not (location.data / "PG_VERSION").exists():
            _initialise(location)
        _clear_what_the_dead_left(location)
        _start(location)
        return True


def is_running(location: EmbeddedLocation) -> bool:
    """Whether our postmaster is alive and says that it accepts connections."""
    return _postmaster(location) is not None and _status_line(location) == "ready"


def stop(location: EmbeddedLocation) -> bool:
    """The server is down, its data on disk; False when it was not running."""
    with _only_one_starter(location):
        postmaster = _postmaster(location)
        if postmaster is None:
            return False
        postmaster.send_signal(signal.SIGINT)  # "fast": open transactions are rolled back, clients disconnected
        try:
            postmaster.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            postmaster.send_signal(signal.SIGQUIT)  # "immediate": recovery at next start
            postmaster.wait(STOP_SECONDS)
        return True


def wipe(location: EmbeddedLocation) -> None:
    """The server is down and nothing of it is left, wherever its data was."""
    stop(location)
    for directory in (location.home, location.socket_directory):
        shutil.rmtree(directory, ignore_errors=True)
    _lock_file(location).unlink(missing_ok=True)


def postmaster_pid(location: EmbeddedLocation) -> int | None:
    """The process id of the running server."""
    postmaster = _postmaster(location)
    return postmaster.pid if postmaster else None


@contextmanager
def _only_one_starter(location: EmbeddedLocation) -> Iterator[None]:
    """Nobody else starts or stops this server meanwhile; the lock dies with its holder."""
    lock = _lock_file(location)
    make_var_directory(lock.parent)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotRun(f"没有权限写入数据目录 {lock.parent}（{error.strerror}）。") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_file(location: EmbeddedLocation) -> Path:
    return location.home.with_name(f"{location.home.name}.lock")


def _prepare_directories(location: EmbeddedLocation) -> None:
    try:
        location.home.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(location.home).free < ROOM_NEEDED:
            raise CannotRun(f"磁盘空间不足：{location.home} 所在磁盘剩余不到 {ROOM_NEEDED // 1024**2} MB。")
        for directory in (location.home, location.data, location.socket_directory):
            with suppress(FileExistsError):
                directory.mkdir(mode=0o700)
            _must_be_ours(directory, location)
            directory.chmod(0o700)
    except PermissionError as error:
        raise CannotRun(f"没有权限建立数据库目录 {error.filename}：请检查该目录的属主，或换一个账号运行。") from error


def _must_be_ours(directory: Path, location: EmbeddedLocation) -> None:
    """The directory is a real one of the server's account: nobody has laid it out for us (sockets may be in /tmp)."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise CannotRun(f"{directory} 不是目录，无法用来存放数据库。")
    if status.st_uid == location.uid:
        return
    if status.st_uid != os.geteuid() or any(directory.iterdir()):
        raise CannotRun(f"{directory} 属于另一个账号：请用当初的账号运行，或删除该目录后重来。")
    os.chown(directory, location.uid, location.gid)


def _initialise(location: EmbeddedLocation) -> None:
    shutil.rmtree(location.data)  # an initdb that was killed half-way leaves files but no PG_VERSION in order
    location.data.mkdir(mode=0o700)
    os.chown(location.data, location.uid, location.gid)
    result = _run(
        location,
        "initdb",
        f"--pgdata={location.data}",
        f"--username={EMBEDDED_ADMIN}",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--auth-local=trust",
        "--auth-host=reject",
        "--data-checksums",
    )
    if result.returncode:
        raise CannotRun(f"内置数据库初始化失败：{_last_line(result.stdout)}")
    with (location.data / "postgresql.conf").open("a") as file:
        file.write(CONFIGURATION)


def _start(location: EmbeddedLocation) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        result = _run(
            location,
            "pg_ctl",
            "start",
            "--wait",
            "--silent",
            f"--timeout={START_SECONDS}",
            f"--pgdata={location.data}",
            f"--log={location.log}",
            f"--options=-k '{location.socket_directory}'",
        )
        if result.returncode == 0:
            return
        reason = _last_line(location.log.read_text(errors="replace")) if location.log.exists() else result.stdout
        if "still in use" not in reason or time.monotonic() > deadline:
            raise DatabaseUnavailable(f"内置数据库没有启动：{reason.strip()}（详见 {location.log}）")
        _end_orphans(location)


def _clear_what_the_dead_left(location: EmbeddedLocation) -> None:
    """After kill -9 the id in postmaster.pid may belong to somebody else by now, which PostgreSQL takes for a rival."""
    postmaster = _postmaster(location)
    if postmaster is not None:  # alive and not ready: starting up, or shutting down
        _wait_until_settled(location, postmaster)
        return
    (location.data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in location.socket_directory.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)
    _end_orphans(location)


def _wait_until_settled(location: EmbeddedLocation, postmaster: psutil.Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while postmaster.is_running() and not is_running(location):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(f"内置数据库在 {START_SECONDS} 秒内没有就绪，详见 {location.log}")
        time.sleep(0.1)


def _end_orphans(location: EmbeddedLocation) -> None:
    """No process of a dead postmaster still holds the data: a backend in a long query does not notice by itself."""
    orphans = list(_processes_in(location))
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.send_signal(signal.SIGQUIT)
    _, stubborn = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
    for orphan in stubborn:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    psutil.wait_procs(stubborn, timeout=ORPHAN_SECONDS)


def _processes_in(location: EmbeddedLocation) -> Iterator[psutil.Process]:
    """Server processes work in their data directory, which tells ours from everybody else's."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            if process.uids().real == location.uid and process.cwd() == str(location.data.resolve()):
                yield process


def _postmaster(location: EmbeddedLocation) -> psutil.Process | None:
    pid = _pid_line(location)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        is_ours = process.cwd() == str(location.data.resolve()) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if is_ours else None


def _pid_file_lines(location: EmbeddedLocation) -> list[str]:
    try:
        return (location.data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError as error:
        raise CannotRun(f"没有权限读取 {error.filename}：请用当初启动数据库的账号运行。") from error


def _pid_line(location: EmbeddedLocation) -> int | None:
    lines = _pid_file_lines(location)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _status_line(location: EmbeddedLocation) -> str:
    lines = _pid_file_lines(location)
    return lines[7].strip() if len(lines) > 7 else ""


def _run(location: EmbeddedLocation, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of PostgreSQL's programs has run as the server's account, with nothing of our environment but the locale."""
    account = location.account
    output = location.home / f"{program}.log"
    with output.open("w+") as file:
        result = subprocess.run(
            [str(postgres_programs(account) / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath},
            timeout=START_SECONDS + STOP_SECONDS,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        file.seek(0)
        return subprocess.CompletedProcess(result.args, result.returncode, file.read())


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "HINT" not in line]
    fatal = [line for line in lines if "FATAL" in line or "error" in line]
    return (fatal or lines or ["没有说明原因"])[-1]
