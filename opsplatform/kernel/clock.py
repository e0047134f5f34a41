"""Time comes from the database, so that every process agrees on it."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The database's clock; within one transaction always the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        return cursor.fetchone()[0]
