"""A feed that went back in time goes on as another epoch, so that nobody takes its new events for old ones."""

from django.db import connection, transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.feed.models import Head
from opsplatform.kernel.notes import require_note

# Also for those who stand outside Django, after putting an earlier state of the database back.
BEGIN_EPOCH = """
    UPDATE feed_head SET epoch = gen_random_uuid(), epoch_began_at = statement_timestamp(), holder = '',
                         lease_until = statement_timestamp()
"""


@transaction.atomic
def begin_epoch(*, actor: User, note: str) -> Head:
    """Every reader is told to take stock anew; for when the database was put back by other means than our restore."""
    note = require_note(note)
    actor.require("feed.begin_epoch")
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_EPOCH)
    head = Head.objects.get()
    trail.record(actor, "feed.epoch_begun", head, reason=note, epoch=head.epoch.hex, position=head.position)
    return head
