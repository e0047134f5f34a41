"""Work is asked for inside the transaction that needs it; the row is the promise, the doorbell only makes it quick."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from opsplatform.accounts.models import User
from opsplatform.jobs import doorbell
from opsplatform.jobs.models import Job


def ask(
    kind: str,
    *,
    actor: User | None = None,
    payload: dict[str, Any] | None = None,
    dedupe_key: str = "",
    due_at: datetime | None = None,
    object_type: str = "",
    object_key: str = "",
) -> Job:
    """The work exists once the surrounding transaction commits; a waiting row of the same `dedupe_key` is it already.

    A row that runs is not: it may have passed by what this transaction changes. The waiting row is locked, so that no
    worker takes it before this commits.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("work is asked for in the transaction that needs it")
    values: dict[str, Any] = {
        "kind": kind,
        "payload": payload or {},
        "created_by": actor,
        "object_type": object_type,
        "object_key": object_key,
    }
    if due_at is not None:
        values["due_at"] = due_at
    if not dedupe_key:
        job = Job.objects.create(**values)
    else:
        waiting = Job.objects.select_for_update()
        job, _ = waiting.get_or_create(dedupe_key=dedupe_key, state=Job.State.WAITING, defaults=values)
    if due_at is None:
        transaction.on_commit(partial(doorbell.ring, job.pk))
    return job
