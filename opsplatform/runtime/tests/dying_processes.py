"""Processes that die in the middle: an act in a process of its own, struck at a boundary.

A boundary is a moment at which the process has just not yet, or just, told something to somebody else: before each
statement, before and after each commit, before and after the doorbell. The product knows nothing of this: the forked
process listens to its own database connection.
"""

import os
import re
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import Error, connection, connections

from opsplatform.jobs import doorbell

Act = Callable[[], Any]
Blow = Callable[[], None]
NOTICED_SECONDS = 60

_TABLE = re.compile(r"^(INSERT INTO|UPDATE|DELETE FROM|SELECT .*? FROM) \"(\w+)\"", re.DOTALL)


@dataclass
class Ending:
    """How a process ended: by which signal, or with which error, and which boundaries it had passed."""

    signal: int = 0
    error: str = ""
    passed: list[str] = field(default_factory=list)

    @property
    def was_killed(self) -> bool:
        return self.signal == signal.SIGKILL


def kill_itself() -> None:
    """The process is gone without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def halt_itself() -> None:
    """The process stands still, as on a machine that is suspended, until it is told to go on."""
    os.kill(os.getpid(), signal.SIGSTOP)


def boundaries_of(act: Act) -> list[str]:
    """The boundaries the act passes, in order. The act has been done."""
    ending = struck(act, at=-1)
    assert not ending.error, ending.error
    return ending.passed


def points(boundaries: list[str], *, about: Sequence[str] = (), long_form: bool = False) -> list[int]:
    """Where to strike: the first and the last boundary of each name that has one of these words; in the long form all.

    The end is left out: there all is over.
    """
    numbered = [(number, name) for number, name in enumerate(boundaries) if name != "at the end"]
    if long_form:
        return [number for number, _ in numbered]
    chosen = [(number, name) for number, name in numbered if not about or any(word in name for word in about)]
    first = {name: number for number, name in reversed(chosen)}
    last = {name: number for number, name in chosen}
    return sorted({*first.values(), *last.values()})


def struck(act: Act, *, at: int | str, blow: Blow = kill_itself) -> Ending:
    """The act has been begun in a process of its own and struck at the boundary of that number or name."""
    return Struck(act, at=at, blow=blow).ending()


class Struck:
    """A forked process with connections of its own that does the act and is struck at one boundary."""

    def __init__(self, act: Act, *, at: int | str = -1, blow: Blow = kill_itself) -> None:
        connections.close_all()  # a connection shared by two processes serves neither
        self._told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._told)
            _live_and_die(act, at, blow, tell)
        os.close(tell)

    def stands_still(self) -> bool:
        """True once it does; False where it ended instead."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        return os.WIFSTOPPED(status)

    def go_on(self) -> None:
        """A halted process goes on."""
        os.kill(self.pid, signal.SIGCONT)

    def ending(self) -> Ending:
        """How it ended, once it has and the database has noticed: what its sessions held is free."""
        with os.fdopen(self._told) as lines:
            told = lines.read().splitlines()
        _, status = os.waitpid(self.pid, 0)
        _await_end([int(line[1:]) for line in told if line.startswith("@")])
        return Ending(
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            error="\n".join(line[1:] for line in told if line.startswith("!")),
            passed=[line[1:] for line in told if line.startswith(">")],
        )


def _await_end(sessions: Sequence[int]) -> None:
    """The server has ended the sessions of these processes of its own; one that is down holds nothing."""
    deadline = time.monotonic() + NOTICED_SECONDS
    with suppress(Error):
        while time.monotonic() < deadline:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)", [list(sessions)])
                if cursor.fetchone() is None:
                    return
            time.sleep(0.01)


def _live_and_die(act: Act, at: int | str, blow: Blow, tell: int) -> None:
    """Never returns: the forked process must not run on as a second pytest."""
    passed = 0
    sessions: set[int] = set()

    def passing(name: str) -> None:
        nonlocal passed
        os.write(tell, f">{name}\n".encode())
        if at in (passed, name):
            blow()
        passed += 1

    def opened(session: int) -> None:
        if session not in sessions:
            sessions.add(session)
            os.write(tell, f"@{session}\n".encode())

    try:
        with _listening(passing, opened):
            act()
        passing("at the end")
    except BaseException:  # noqa: BLE001 — whatever it was, the parent is told
        os.write(tell, "".join(f"!{line}\n" for line in traceback.format_exc().splitlines()).encode())
        os._exit(1)
    os._exit(0)


@contextmanager
def _listening(passing: Callable[[str], None], opened: Callable[[int], None]) -> Iterator[None]:
    """Whatever this process says to the database or to the doorbell is announced before it is said."""
    commit, bells = connection._commit, list(doorbell._bells)

    def before_statement(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        opened(context["connection"].connection.get_backend_pid())
        passing(f"before {_name_of(str(sql))}")
        return execute(sql, params, many, context)

    def around_commit() -> None:
        passing("before COMMIT")
        commit()
        passing("after COMMIT")

    def around_bell(job_id: int) -> None:
        passing("before the doorbell")
        for bell in bells:
            bell(job_id)
        passing("after the doorbell")

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(before_statement):
        patch.setattr(connection, "_commit", around_commit)
        patch.setattr(doorbell, "_bells", [around_bell])
        yield


def _name_of(sql: str) -> str:
    found = _TABLE.match(sql)
    if found is None:
        return sql.split(" ", 1)[0]
    verb = found[1].split(" ", 1)[0] + (" FOR UPDATE" if "FOR UPDATE" in sql else "")
    return f"{verb} {found[2]}"
