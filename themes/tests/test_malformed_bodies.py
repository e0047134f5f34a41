"""Malformed bodies at every route that writes: refused with a problem, nothing written, no error of the server."""

import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from rest_framework.parsers import JSONParser

from opsplatform.api.parsers import BoundedJSONParser
from opsplatform.api.problems import CONTENT_TYPE
from opsplatform.api.throttling import ActorThrottle
from opsplatform.api.views import ApiView
from opsplatform.tests.progress import followed
from themes.tests.demonstrated import contents
from themes.tests.malformed import Request, spelled
from themes.tests.surveying import prepare_world
from themes.tests.write_routes import Write, writes

SHORT, LONG = 5, 252  # of each of twenty-one kinds


def few(write: Write) -> Iterable[Request]:
    """The short form: some of each kind, none twice."""
    return dict.fromkeys(write.malformed(SHORT))


def faults(write: Write, requests: Iterable[Request]) -> list[str]:
    """What is wrong with the answers to these malformed requests."""
    found, client = [], Client(raise_request_exception=False)
    for request in requests:
        answer = write.send(request, client)
        is_refused = 400 <= answer.status_code < 429 and answer["Content-Type"] == CONTENT_TYPE
        if not is_refused or not answer.json()["detail"]:
            found.append(f"{write.name}: {request.fault}: {answer.status_code} {request.content[:300]!r}")
    return found


@pytest.fixture
def world(demo_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sessions are not prolonged: a row changed 50,000 times in one transaction is looked for longer every time."""
    monkeypatch.setattr(settings, "SESSION_SAVE_EVERY_REQUEST", False)
    monkeypatch.setattr(ActorThrottle, "THROTTLE_RATES", {"actor": None})
    prepare_world()
    logging.disable()  # pytest keeps every line of a test, and 50,000 refusals have gigabytes of them
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.drill
@pytest.mark.usefixtures("world")
def test_no_malformed_body_gets_through(long_form: bool) -> None:
    routes = list(writes())
    assert len(routes) >= 8
    before = contents()
    for write in followed(routes, lambda write: write.name):
        assert faults(write, write.malformed(LONG) if long_form else few(write)) == []
        assert contents() == before, write.name


@pytest.mark.usefixtures("world")
def test_the_bodies_they_were_made_from_are_taken() -> None:
    for write in writes():
        with transaction.atomic():
            answer = write.send(Request("", spelled(write.sound)), Client())
            assert answer.status_code in (200, 201), (write.name, answer.content)
            transaction.set_rollback(True)


class Lenient(JSONParser):
    """The framework's own: takes NaN, keys twice and lone surrogates, and knows no end."""


class Hasty(BoundedJSONParser):
    """Fails in its own way."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return json.loads(stream.read())


@pytest.mark.usefixtures("world")
def test_a_parser_that_lets_them_through_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    write = next(write for write in writes() if write.name == "withdraw_theme")
    assert not faults(write, few(write))
    for parser in (Lenient, Hasty):
        monkeypatch.setattr(ApiView, "parser_classes", [parser])
        assert faults(write, few(write)), parser
