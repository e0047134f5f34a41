"""Databases for automated tests: made, copied from one another and dropped, never truncated.

Each carries the process id of the test run in its name, so that several runs share one server and what a killed run
left behind is recognised by the next.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from django.db import connections

from opsplatform.runtime.database_roles import create_database, drop_database, session, setup_database
from opsplatform.settings.databases import DatabasePlan, in_database
from opsplatform.settings.environment import DatabaseAs

MAINTENANCE_DATABASE = "postgres"
FASTER = "-c synchronous_commit=off"  # a test database need not survive a power cut


class DisposableDatabases:
    """The test databases of one run on one server, and the switch that points Django at one of them."""

    def __init__(self, plan: DatabasePlan) -> None:
        self._plan = plan
        self._prefix = f"test_{plan.name}_"
        self._creator = {**(plan.admin or plan.owner), "NAME": MAINTENANCE_DATABASE}

    def name(self, suffix: str = "") -> str:
        return f"{self._prefix}{os.getpid()}{suffix}"

    def create_empty(self, name: str) -> None:
        """An empty database with the roles' grants in place."""
        with session(self._creator) as connection:
            drop_database(connection, name)
            if self._plan.admin is None:
                create_database(connection, name, owner=self._plan.owner_role)
        setup_database(in_database(self._plan, name))

    def copy(self, name: str, *, of: str) -> None:
        """A database with the content of another; nobody may be connected to that one."""
        with session(self._creator) as connection:
            drop_database(connection, name)
            create_database(connection, name, owner=self._plan.owner_role, template=of)
            # Rights on a database do not come with its template.
            with connection.cursor() as cursor:
                cursor.execute(f'REVOKE CONNECT, TEMPORARY ON DATABASE "{name}" FROM PUBLIC')
                cursor.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{self._plan.application_role}"')

    def drop(self, name: str) -> None:
        with session(self._creator) as connection:
            drop_database(connection, name)

    def drop_leftovers(self) -> None:
        """Databases of runs that are no longer alive are gone."""
        with session(self._creator) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self._prefix])
            for (name,) in cursor.fetchall():
                pid = name.removeprefix(self._prefix).partition("_")[0]
                if pid.isdigit() and not psutil.pid_exists(int(pid)):
                    drop_database(connection, name)

    @contextmanager
    def used_as(self, database_as: DatabaseAs, name: str) -> Iterator[None]:
        """Django is connected to this database as this role; afterwards to what it was before."""
        # The handler's own dictionary, so that threads started meanwhile connect there too.
        entry: dict[str, Any] = connections.settings["default"]
        before = dict(entry)
        connections.close_all()
        entry.update(self._account(database_as, name))
        try:
            yield
        finally:
            connections.close_all()
            entry.update(before)

    def _account(self, database_as: DatabaseAs, name: str) -> dict[str, Any]:
        account = in_database(self._plan, name).connection(database_as)
        options = {**account["OPTIONS"], "options": f"{account['OPTIONS']['options']} {FASTER}"}
        return {**account, "OPTIONS": options}
