"""Old events go, except the latest of each object: who reads from the beginning still learns how everything stands."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from opsplatform.feed.models import Event, Head

KEPT = timedelta(days=90)
DELETED_AT_ONCE = 5000

_DELETE = """
    DELETE FROM feed_event WHERE id IN (
        SELECT old.id FROM feed_event old
         WHERE old.position <= %s
           AND EXISTS (SELECT 1 FROM feed_event later
                        WHERE later.kind = old.kind AND later.code = old.code
                          AND later.division_code = old.division_code AND later.position > old.position)
         LIMIT %s)
"""


def compact() -> int:
    """Of what is older than the time events are kept, only the latest of each object is left; returns how many went."""
    horizon = _announce_horizon()
    gone = 0
    while deleted := _delete_up_to(horizon):
        gone += deleted
    return gone


def _announce_horizon() -> int:
    """Up to where positions may be missing from now on; said before any goes, so that no reader misses one unwarned."""
    old = Event.objects.filter(stamped_at__lt=Now() - KEPT).aggregate(last=Max("position"))["last"] or 0
    Head.objects.filter(compacted_to__lt=old).update(compacted_to=old)
    return old


@transaction.atomic
def _delete_up_to(horizon: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [horizon, DELETED_AT_ONCE])
        return cursor.rowcount
