"""The ground the other tests stand on: roles, rollback, clones."""

import http.client
import json
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection

from opsplatform.api.health import CONDITIONS
from opsplatform.runtime.database_roles import session
from opsplatform.runtime.disposable_databases import DisposableDatabases

TABLE = "django_content_type"


def _execute(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.django_db
def test_tests_run_as_the_application_and_own_nothing() -> None:
    assert _execute("SELECT current_user") == [(settings.DATABASE_APP_ROLE,)]
    assert _execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == [(0,)]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", [f"TRUNCATE {TABLE}", f"DROP TABLE {TABLE}", "CREATE TABLE mine (id int)"])
def test_the_application_may_neither_truncate_nor_change_tables(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        _execute(statement)


def test_a_clone_shows_committed_rows_to_other_threads_and_is_gone_afterwards(database_clone: str) -> None:
    seen: list[object] = []

    def look() -> None:
        seen.extend(_execute(f"SELECT current_database(), count(*) FROM {TABLE} WHERE app_label = 'made-here'"))
        connection.close()

    _execute(f"INSERT INTO {TABLE} (app_label, model) VALUES ('made-here', 'x')")
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(database_clone, 1)]


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_clone_starts_from_the_migrated_state(database_clone: str, attempt: int) -> None:
    assert _execute(f"SELECT count(*) FROM {TABLE} WHERE app_label = 'made-here'") == [(0,)]
    _execute(f"INSERT INTO {TABLE} (app_label, model) VALUES ('made-here', 'x')")


def test_the_web_server_in_a_thread_answers_from_the_clone(live_site: str) -> None:
    server = http.client.HTTPConnection(live_site.removeprefix("http://"))
    server.request("GET", "/health/ready/")
    with closing(server), server.getresponse() as answer:
        assert json.load(answer)["checks"] == dict.fromkeys(CONDITIONS, "ok")


def test_a_subprocess_works_on_the_same_database(database_clone: str, process_environment: dict[str, str]) -> None:
    asked = "from django.db import connection as c; c.ensure_connection(); print(c.connection.info.dbname)"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", asked]
    root = Path(__file__).parents[3]
    result = subprocess.run(command, env=process_environment, cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == database_clone


def test_what_a_killed_run_left_is_dropped_and_what_a_living_one_uses_is_not(
    disposable_databases: DisposableDatabases, migrated_database: str
) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    left = migrated_database.replace(str(os.getpid()), str(ended.pid))
    disposable_databases.create_empty(left)
    disposable_databases.drop_leftovers()
    plan = settings.DATABASE_PLAN
    with session({**(plan.admin or plan.owner), "NAME": "postgres"}) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname IN (%s, %s)", [left, migrated_database])
        assert cursor.fetchall() == [(migrated_database,)]
