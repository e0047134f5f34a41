"""Callers who begin a request and say no more are let go of: threads are few, and others wait for them."""

import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from themes.tests.web_process import web_process

STALLED = 32  # twice as many as there are threads
HALF_A_REQUEST = b"GET /login/ HTTP/1.1\r\nHost: local"
PATIENCE = 60


@contextmanager
def stalled(address: str) -> Iterator[None]:
    """Meanwhile every thread of the server waits for the rest of a request, or would."""
    place = urlsplit(address)
    with ExitStack() as held:
        for _ in range(STALLED):
            connection = held.enter_context(socket.create_connection((str(place.hostname), place.port or 0)))
            connection.sendall(HALF_A_REQUEST)
        yield


def answers(address: str, seconds: float) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/live/", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except TimeoutError:
        return False


@pytest.mark.slow
@pytest.mark.usefixtures("django_db_setup")
def test_whoever_stalls_keeps_others_waiting_only_for_seconds(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    """The saboteur is a server without gunicorn.conf.py: it waits for as long as they like."""
    places = [tmp_path / "guarded", tmp_path / "unguarded"]
    for place in places:
        place.mkdir()
    empty = tmp_path / "empty.conf.py"
    empty.touch()
    unguarded = {**process_environment, "GUNICORN_CMD_ARGS": f"--config {empty}"}
    with (
        web_process(process_environment, places[0]) as site,
        web_process(unguarded, places[1]) as saboteur,
        stalled(saboteur),
        stalled(site),
    ):
        assert answers(site, PATIENCE)
        assert not answers(saboteur, 1)
