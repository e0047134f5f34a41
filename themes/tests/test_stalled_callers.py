"""Callers who begin a request and say no more are let go of: threads are few, and others wait for them."""

import socket
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from themes.tests.web_process import web_process

STALLED = 32  # twice as many as there are threads
MOST_STALLED = 512  # the processes of a server share what comes unevenly
HALF_A_REQUEST = b"GET /login/ HTTP/1.1\r\nHost: local"
PATIENCE = 60
LONGER_THAN_STALL_SECONDS = 15  # of gunicorn.conf.py


def stall(address: str, held: ExitStack) -> None:
    """Until `held` is left, callers who have sent half a request wait, as long as the server lets them."""
    place = urlsplit(address)
    for _ in range(STALLED):
        connection = held.enter_context(socket.create_connection((str(place.hostname), place.port or 0)))
        connection.sendall(HALF_A_REQUEST)


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
        ExitStack() as held,
    ):
        stall(site, held)
        assert answers(site, PATIENCE)
        for _ in range(MOST_STALLED // STALLED):
            stall(saboteur, held)
            if not answers(saboteur, LONGER_THAN_STALL_SECONDS):
                break
        else:
            pytest.fail("a server that lets its callers stall was not noticed")
