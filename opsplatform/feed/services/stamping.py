"""The sequencer: committed events get the next positions. One is in charge at a time; any number may run.

A serial number is given before the commit, so a reader that goes by it passes over what commits later. Positions are
given to what is committed, under the lock of the feed's head, and become visible in their order.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from opsplatform.feed.models import Head

LEASE = timedelta(seconds=3)  # a killed sequencer's successor waits no longer
BEAT_SECONDS = 0.5
STAMPED_AT_ONCE = 1000
STANDSTILL = "3s"  # who stands still in the middle holds the head no longer: the server ends the transaction

# Serial numbers order the events of one object, whose acts exclude each other; among objects any order will do.
_STAMP = """
    UPDATE feed_event event SET position = %s + waiting.number, stamped_at = statement_timestamp()
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS number
              FROM (SELECT id FROM feed_event WHERE position IS NULL ORDER BY id LIMIT %s) oldest) waiting
     WHERE event.id = waiting.id
"""

logger = logging.getLogger(__name__)


def run_sequencer(goes_on: Callable[[], bool] = lambda: True) -> None:
    """Events have been given positions as they came, for as long as `goes_on` says; no outage ends it."""
    holder, was_in_charge = f"{socket.gethostname()}:{os.getpid()}", False
    while goes_on():
        try:
            stamped = stamp(holder)
        except Error:
            logger.warning("the feed's sequencer could not reach the database", exc_info=True)
            connection.close()
            stamped = None
        if (stamped is not None) != was_in_charge:
            was_in_charge = not was_in_charge
            logger.info("sequencer %s %s", holder, "is in charge" if was_in_charge else "stands by")
        if stamped != STAMPED_AT_ONCE:
            time.sleep(BEAT_SECONDS)


@transaction.atomic
def stamp(holder: str) -> int | None:
    """The oldest waiting events have the next positions; returns how many, None while another one is in charge."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = %s", [STANDSTILL])
    position = _take_charge(holder)
    if position is None:
        return None
    count = _stamp_after(position)
    if count:
        Head.objects.update(position=F("position") + count)
    return count


def _take_charge(holder: str) -> int | None:
    """The head's position, its row locked and the lease renewed; None where the lease is somebody else's."""
    free = Q(holder=holder) | Q(lease_until__lt=Now())
    if not Head.objects.filter(free).update(holder=holder, beaten_at=Now(), lease_until=Now() + LEASE):
        return None
    return Head.objects.values_list("position", flat=True).get()


def _stamp_after(position: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [position, STAMPED_AT_ONCE])
        return cursor.rowcount
