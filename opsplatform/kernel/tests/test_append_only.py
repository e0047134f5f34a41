"""A table made append-only takes new rows and nothing else; going back undoes it all."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations import RunSQL

from opsplatform.kernel.append_only import append_only, no_delete
from opsplatform.runtime.disposable_databases import DisposableDatabases

pytestmark = pytest.mark.every_server

TABLE = "some_log"


@pytest.fixture
def table(database_clone: str, disposable_databases: DisposableDatabases) -> str:
    """A table of the owner's with one row, in a database of its own."""
    with disposable_databases.used_as("owner", database_clone), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id serial, note text); INSERT INTO {TABLE} (note) VALUES ('first')")
    return database_clone


def answers() -> dict[str, str]:
    """Verb → what the database says to it; empty where it does it. Nothing stays."""
    statements = {
        "INSERT": f"INSERT INTO {TABLE} (note) VALUES ('x')",
        "UPDATE": f"UPDATE {TABLE} SET note = 'x'",
        "DELETE": f"DELETE FROM {TABLE}",
        "TRUNCATE": f"TRUNCATE {TABLE}",
    }
    said = {}
    for verb, statement in statements.items():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                transaction.set_rollback(True)
            said[verb] = ""
        except DatabaseError as error:
            said[verb] = str(error).splitlines()[0]
    return said


def carry_out(operations: list[RunSQL], *, backwards: bool = False) -> None:
    with connection.cursor() as cursor:
        for operation in operations:
            cursor.execute(operation.reverse_sql if backwards else operation.sql)


def test_before_the_application_may_change_rows(table: str) -> None:
    assert {verb for verb, said in answers().items() if not said} == {"INSERT", "UPDATE", "DELETE"}


def test_afterwards_neither_the_application_nor_the_owner_changes_anything(
    table: str, disposable_databases: DisposableDatabases
) -> None:
    with disposable_databases.used_as("owner", table):
        carry_out(append_only(TABLE))
        said = answers()
        assert said.pop("INSERT") == ""
        assert all(f"{TABLE} is append-only: {verb} refused" in answer for verb, answer in said.items())
    said = answers()
    assert said.pop("INSERT") == ""
    assert all("permission denied" in answer for answer in said.values())


def test_the_trigger_alone_holds_where_the_rights_are_given_back(
    table: str, disposable_databases: DisposableDatabases
) -> None:
    with disposable_databases.used_as("owner", table), connection.cursor() as cursor:
        carry_out(append_only(TABLE))
        cursor.execute(f"GRANT ALL ON {TABLE} TO PUBLIC")
    said = answers()
    assert said.pop("INSERT") == ""
    assert all("append-only" in answer for answer in said.values())


def test_going_back_undoes_it(table: str, disposable_databases: DisposableDatabases) -> None:
    with disposable_databases.used_as("owner", table):
        carry_out(append_only(TABLE))
        carry_out(list(reversed(append_only(TABLE))), backwards=True)
        assert set(answers().values()) == {""}


def test_rows_that_may_be_changed_but_not_removed(table: str, disposable_databases: DisposableDatabases) -> None:
    with disposable_databases.used_as("owner", table):
        carry_out(no_delete(TABLE))
    assert {verb for verb, said in answers().items() if not said} == {"INSERT", "UPDATE"}
