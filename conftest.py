"""Databases of the tests. Every test runs as the application's role; nothing is ever truncated.

- `db` / `@pytest.mark.django_db`: one migrated database, each test in a transaction that is rolled back.
- `database_clone`: a fresh copy of it for tests that commit or use several connections; dropped afterwards.
- `demo_db`: the database that seed_demo filled once per session, each test in a transaction that is rolled back.
- `demo_clone`: a fresh copy of that one. `live_site`: a web server in a thread on whichever copy the test uses.
- `process_environment`: what a subprocess needs to work on the same database.

`--long` (`make drills`) asks the tests marked `drill` for their long form, which `long_form` tells them.
`--database-only` (`make database-test`) leaves out what another database server cannot change: it asks the tests with a
database of their own, which commit and meet each other, and those marked `every_server`.
"""

import gc
import os
from collections.abc import Iterator
from itertools import count

import hypothesis
import pytest
from django.core.management import call_command
from django.db import connection, connections
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.runtime.preparation import prepare_database
from opsplatform.settings.environment import current_environment
from opsplatform.tests import canaries, progress

_numbers = count(1)

# How long an example takes is for the bench to say: here it is the machine that is busy.
hypothesis.settings.register_profile(
    "whatever else runs", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("whatever else runs")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The long form of the drills is asked for by a switch, and so is the part that a database takes part in."""
    parser.addoption("--long", action="store_true", help="the long form of the tests marked drill")
    parser.addoption("--database-only", action="store_true", help="what another database server could change")


@pytest.fixture(scope="session")
def long_form(request: pytest.FixtureRequest) -> bool:
    """Whether a drill shall go through everything instead of its short form."""
    return bool(request.config.getoption("--long"))


def pytest_configure(config: pytest.Config) -> None:
    """Drills in their long form say how far they have come."""
    gc.disable()  # until everything is collected: nothing of it is garbage
    if config.getoption("--long"):
        progress.show(config.pluginmanager.getplugin("capturemanager"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no process is left with it when the others have nothing more to do.

    Django's transactional tests are refused: they truncate tables, which the application's role may not do.
    """
    if config.getoption("--database-only"):
        left_out = [item for item in items if item.get_closest_marker("browser") or not _depends_on_server(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=lambda item: not (item.get_closest_marker("drill") or item.get_closest_marker("slow")))
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = set(getattr(item, "fixturenames", ()))
        if (marker and marker.kwargs.get("transaction")) or fixtures & {"transactional_db", "live_server"}:
            raise pytest.UsageError(f"{item.nodeid}: use database_clone (and live_site) instead of transactional tests")


def pytest_collection_finish() -> None:
    """What thousands of collected tests hold is not gone through again whenever one of them leaves garbage behind."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


def _depends_on_server(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    has_its_own = bool(fixtures & {"database_clone", "demo_clone"})
    works_on_servers = "disposable_databases" in fixtures and "db" not in fixtures
    return has_its_own or works_on_servers or item.get_closest_marker("every_server") is not None


@pytest.fixture(scope="session", autouse=True)
def _ears(django_test_environment: None) -> None:
    canaries.listen()


@pytest.fixture(autouse=True)
def _nothing_leaks(_ears: None) -> Iterator[None]:
    """No response during the test carries a canary to somebody who may not read it (opsplatform/tests/canaries.py)."""
    canaries.take_leaks()
    yield
    assert canaries.take_leaks() == []


@pytest.fixture(scope="session")
def disposable_databases(django_test_environment: None) -> DisposableDatabases:
    """The server is up and free of what killed runs left."""
    databases = DisposableDatabases(prepare_database(current_environment()))
    databases.drop_leftovers()
    return databases


@pytest.fixture(scope="session")
def migrated_database(disposable_databases: DisposableDatabases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database that the owner has migrated."""
    name = disposable_databases.name()
    disposable_databases.create_empty(name)
    with django_db_blocker.unblock(), disposable_databases.used_as("owner", name):
        call_command("migrate", verbosity=0, interactive=False)
    yield name
    disposable_databases.drop(name)


@pytest.fixture(scope="session")
def django_db_setup(
    disposable_databases: DisposableDatabases, migrated_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """pytest-django's own tests' connection: the application's role in the migrated database."""
    with django_db_blocker.unblock(), disposable_databases.used_as("application", migrated_database):
        yield


@pytest.fixture(scope="session")
def demo_database(
    disposable_databases: DisposableDatabases,
    migrated_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """The name of a database that seed_demo filled through the services."""
    name = disposable_databases.name("_demo")
    with django_db_blocker.unblock():
        connections.close_all()
        disposable_databases.copy(name, of=migrated_database)
        with disposable_databases.used_as("application", name):
            call_command("seed_demo", verbosity=0)
            canaries.place_canaries()
    yield name
    disposable_databases.drop(name)


@pytest.fixture
def database_clone(
    disposable_databases: DisposableDatabases,
    migrated_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """The test's connections, in every thread, go to a copy of the migrated database that is its own."""
    yield from _clone(disposable_databases, migrated_database, django_db_blocker)


@pytest.fixture
def demo_clone(
    disposable_databases: DisposableDatabases, demo_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The test's connections, in every thread, go to a copy of the demo database that is its own."""
    yield from _clone(disposable_databases, demo_database, django_db_blocker)


@pytest.fixture
def _in_demo_database(
    disposable_databases: DisposableDatabases, demo_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock():
        assert not connection.in_atomic_block, "a test of demo_db must not be marked django_db as well"
        with disposable_databases.used_as("application", demo_database):
            yield


@pytest.fixture
def demo_db(_in_demo_database: None, db: None) -> None:
    """The test runs in a transaction of the demo database, rolled back afterwards."""


@pytest.fixture
def live_site(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a web server in a thread; the test also takes database_clone or demo_clone."""
    wanted = "demo_clone" if "demo_clone" in request.fixturenames else "database_clone"
    request.getfixturevalue(wanted)
    server = LiveServer("localhost")
    yield str(server.url)
    server.stop()


@pytest.fixture
def process_environment() -> dict[str, str]:
    """Environment variables with which `manage.py` and the worker work on the database this test is using."""
    name = str(connections.settings["default"]["NAME"])
    return {**os.environ, "OPSPLATFORM_PROFILE": "test", "DATABASE_NAME": name}


def _clone(databases: DisposableDatabases, template: str, blocker: DjangoDbBlocker) -> Iterator[str]:
    name = databases.name(f"_clone{next(_numbers)}")
    with blocker.unblock():
        assert not connection.in_atomic_block, "a test of a clone must not be marked django_db as well"
        connections.close_all()
        databases.copy(name, of=template)
        with databases.used_as("application", name):
            yield name
        databases.drop(name)
