"""Programs run together: none outlives its supervisor, a dead one comes back, one that keeps dying stops all."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from opsplatform.runtime.errors import CannotRun
from opsplatform.runtime.launch import refuse_taken_port
from opsplatform.runtime.supervisor import only_supervisor, stop_supervisor

STAY = "import time; time.sleep(120)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)"
DIE = "raise SystemExit(7)"
WITH_HELPER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STAY!r}])"

SCRIPT = """
import os, sys
from pathlib import Path
from opsplatform.runtime import supervisor
from opsplatform.runtime.errors import CannotRun

directory, leash, *programs = sys.argv[1:]
supervisor.STOP_SECONDS = 2.0
supervisor.LEASH = Path(leash)
supervisor.LONGEST_PAUSE_SECONDS = 0.1
try:
    with supervisor.only_supervisor(Path(directory)):
        supervisor.Supervisor(
            programs=[supervisor.Program(f"程序{n}", (sys.executable, "-c", code)) for n, code in enumerate(programs)],
            run_directory=Path(directory),
            environment=dict(os.environ),
            announce=lambda: print("ready", flush=True),
        ).run()
except CannotRun as refusal:
    sys.exit(str(refusal))
"""
LEASH = Path(__file__).parents[1] / "leash.py"
NO_LEASH = "import os, sys; os.execvp(sys.argv[2], sys.argv[2:])"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor process; nothing of it is left after the test."""
    started: list[subprocess.Popen[str]] = []

    def _start(*programs: str, leash: Path = LEASH) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(leash), *programs]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, text=True, cwd=Path(__file__).parents[3], **pipes)
        started.append(process)
        return process

    yield _start
    for process in started:
        descendants = _children(process, recursive=True)
        process.kill()
        for descendant in descendants:  # a helper left alive would keep the pipes open
            with suppress(psutil.NoSuchProcess):
                descendant.kill()
        process.communicate()


def _children(process: "subprocess.Popen[str]", *, recursive: bool = False) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=recursive)
    except psutil.NoSuchProcess:
        return []


def _wait_until_ready(process: "subprocess.Popen[str]", *, programs: int) -> list[psutil.Process]:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    _eventually(lambda: all("leash.py" not in " ".join(child.cmdline()) for child in _children(process)))
    children = _children(process)
    assert len(children) == programs
    return children


def _ignores(process: psutil.Process, number: signal.Signals) -> bool:
    """Whether the kernel has been told that the process ignores the signal."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn:")).split()[1]
    return bool(int(ignored, 16) >> (number - 1) & 1)


def _eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_a_killed_supervisor_takes_its_programs_with_it(start: Start) -> None:
    supervisor = start(STAY, STAY)
    children = _wait_until_ready(supervisor, programs=2)
    supervisor.kill()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_without_the_leash_programs_would_outlive_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    without = tmp_path / "no_leash.py"
    without.write_text(NO_LEASH)
    supervisor = start(STAY, leash=without)
    children = _wait_until_ready(supervisor, programs=1)
    supervisor.kill()
    _, alive = psutil.wait_procs(children, timeout=1)
    assert len(alive) == 1
    alive[0].kill()


def test_what_ignores_the_leash_is_ended_by_the_next_supervisor(start: Start, tmp_path: Path) -> None:
    supervisor = start(STUBBORN)
    children = _wait_until_ready(supervisor, programs=1)
    _eventually(lambda: _ignores(children[0], signal.SIGTERM))
    supervisor.kill()
    supervisor.wait()
    assert children[0].is_running()
    start(STAY)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_stop_together_and_in_good_order(start: Start, number: signal.Signals) -> None:
    supervisor = start(STAY, STUBBORN)
    children = _wait_until_ready(supervisor, programs=2)
    supervisor.send_signal(number)
    assert supervisor.wait(30) == 0
    assert not any(child.is_running() for child in children)


def test_a_program_that_dies_is_started_again(start: Start) -> None:
    supervisor = start(STAY)
    first = _wait_until_ready(supervisor, programs=1)[0]
    first.kill()
    _eventually(lambda: any(child.pid != first.pid for child in _children(supervisor)))
    supervisor.terminate()
    assert "程序0意外退出（退出码 -9）" in supervisor.communicate()[1]


def test_helpers_of_a_program_that_died_do_not_outlive_it(start: Start) -> None:
    program = _wait_until_ready(start(WITH_HELPER), programs=1)[0]
    _eventually(lambda: bool(program.children()))
    helpers = program.children()
    program.kill()
    _, alive = psutil.wait_procs(helpers, timeout=30)
    assert alive == []


def test_a_program_that_keeps_dying_stops_all_with_one_sentence(start: Start) -> None:
    supervisor = start(STAY, DIE)
    _, said = supervisor.communicate(timeout=30)
    assert supervisor.returncode == 1
    assert said.splitlines()[-1] == "程序1连续 5 次启动后随即退出（退出码 7），已全部停止。"


def test_a_second_supervisor_is_refused_and_a_stop_from_outside_works(start: Start, tmp_path: Path) -> None:
    supervisor = start(STAY)
    _wait_until_ready(supervisor, programs=1)
    with pytest.raises(CannotRun, match="已经在运行"), only_supervisor(tmp_path):
        pass
    assert stop_supervisor(tmp_path) is True
    assert supervisor.wait(5) == 0
    assert stop_supervisor(tmp_path) is False


def test_a_program_whose_supervisor_died_before_it_began_does_not_begin() -> None:
    nobody = os.getpid() + 1  # not our child's parent
    result = subprocess.run(
        [sys.executable, str(LEASH), str(nobody), "echo", "began"], capture_output=True, check=False
    )
    assert (result.returncode, result.stdout) == (1, b"")


def test_a_taken_port_is_one_sentence_that_names_another() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotRun) as refusal:
            refuse_taken_port("127.0.0.1", port)
    assert (
        str(refusal.value) == f"端口 {port} 已被占用：请停止占用它的程序，或换一个端口，例如 PORT={port + 1} make run。"
    )
    refuse_taken_port("127.0.0.1", port)
