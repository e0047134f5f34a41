"""How far an element is, told while it is being done.

The transaction that does an element is seen by nobody before it ends, so this is written beside it, over a connection
of its own. What is told is for people to look at: nothing is decided by it, and where it cannot be told work goes on.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from opsplatform.jobs.errors import CalledOff
from opsplatform.jobs.models import ElementProgress

SECONDS_BETWEEN = 0.5

logger = logging.getLogger(__name__)


class _Teller:
    def __init__(self, job_id: int, element: str) -> None:
        self.job_id, self.element = job_id, element
        self.next_at = 0.0
        self.connection: Any = None

    def tell(self, done: int, total: int) -> None:
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + SECONDS_BETWEEN
        try:
            is_called_off = self._write(done, total)
        except DatabaseError:
            logger.warning("job %s cannot tell how far it is", self.job_id, exc_info=True)
            return
        if is_called_off:
            raise CalledOff

    def _write(self, done: int, total: int) -> bool:
        self.connection = self.connection or connections.create_connection(DEFAULT_DB_ALIAS)
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {ElementProgress._meta.db_table} (job_id, element, done, total, is_called_off)"  # noqa: S608
                " VALUES (%s, %s, %s, %s, false) ON CONFLICT (job_id) DO UPDATE"
                " SET element = EXCLUDED.element, done = EXCLUDED.done, total = EXCLUDED.total RETURNING is_called_off",
                [self.job_id, self.element, done, total],
            )
            return bool(cursor.fetchone()[0])

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()


_teller: ContextVar[_Teller | None] = ContextVar("teller", default=None)


@contextmanager
def about(job_id: int, element: str) -> Iterator[None]:
    """What is told inside the block is about this element."""
    teller = _Teller(job_id, element)
    token = _teller.set(teller)
    try:
        yield
    finally:
        _teller.reset(token)
        teller.close()


def tell(done: int, total: int) -> None:
    """Others see at once that so many of so many parts are done; raises CalledOff when nobody wants them any more.

    Cheap enough to call for every part. Outside of work it does nothing.
    """
    teller = _teller.get()
    if teller is not None:
        teller.tell(done, total)
