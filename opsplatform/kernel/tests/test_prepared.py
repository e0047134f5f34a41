"""Statements planned once per connection, and what happens when a migration changes what they read."""

from collections.abc import Iterator

import pytest
from django.db import NotSupportedError, connection
from pytest_django import DjangoAssertNumQueries

from opsplatform.kernel.prepared import PreparedStatement
from opsplatform.runtime.disposable_databases import DisposableDatabases

pytestmark = pytest.mark.every_server

NAMED = PreparedStatement(
    "SELECT name FROM thing WHERE id = %(id)s AND name = ANY(%(names)s)", {"names": "text[]", "id": "int"}
)


@pytest.fixture
def thing(database_clone: str, disposable_databases: DisposableDatabases) -> Iterator[None]:
    """A table of one row, as its owner."""
    with disposable_databases.used_as("owner", database_clone):
        carry_out("CREATE TABLE thing (id int PRIMARY KEY, name varchar(20)); INSERT INTO thing VALUES (1, '一')")
        yield


def carry_out(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_is_planned_once_per_connection(thing: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(2):
        connection.close()
        with django_assert_num_queries(2):
            assert NAMED.find({"id": 1, "names": ["一", "二"]}) == ("一",)
        with django_assert_num_queries(1):
            assert NAMED.find({"id": 1, "names": ["二"]}) is None


def test_values_stay_values(thing: None) -> None:
    assert NAMED.find({"id": 1, "names": ["一'); DROP TABLE thing; --", "$1", "%(id)s"]}) is None
    assert NAMED.find({"id": 1, "names": ["一"]}) == ("一",)


def test_another_text_is_another_statement(thing: None) -> None:
    assert NAMED.find({"id": 1, "names": ["一"]}) == ("一",)
    assert PreparedStatement("SELECT id FROM thing", {"id": "int"}).find({"id": 1}) == (1,)


def test_a_migration_that_changes_a_type_is_not_noticed(thing: None) -> None:
    assert NAMED.find({"id": 1, "names": ["一"]}) == ("一",)
    carry_out("ALTER TABLE thing ALTER COLUMN name TYPE varchar(40)")
    assert NAMED.find({"id": 1, "names": ["一"]}) == ("一",)
    assert NAMED.find({"id": 1, "names": ["一"]}) == ("一",)


def test_a_statement_that_is_never_planned_anew_would_be_caught(thing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PreparedStatement, "_plan_anew", lambda self, cursor: None)
    with pytest.raises(NotSupportedError):
        test_a_migration_that_changes_a_type_is_not_noticed(None)
