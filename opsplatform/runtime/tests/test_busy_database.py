"""A database that does not serve is said in a sentence at every door, and nothing typed is lost.

Locks are really held, backends really killed; the connection of the test waits 300 ms instead of 5 s.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from opsplatform.accounts.tests.machines import SECRET, calling, machine
from opsplatform.api import problems
from opsplatform.catalog.models import Material
from opsplatform.organizations.models import Division
from opsplatform.runtime.database_roles import session
from opsplatform.settings.databases import in_database
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import RESTAURANT, account, get, run
from themes.tests.web_process import Answer, Caller, at_once, web_process

TYPED = "一次办好，材料减半"
WAITED, TOO_LONG, CROSSED, GONE = "等候后仍未轮到", "超过了时限", "相互等待", "数据库暂时不能应答"
DRAFT = f"/api/v1/themes/{RESTAURANT}/draft/"
SUBJECT = f"SELECT 1 FROM release_subject WHERE code = '{RESTAURANT}' FOR UPDATE"


@contextmanager
def held(*statements: str) -> Iterator[Any]:
    """Another session has done this and does not end; its cursor."""
    plan = in_database(settings.DATABASE_PLAN, connection.settings_dict["NAME"])
    with session(plan.owner) as other, other.cursor() as cursor:
        cursor.execute("SET application_name = 'holding'")
        cursor.execute("BEGIN")
        for statement in statements:
            cursor.execute(statement)
        yield cursor
        cursor.execute("ROLLBACK")


def patience(*, lock: str = "300ms", statement: str = "30s") -> None:
    """How long the test's own connection waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
                       [lock, statement])  # fmt: skip


def notice_deadlocks_after(time: str) -> None:
    """Connections to this database look for a deadlock once they waited so long, and the first who looks gives way."""
    plan = settings.DATABASE_PLAN
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with session({**(plan.admin or plan.owner), "NAME": "postgres"}) as admin, admin.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET deadlock_timeout = %s", [time])
    connection.close()


@contextmanager
def waiting_then(act: Callable[[], None]) -> Iterator[None]:
    """Once the test's own connection waits for a lock, `act` is done from a thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    plan = in_database(settings.DATABASE_PLAN, connection.settings_dict["NAME"])
    seen = Event()

    def watch() -> None:
        with session(plan.owner) as watcher, watcher.cursor() as cursor:
            deadline = monotonic() + 20
            while monotonic() < deadline and not seen.is_set():
                cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", [own])
                if cursor.fetchone()[0]:
                    seen.set()
                    act()
                sleep(0.02)

    thread = Thread(target=watch)
    thread.start()
    yield
    assert seen.wait(20), "the request never waited"
    thread.join()


def kill_others_of(name: str) -> None:
    """Every backend in this database but those of `held` is ended, as an administrator or a restart would."""
    plan = settings.DATABASE_PLAN
    with session({**(plan.admin or plan.owner), "NAME": "postgres"}) as admin, admin.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name <> 'holding'",
            [name],
        )


def polite(client: Client) -> Client:
    """The client sees what a person would, instead of the exception."""
    client.raise_request_exception = False
    return client


def problem_of(answer: Any, sentence: str) -> None:
    """A 503 for a program, with a sentence and when to come back."""
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json"), answer.content
    told = answer.json()
    assert told["code"] == "busy" and sentence in told["detail"]
    assert answer["Retry-After"] == "5"


def page_of(answer: Any, sentence: str) -> str:
    """A 503 for a person, with a sentence; the text of the page."""
    text = text_of(answer)
    assert answer.status_code == 503, text
    assert sentence in text
    return text


def save_draft(client: Client) -> Any:
    tree = {**get(RESTAURANT).subject.draft, "summary": TYPED}
    return client.put(DRAFT, json.dumps(tree), content_type="application/json", headers={"If-Match": '"draft-1"'})


# --- one session waits for another ----------------------------------------------------------------------------------


def test_a_draft_saved_while_somebody_holds_the_theme_is_told_to_come_again(demo_clone: str) -> None:
    client = polite(logged_in("sj_editor"))
    patience()
    with held(SUBJECT):
        problem_of(save_draft(client), WAITED)
    assert save_draft(client).status_code == 200
    assert get(RESTAURANT).subject.draft["summary"] == TYPED


def test_the_saboteur_that_takes_it_for_a_defect_is_caught(demo_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "busy_of", lambda error: None)
    client = polite(logged_in("sj_editor"))
    patience()
    with held(SUBJECT), pytest.raises(AssertionError, match="server_error"):
        problem_of(save_draft(client), WAITED)


def test_forms_come_back_with_what_was_typed(demo_clone: str) -> None:
    client = polite(logged_in("sj_editor"))
    form = form_of(client.get(url("edit", RESTAURANT)), holding="revision") | {"summary": [TYPED], "do": ["save"]}
    operator = polite(logged_in("operator"))
    material = Material.objects.order_by("pk").first()
    assert material is not None
    change = reverse("admin:catalog_material_change", args=[material.pk])
    register = form_of(operator.get(change), holding="seen_revision") | {"name": ["新材料名"]}
    patience()
    with held(SUBJECT, "LOCK TABLE catalog_material IN SHARE MODE"):
        answer = client.post(url("edit", RESTAURANT), form)
        assert TYPED in page_of(answer, "没有丢失") and WAITED in text_of(answer)
        assert form_of(answer, holding="revision")["summary"] == [TYPED]
        answer = operator.post(change, register)
        assert WAITED in text_of(answer)
        assert form_of(answer, holding="seen_revision")["name"] == ["新材料名"]
        withdrawal = {"division": ["310101"], "note": "停办，依据第 3 号通知"}
        answer = operator.post(url("withdraw", RESTAURANT), withdrawal)
        assert "停办，依据第 3 号通知" in page_of(answer, WAITED)
    assert client.post(url("edit", RESTAURANT), form).status_code == 302
    assert operator.post(change, register).status_code == 302
    material.refresh_from_db()
    assert (get(RESTAURANT).subject.draft["summary"], material.name) == (TYPED, "新材料名")


def test_a_statement_past_its_time_and_a_deadlock_have_their_own_sentences(demo_clone: str) -> None:
    client = polite(logged_in("sj_editor"))
    patience(lock="0", statement="300ms")
    with held(SUBJECT):
        problem_of(save_draft(client), TOO_LONG)
    notice_deadlocks_after("4s")  # the request waits first: its look must not come before the other waits, too
    patience(lock="20s")
    with held("LOCK TABLE audit_auditentry IN EXCLUSIVE MODE") as other, waiting_then(lambda: other.execute(SUBJECT)):
        problem_of(save_draft(client), CROSSED)
    assert get(RESTAURANT).subject.draft_revision == 1


# --- doors without a form of ours -----------------------------------------------------------------------------------


def _login(client: Client) -> Any:
    return client.post("/login/", {"username": "operator", "password": settings.DEMO_PASSWORD})


def _any_page(client: Client) -> Any:
    return client.get(url("overview", RESTAURANT))


def _list(client: Client) -> Any:
    return client.get("/api/v1/materials/")


def _token(client: Client) -> Any:
    row = machine("acceptance_platform", Division.objects.get(code="310000"))
    application = row.oauth2_provider_application.get()
    body = {"grant_type": "client_credentials", "client_id": application.client_id, "client_secret": SECRET}
    return lambda: client.post("/oauth/token/", "&".join(f"{name}={value}" for name, value in body.items()),
                               content_type="application/x-www-form-urlencoded")  # fmt: skip


def test_pages_login_lists_tokens_and_packages_say_it_too(demo_clone: str) -> None:
    person, stranger = polite(logged_in("operator")), polite(Client())
    ask_token = _token(stranger)
    platform = polite(calling(machine("acceptance_platform", Division.objects.get(code="310000")), "export:read"))
    doors: list[tuple[str, Callable[[], Any], Callable[[Any, str], object]]] = [
        ("release_subject", lambda: _any_page(person), page_of),
        ("accounts_loginsession", lambda: _any_page(person), page_of),
        ("accounts_user", lambda: _login(stranger), page_of),
        ("catalog_material", lambda: person.get(reverse("admin:catalog_material_changelist")), page_of),
        ("catalog_material", lambda: _list(person), problem_of),
        ("oauth2_provider_accesstoken", ask_token, problem_of),
        ("release_release", lambda: platform.get(f"/api/v1/export/themes/{RESTAURANT}/310101/"), problem_of),
    ]
    patience(lock="100ms")
    for table, ask, told in doors:
        with held(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
            told(ask(), WAITED)
    for _, ask, _ in doors:
        assert ask().status_code in (200, 302)
    assert SESSION_KEY in stranger.session


def test_commands_say_it_and_ask_to_be_run_again(demo_clone: str) -> None:
    patience()
    release = ("release_theme", RESTAURANT, "--divisions", "all", "--note", "发布", "--actor", "operator")
    with held(SUBJECT):
        ran = run(*release)
        assert (ran.status, WAITED in ran.err) == (75, True)
        assert run(*release, "--json").report["code"] == "busy"
    with held("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE"):
        assert run(*release).status == 75
    assert run(*release).status == 0


# --- the connection breaks ------------------------------------------------------------------------------------------


def test_a_backend_killed_in_the_middle_of_a_save_is_said_and_the_form_is_still_there(demo_clone: str) -> None:
    client = polite(logged_in("sj_editor"))
    form = form_of(client.get(url("edit", RESTAURANT)), holding="revision") | {"summary": [TYPED], "do": ["save"]}
    with held(SUBJECT), waiting_then(lambda: kill_others_of(demo_clone)):
        answer = client.post(url("edit", RESTAURANT), form)
    page_of(answer, GONE)
    assert form_of(answer, holding="revision")["summary"] == [TYPED]
    with held(SUBJECT), waiting_then(lambda: kill_others_of(demo_clone)):
        problem_of(save_draft(client), GONE)
    assert get(RESTAURANT).subject.draft_revision == 1
    assert client.post(url("edit", RESTAURANT), form).status_code == 302


def test_web_processes_whose_connections_were_all_killed_go_on_unnoticed(
    demo_clone: str, process_environment: dict[str, str], tmp_path: Path
) -> None:
    """As after a restart of the server: connections are kept between requests and looked at before they are used."""
    with web_process(process_environment, tmp_path) as address:
        people = [Caller(address, account("operator")) for _ in range(8)]
        asks = [partial(person.ask, "GET", "/api/v1/materials/") for person in people]
        for _ in range(3):
            assert [came for came in at_once(asks) if not isinstance(came, Answer) or came.status != 200] == []
            connections.close_all()
            kill_others_of(demo_clone)


def test_no_connection_to_be_had_is_said_everywhere(demo_clone: str) -> None:
    client = polite(logged_in("sj_editor"))
    plan = settings.DATABASE_PLAN
    with session({**(plan.admin or plan.owner), "NAME": "postgres"}) as admin, admin.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{demo_clone}" ALLOW_CONNECTIONS false')
        connection.close()
        page_of(_any_page(client), GONE)
        problem_of(_list(client), GONE)
        probe = Client()
        ready = probe.get("/health/ready/")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "数据库没有应答")
        assert probe.get("/health/live/").status_code == 200
        cursor.execute(f'ALTER DATABASE "{demo_clone}" ALLOW_CONNECTIONS true')
    assert _any_page(client).status_code == 200
    assert account("operator").is_active
