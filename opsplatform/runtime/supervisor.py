"""Several programs run together: a dead one is started again, all stop together, none outlives its supervisor.

Knows nothing of Django or of what the programs do (docs/adr/0005 says why no library does this).
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from opsplatform.runtime.errors import CannotRun

LEASH = Path(__file__).with_name("leash.py")
TICK_SECONDS = 0.2
TEND_SECONDS = 2.0
STEADY_SECONDS = 10.0  # who lives this long was not dead on arrival
QUICK_DEATHS_ALLOWED = 4
STOP_SECONDS = 20.0
LONGEST_PAUSE_SECONDS = 8.0


@dataclass(frozen=True)
class Program:
    """What to run, and what people call it."""

    name: str
    command: Sequence[str]


@dataclass
class _Child:
    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    quick_deaths: int = 0


@dataclass
class Supervisor:
    """Runs the programs until it is told to stop or one of them will not stay alive.

    `tend` is called every other second: the place to look after what is not a child. `announce` is called once, when
    `is_ready` first says yes.
    """

    programs: Sequence[Program]
    run_directory: Path
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = lambda: True
    announce: Callable[[], None] = lambda: None
    tend: Callable[[], None] = lambda: None
    _children: list[_Child] = field(default_factory=list)
    _stopping: bool = False

    def run(self) -> None:
        """Everything ran and has stopped; raises CannotRun with the sentence when a program keeps dying."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        self._children = [_Child(program) for program in self.programs]
        try:
            self._watch()
        finally:
            self._stop_all()

    def _watch(self) -> None:
        announced, tended_at = False, time.monotonic()
        while not self._stopping:
            for child in self._children:
                self._look_after(child)
            if not announced and self.is_ready():
                announced = True
                self.announce()
            if time.monotonic() - tended_at > TEND_SECONDS:
                self.tend()
                tended_at = time.monotonic()
            time.sleep(TICK_SECONDS)

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_again_at:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        with suppress(ProcessLookupError):  # its helpers: they hold ports and connections, and serve nobody
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process = None
        child.quick_deaths = child.quick_deaths + 1 if now - child.started_at < STEADY_SECONDS else 1
        if child.quick_deaths > QUICK_DEATHS_ALLOWED:
            raise CannotRun(
                f"{child.program.name}连续 {child.quick_deaths} 次启动后随即退出（退出码 {code}），已全部停止。"
            )
        pause = min(2.0 ** (child.quick_deaths - 1), LONGEST_PAUSE_SECONDS)
        child.start_again_at = now + pause
        print(f"{child.program.name}意外退出（退出码 {code}），{pause:.0f} 秒后重新启动。", file=sys.stderr, flush=True)

    def _start(self, child: _Child) -> None:
        # A session of its own: Ctrl-C reaches the supervisor only, which then stops the programs in good order.
        child.process = subprocess.Popen(
            [sys.executable, "-S", str(LEASH), str(os.getpid()), *child.program.command],
            stdin=subprocess.DEVNULL,
            env=dict(self.environment),
            start_new_session=True,
        )
        child.started_at = time.monotonic()
        self._record()

    def _record(self) -> None:
        """Who runs is on disk, so that whoever comes after a kill -9 can find what is left."""
        running = [child.process.pid for child in self._children if child.process]
        lines = [{"pid": pid, "created": _created(pid)} for pid in running]
        draft = self.run_directory / ".children.json"
        draft.write_text(json.dumps(lines))
        draft.replace(self.run_directory / "children.json")

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _stop_all(self) -> None:
        running = [child.process for child in self._children if child.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        (self.run_directory / "children.json").unlink(missing_ok=True)


@contextmanager
def only_supervisor(run_directory: Path) -> Iterator[None]:
    """No other supervisor runs on this directory, nor anything a killed one left; the lock dies with its holder."""
    run_directory.mkdir(parents=True, exist_ok=True)
    (run_directory / "supervisor.lock").touch()
    with (run_directory / "supervisor.lock").open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun("平台已经在运行：请先用 make stop 停止它。") from None
        os.pwrite(file.fileno(), f"{os.getpid():<10}".encode(), 0)  # always the same length: never read half-written
        end_leftovers(run_directory)
        yield


def end_leftovers(run_directory: Path) -> None:
    """Programs of an earlier supervisor that was killed are gone, their helpers too."""
    try:
        lines = json.loads((run_directory / "children.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return
    left: list[psutil.Process] = []
    for line in lines:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(line["pid"])
            if process.create_time() == line["created"]:  # the id may be somebody else's by now
                left += [process, *process.children(recursive=True)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)


def stop_supervisor(run_directory: Path) -> bool:
    """No supervisor runs any more; False when none did."""
    lock = run_directory / "supervisor.lock"
    try:
        with lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(file.read()), signal.SIGTERM)
                fcntl.flock(file, fcntl.LOCK_EX)
                return True
    except FileNotFoundError:
        return False
    end_leftovers(run_directory)
    return False


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0
