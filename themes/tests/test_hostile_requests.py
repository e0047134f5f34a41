"""Addresses, queries and headers that nobody sends in good faith: refused with a problem, or as if not there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from opsplatform.api.problems import CONTENT_TYPE
from opsplatform.api.throttling import ActorThrottle
from themes.tests.demonstrated import RESTAURANT
from themes.tests.surveying import (
    Caller,
    address_of,
    committed,
    of_this_world,
    person,
    prepare_world,
    whoever_may,
)

SEGMENTS = (
    "%00", "%0a", "%0d%0aSet-Cookie:a=b", "%ff", "%ed%a0%80", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2F", "%25", "%5c",
    "%e2%80%ae", "%f0%9f%92%a9", "'", '%22%20or%201=1--', "*", "-1", "0", "9" * 30, "1e5", "x" * 3_000, "%20", "None",
)  # fmt: skip
QUERIES = (
    "limit=0", "limit=-1", "limit=201", "limit=1e2", "limit=%00", "limit=", "limit=1&limit=2", "cursor=x", "cursor=%00",
    "cursor=a:b:c", "cursor=" + "A" * 4_000, "cursor=Mg:1xUvIX:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "surprise=1", "%00=1", "limit[]=1", "=", "limit=%EF%BC%91", "x" * 4_000 + "=1",
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {"Accept": "text/html"}, {"Accept": "*"}, {"Accept": "application/json;q=x"}, {"Accept": "," * 500},
    {"Accept": "application/json; version=9"}, {"If-None-Match": '"' * 500}, {"If-None-Match": "W/" * 2_000},
    {"If-None-Match": '"a",' * 2_000}, {"If-Match": "*"}, {"If-Match": '"draft-٣"'}, {"Range": "bytes=9-1"},
    {"Cookie": "sessionid=" + "x" * 4_000}, {"Cookie": "sessionid=\x01; csrftoken"}, {"Cookie": ";;==;"},
    {"Authorization": "Bearer"}, {"Authorization": "Bearer \xff"}, {"Authorization": "Bearer " + "x" * 4_000},
    {"Authorization": "Basic ===="}, {"Authorization": "Digest a=b"}, {"X-Forwarded-For": "x" * 500},
    {"X-HTTP-Method-Override": "DELETE"}, {"Content-Length": "-1"}, {"Content-Length": "x"},
    {"Accept-Language": "x" * 500}, {"Content-Type": "multipart/form-data"}, {"Content-Encoding": "gzip"},
    {"Transfer-Encoding": "chunked"},
)  # fmt: skip
HOSTS = ("", "evil.example", "localhost@evil.example", "a b", "[::1", "localhost\x00", "x" * 300)

pytestmark = pytest.mark.usefixtures("demo_db", "no_ceiling")


@pytest.fixture
def no_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorThrottle, "THROTTLE_RATES", {"actor": None})


def asking(caller: Caller) -> Client:
    client = Client(headers=dict(caller.headers), raise_request_exception=False)
    client.cookies.load(dict(caller.cookies))
    return client


def readings() -> Iterator[tuple[str, Client]]:
    """Every address that is read, and somebody who may."""
    choose = whoever_may()
    for path, operations in committed()["paths"].items():
        if "get" in operations:
            yield path, asking(choose(operations["get"]))


def is_problem(answer: Any) -> bool:
    return 400 <= answer.status_code < 500 and answer["Content-Type"] == CONTENT_TYPE


def test_no_segment_of_a_path_is_a_server_error() -> None:
    wrong = []
    for path, client in readings():
        if "{" in path:
            for segment in SEGMENTS:
                answer = client.get(re.sub(r"\{\w+\}", lambda _, segment=segment: segment, path))  # type: ignore[misc]
                if not is_problem(answer):
                    wrong.append(f"{path} {segment[:40]}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_query_is_taken_that_a_list_does_not_know() -> None:
    prepare_world()
    choose, wrong = whoever_may(), []
    for path, operations in of_this_world(committed(), choose)["paths"].items():
        operation = operations.get("get", {})
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ())):
            client, address = asking(choose(operation)), address_of(path, operation)
            for query in QUERIES:
                answer = client.get(f"{address}?{query}")
                if answer.status_code != 400 or not answer.json()["errors"]:
                    wrong.append(f"{path}?{query[:40]}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_header_is_a_server_error() -> None:
    wrong = []
    for header in HEADERS:
        for address in ("/api/v1/roles/", "/api/v1/export/keys/", f"/api/v1/themes/{RESTAURANT}/", "/", "/login/"):
            answer = asking(person("sysadmin")).get(address, headers=header)
            if answer.status_code >= 500:
                wrong.append(f"{address} {header}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_host_but_ours_is_answered() -> None:
    for host in HOSTS:
        for address in ("/api/v1/roles/", "/login/"):
            answer = Client(raise_request_exception=False).get(address, headers={"Host": host})
            assert answer.status_code == 400, (host, address)
            assert "evil" not in answer.content.decode()


def test_an_id_that_would_forge_a_line_of_the_log_is_replaced() -> None:
    for forged in (
        "a\r\nb" * 3,
        "12345678\x00",
        "12345678\u2028",
        '12345678"}',
        "${jndi:ldap://x}",
        "\x1b[31m12345678",
    ):
        answer = Client().get("/health/live/", headers={"X-Request-ID": forged})
        assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"]), forged


def test_a_path_that_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: without the guard NUL reaches the database."""
    client = asking(whoever_may()({"operationId": "read_role", "tags": ["divisions"]}))
    assert is_problem(client.get("/api/v1/divisions/%00/"))
    monkeypatch.setattr("opsplatform.api.views.NotFound", ZeroDivisionError)
    assert not is_problem(client.get("/api/v1/divisions/%00/"))
