"""What the database itself holds of the feed against any SQL: positions once and forward, the latest of each object."""

import pytest
from django.db import DatabaseError, connection, transaction

from opsplatform.feed.services.stamping import stamp
from opsplatform.feed.tests.announced import tell, told
from opsplatform.runtime.disposable_databases import DisposableDatabases

pytestmark = pytest.mark.every_server

INSERT = (
    "INSERT INTO feed_event (event_id, type, kind, code, division_code, digest, is_tombstone, facts, at, position,"
    " stamped_at) VALUES (gen_random_uuid(), 'x', 'x', 'x', '', '', false, '{}', now(), 99, now())"
)
ATTEMPTS = {
    "announce at a position": (INSERT, "announced without a position"),
    "move a position": ("UPDATE feed_event SET position = 99 WHERE position = 1", "given its position once"),
    "change what was told": ("UPDATE feed_event SET code = 'B' WHERE position = 1", "given its position once"),
    "change what will be told": (
        "UPDATE feed_event SET code = 'B', position = 9, stamped_at = now() WHERE position IS NULL",
        "given its position once",
    ),
    "stamp where readers have passed": (
        "UPDATE feed_event SET position = 0, stamped_at = now() WHERE position IS NULL",
        "after the head of the feed",
    ),
    "delete the latest of an object": ("DELETE FROM feed_event WHERE position = 2", "the latest event"),
    "delete what has not been told": ("DELETE FROM feed_event WHERE position IS NULL", "the latest event"),
    "move the head back": ("UPDATE feed_head SET position = 0", "does not go back"),
    "take compaction back": ("UPDATE feed_head SET compacted_to = -1", "does not go back"),
}
TRIGGERS = (
    "DROP TRIGGER feed_event_announced_without_position ON feed_event",
    "DROP TRIGGER feed_event_stamped_once ON feed_event",
    "DROP TRIGGER feed_event_latest_stays ON feed_event",
    "DROP TRIGGER feed_head_goes_forward ON feed_head",
    "ALTER TABLE feed_event DROP CONSTRAINT event_stamped_whole",
    "ALTER TABLE feed_head DROP CONSTRAINT feed_head_compacted_to_check",
)


@pytest.fixture
def _feed(database_clone: str) -> None:
    told("A", "A")
    tell("A")


def attempt(statement: str) -> str:
    """What the database answers; empty when it did it. Undone in any case."""
    with transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                assert cursor.rowcount == 1
        except DatabaseError as error:
            return str(error)
        finally:
            transaction.set_rollback(True)
    return ""


@pytest.mark.usefixtures("_feed")
def test_the_application_cannot() -> None:
    for title, (statement, because) in ATTEMPTS.items():
        assert because in attempt(statement), title
    assert "permission denied" in attempt("DELETE FROM feed_head")
    assert stamp("test") == 1


@pytest.mark.usefixtures("_feed")
def test_without_the_guards_the_same_attempts_pass(
    disposable_databases: DisposableDatabases, database_clone: str
) -> None:
    with disposable_databases.used_as("owner", database_clone), connection.cursor() as cursor:
        for statement in TRIGGERS:
            cursor.execute(statement)
        for title, (statement, _) in ATTEMPTS.items():
            assert attempt(statement) == "", title
