"""Log lines of requests and of work: who, where, how long, and nothing of what people wrote."""

import json
import logging
from types import SimpleNamespace

import pytest
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from opsplatform.accounts.policy import Role
from opsplatform.accounts.tests.factories import person
from opsplatform.jobs import tasks
from opsplatform.kernel.request_id import RequestIdFilter
from opsplatform.runtime import request_log
from opsplatform.runtime.log_lines import JsonLines

LOGGER = "opsplatform.runtime.request_log"


def _lines(caplog: pytest.LogCaptureFixture, logger: str) -> list[dict[str, object]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == logger]


@pytest.fixture(autouse=True)
def _with_request_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RequestIdFilter())


@pytest.mark.django_db
def test_a_request_is_one_line_without_anything_personal(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    account = person(Role.OPERATOR)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    with caplog.at_level(logging.INFO, LOGGER):
        client.get("/themes/?q=secret-words", headers={"X-Request-ID": "portal-0042"})
    (line,) = _lines(caplog, LOGGER)
    assert line["request_id"] == "portal-0042"
    assert (line["method"], line["status"], line["actor_id"]) == ("GET", 200, account.pk)
    assert isinstance(line["duration_ms"], float)
    assert "themes" in str(line["route"])
    text = json.dumps(line, ensure_ascii=False)
    for personal in ("secret-words", account.username, account.name, "127.0.0.1"):
        assert personal not in text


@pytest.mark.django_db
def test_strangers_and_lost_paths_are_lines_too(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        client.get("/no/such/110101199003070001/")
    (line,) = _lines(caplog, LOGGER)
    assert (line["route"], line["status"], line["actor_id"]) == ("unmatched", 404, None)
    assert "110101" not in json.dumps(line)


@pytest.mark.django_db
def test_djangos_own_lines_do_not_say_the_path(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/no/such/110101199003070001/")
    (line,) = _lines(caplog, "django.request")
    assert line["message"] == "Not Found"
    assert "110101" not in json.dumps(line)
    Client(enforce_csrf_checks=True).post("/login/", {"username": "li"})
    (line,) = _lines(caplog, "django.security.csrf")
    assert "CSRF" in str(line["message"])
    assert "/login/" not in json.dumps(line)


def test_nobody_is_looked_up_for_the_log() -> None:
    request = RequestFactory().get("/")

    def look_up() -> SimpleNamespace:
        raise AssertionError("the log asked for the user")

    request.user = SimpleLazyObject(look_up)
    assert request_log._actor_id(request) is None


def test_work_is_a_line_with_its_job_and_so_is_what_happens_meanwhile(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(job_id: int) -> bool:
        logging.getLogger("room").info("at work")
        return True

    monkeypatch.setattr("opsplatform.jobs.services.running.run_job", work)
    lines = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JsonLines().format(record)))

    keeper = Keep()
    logging.getLogger().addHandler(keeper)
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, "opsplatform.runtime.work_log"):
        tasks.run.apply((417,))
        logging.getLogger("room").info("afterwards")
    logging.getLogger().removeHandler(keeper)
    by_logger = {(line["logger"], line["message"].split()[0]): line for line in lines}
    assert by_logger["room", "at"]["job_id"] == 417
    ending = by_logger["opsplatform.runtime.work_log", "jobs.run"]
    assert (ending["job_id"], ending["task"], ending["state"]) == (417, "jobs.run", "SUCCESS")
    assert "job_id" not in by_logger["room", "afterwards"]
