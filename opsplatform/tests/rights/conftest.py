"""The world of the rights matrix: built once, each test in a transaction of it that is rolled back.

What several acts are done to is set out once as well, in a copy of the world of its own (`KeptScenes`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from opsplatform.accounts.models import User
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.tests.rights.acts import Act, Scene, Things
from opsplatform.tests.rights.doors import give_keys
from opsplatform.tests.rights.judging import ACTS
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


class KeptScenes:
    """The databases in which kept scenes stand, each made when it is first wanted, as a copy of that below it."""

    def __init__(self, databases: DisposableDatabases, world: str) -> None:
        self._databases = databases
        self._names: dict[Scene | None, str] = {None: world}
        self._things: dict[Scene, Things] = {}

    @contextmanager
    def used(self, kept: Scene | None) -> Iterator[None]:
        """Django is connected to the scene's database, or to the bare world."""
        with self._connected(self._name(kept), kept):
            yield

    def _name(self, kept: Scene | None) -> str:
        if kept not in self._names:
            assert kept is not None
            below = kept.after.kept if kept.after else None
            base = self._name(below)
            name = self._databases.name(f"_scene{len(self._names)}")
            self._databases.copy(name, of=base)
            with self._connected(name, below), transaction.atomic():
                self._things[kept] = kept()
            self._names[kept] = name
        return self._names[kept]

    @contextmanager
    def _connected(self, name: str, kept: Scene | None) -> Iterator[None]:
        with self._databases.used_as("application", name):
            if kept is not None:
                kept.standing = self._things[kept]
            yield
            if kept is not None:
                kept.standing = None

    def drop(self) -> None:
        """What was made here is gone."""
        for kept in self._things:
            self._databases.drop(self._names[kept])


@pytest.fixture(scope="session")
def kept_scenes(
    disposable_databases: DisposableDatabases, rights_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[KeptScenes]:
    """What several acts are done to, set out once."""
    scenes = KeptScenes(disposable_databases, rights_database)
    yield scenes
    with django_db_blocker.unblock():
        connections.close_all()
        scenes.drop()


@pytest.fixture
def act(request: pytest.FixtureRequest) -> Act:
    """The act of that name; the test is in the database in which its scene stands."""
    return ACTS[request.param]


@pytest.fixture
def _in_rights_database(
    request: pytest.FixtureRequest, kept_scenes: KeptScenes, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    scene = request.getfixturevalue("act").scene if "act" in request.fixturenames else None
    with django_db_blocker.unblock():
        connections.close_all()
        with kept_scenes.used(scene.kept if isinstance(scene, Scene) else None):
            yield


@pytest.fixture
def rights_db(_in_rights_database: None, db: None) -> None:
    """The test runs in a transaction of the world, rolled back afterwards."""
