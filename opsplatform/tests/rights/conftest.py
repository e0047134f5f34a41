"""The world of the rights matrix: built once, each test in a transaction of it that is rolled back."""

from collections.abc import Iterator

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from opsplatform.accounts.models import User
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.tests.rights.doors import give_keys
from opsplatform.tests.rights.oracle import Oracle, read_oracle
from opsplatform.tests.rights.world import build_world


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """The table kept by hand."""
    return read_oracle()


@pytest.fixture(scope="session")
def rights_database(
    disposable_databases: DisposableDatabases, demo_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The name of a database in which the world stands."""
    name = disposable_databases.name("_rights")
    with django_db_blocker.unblock():
        connections.close_all()
        disposable_databases.copy(name, of=demo_database)
        with disposable_databases.used_as("application", name), transaction.atomic():
            build_world()
            give_keys(User.objects.all())
    yield name
    disposable_databases.drop(name)


@pytest.fixture
def _in_rights_database(
    disposable_databases: DisposableDatabases, rights_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock(), disposable_databases.used_as("application", rights_database):
        yield


@pytest.fixture
def rights_db(_in_rights_database: None, db: None) -> None:
    """The test runs in a transaction of the world, rolled back afterwards."""
