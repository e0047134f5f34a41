"""What the migrations put into the database beside tables: triggers, and rights taken from the application's role."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

_MADE = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s+(?:BEFORE|AFTER)\s.*?\sON\s+(\w+)", re.DOTALL)
_DROPPED = re.compile(r"DROP TRIGGER (?:IF EXISTS )?(\w+) ON (\w+)")
_REVOKED = re.compile(r"REVOKE ([A-Z, ]+) ON (\w+) FROM")


@dataclass(frozen=True)
class Guards:
    """Triggers as (table, trigger); rights the application's role must not have as (table, right)."""

    triggers: frozenset[tuple[str, str]]
    revoked: frozenset[tuple[str, str]]


def guards_of(applied: Collection[str]) -> Guards:
    """The guards that stand once these migrations (app.name) have been applied, read from their SQL."""
    loader = MigrationLoader(None)
    triggers: set[tuple[str, str]] = set()
    revoked: set[tuple[str, str]] = set()
    for statement in _statements(loader, applied):
        triggers -= {(table, name) for name, table in _DROPPED.findall(statement)}
        triggers |= {(table, name) for name, table in _MADE.findall(statement)}
        revoked |= {
            (table, right.strip()) for rights, table in _REVOKED.findall(statement) for right in rights.split(",")
        }
    return Guards(frozenset(triggers), frozenset(revoked))


def migrations_of_code() -> frozenset[str]:
    """Every migration of this code, as app.name."""
    return frozenset(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations)


def _statements(loader: MigrationLoader, applied: Collection[str]) -> Iterator[str]:
    """The SQL of the applied migrations, dependencies first."""
    order = dict.fromkeys(node for leaf in loader.graph.leaf_nodes() for node in loader.graph.forwards_plan(leaf))
    for app, name in order:
        if f"{app}.{name}" in applied:
            for operation in loader.disk_migrations[app, name].operations:
                if isinstance(operation, RunSQL):
                    yield str(operation.sql)
