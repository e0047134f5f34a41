"""The embedded server: started once, mended after kill -9, stopped, and clear about what it cannot do."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from opsplatform.runtime import embedded_postgres, postgres_binaries
from opsplatform.runtime.embedded_postgres import ensure_running, is_running, postmaster_pid, stop, wipe
from opsplatform.runtime.errors import CannotRun, DatabaseUnavailable
from opsplatform.settings.databases import embedded_plan
from opsplatform.settings.embedded_location import EmbeddedLocation, locate_embedded


@pytest.fixture(scope="module")
def location() -> Iterator[EmbeddedLocation]:
    """A place of its own that the server's account may walk to."""
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        place = locate_embedded(Path(directory))
        yield place
        stop(place)


def _execute(location: EmbeddedLocation, statement: str) -> list[tuple[Any, ...]]:
    admin = embedded_plan(location.socket_directory).admin
    assert admin is not None
    connection = psycopg2.connect(dbname="postgres", user=admin["USER"], host=admin["HOST"], port=admin["PORT"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def _kill(location: EmbeddedLocation) -> int:
    pid = postmaster_pid(location)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while postmaster_pid(location) is not None:
        time.sleep(0.01)
    return pid


def test_starting_twice_starts_once(location: EmbeddedLocation) -> None:
    stop(location)
    assert (ensure_running(location), ensure_running(location)) == (True, False)
    assert _execute(location, "SELECT 1") == [(1,)]


def test_two_starters_at_the_same_moment_start_one_server(location: EmbeddedLocation) -> None:
    stop(location)
    started: list[bool] = []
    threads = [threading.Thread(target=lambda: started.append(ensure_running(location))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False, True]


def test_committed_rows_survive_kill_9(location: EmbeddedLocation) -> None:
    ensure_running(location)
    _execute(location, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer")
    _kill(location)
    assert not is_running(location)
    assert ensure_running(location) is True
    assert _execute(location, "SELECT answer FROM kept") == [(42,)]


def test_a_backend_in_a_long_query_does_not_keep_the_next_server_out(location: EmbeddedLocation) -> None:
    ensure_running(location)
    ended = threading.Event()

    def keep_busy() -> None:
        with pytest.raises(psycopg2.Error):
            _execute(location, "SELECT count(*) FROM generate_series(1, 10000000000)")
        ended.set()

    threading.Thread(target=keep_busy).start()
    while _execute(location, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%'") != [(2,)]:
        time.sleep(0.01)
    _kill(location)
    assert ensure_running(location) is True
    assert ended.wait(10)


@pytest.fixture
def stale_process_id(location: EmbeddedLocation) -> Iterator["subprocess.Popen[bytes]"]:
    """The server was killed, and its process id belongs to a program of the same account by now."""
    ensure_running(location)
    old = _kill(location)
    account: dict[str, Any] = {"user": location.uid, "group": location.gid} if location.account else {}
    with subprocess.Popen(["sleep", "60"], **account) as other:
        pid_file = location.data / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(old), str(other.pid), 1))
        yield other
        other.kill()


def test_a_process_id_that_is_somebody_elses_by_now_does_not_keep_it_from_starting(
    location: EmbeddedLocation, stale_process_id: "subprocess.Popen[bytes]"
) -> None:
    assert not is_running(location)
    assert ensure_running(location) is True
    assert stale_process_id.poll() is None


@pytest.mark.usefixtures("stale_process_id")
def test_left_alone_the_stale_process_id_would_keep_it_from_starting(
    location: EmbeddedLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres, "_clear_what_the_dead_left", lambda place: None)
    with pytest.raises(DatabaseUnavailable, match="没有启动"):
        ensure_running(location)


def test_an_initialisation_killed_half_way_is_done_again() -> None:
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        place = locate_embedded(Path(directory))
        place.data.mkdir(parents=True)
        (place.data / "base").mkdir()
        os.chown(place.home, place.uid, place.gid)
        os.chown(place.data, place.uid, place.gid)
        assert ensure_running(place) is True
        stop(place)


def test_wiping_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        place = locate_embedded(Path(directory))
        ensure_running(place)
        wipe(place)
        assert list(Path(directory).iterdir()) == []


def test_stopping_stops_and_says_whether_there_was_anything_to_stop(location: EmbeddedLocation) -> None:
    ensure_running(location)
    assert (stop(location), stop(location)) == (True, False)
    assert not is_running(location)


def test_only_the_servers_account_enters_its_directories(location: EmbeddedLocation) -> None:
    ensure_running(location)
    for directory in (location.home, location.data, location.socket_directory):
        assert (directory.stat().st_mode & 0o777, directory.stat().st_uid) == (0o700, location.uid)


def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere() -> None:
    long = Path("/tmp") / ("x" * 120)
    assert len(str(locate_embedded(long).socket_directory)) < 80
    assert locate_embedded(long).socket_directory != locate_embedded(long / "y").socket_directory


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_data_goes_where_the_servers_account_may_walk_when_the_project_is_closed_to_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    place = locate_embedded(tmp_path / "var")
    assert place.home.is_relative_to("/var/lib/opsplatform")
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_programs_in_a_closed_virtual_environment_run_from_a_copy(
    location: EmbeddedLocation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "_is_readable", lambda installation, account: False)
    with tempfile.TemporaryDirectory(prefix="ops-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        monkeypatch.setattr(postgres_binaries, "FALLBACK_ROOT", Path(directory) / "copies")
        before = os.umask(0o077)
        programs = postgres_binaries.postgres_programs(location.account)
        os.umask(before)
        assert programs.is_relative_to(directory)
        account = {"user": location.uid, "group": location.gid}
        version = subprocess.run(
            [programs / "psql", "--version"], capture_output=True, text=True, check=True, **account
        )
    assert version.stdout.startswith("psql (PostgreSQL) 18")


def test_a_directory_that_somebody_else_laid_out_is_refused(location: EmbeddedLocation, tmp_path: Path) -> None:
    stop(location)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "socket"
    link.symlink_to(elsewhere)
    with pytest.raises(CannotRun, match="不是目录"):
        ensure_running(replace(location, socket_directory=link))


def test_a_full_disk_is_one_sentence(location: EmbeddedLocation, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(location)
    monkeypatch.setattr(embedded_postgres, "ROOM_NEEDED", 2**60)
    with pytest.raises(CannotRun, match="磁盘空间不足"):
        ensure_running(location)
