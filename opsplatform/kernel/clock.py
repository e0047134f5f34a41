"""Time comes from the database, so that every process agrees on it."""

from datetime import date, datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The database's clock; within one transaction always the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        return cursor.fetchone()[0]


def today() -> date:
    """The day it is where the installation stands, by the database's clock."""
    return timezone.localdate(now())
