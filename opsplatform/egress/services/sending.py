"""Requests go out, each to an approved host, judged and measured."""

import logging
import time

from django.db import Error, connection, transaction

from opsplatform.egress import wire
from opsplatform.egress.errors import HostNotApproved, NoReply, NotSent, TargetNotUnderstood
from opsplatform.egress.models import Tally
from opsplatform.egress.selectors import current_rules, is_approved
from opsplatform.egress.targets import Request, Target, read_target, refuse_headers
from opsplatform.egress.wire import Limits, Reply

logger = logging.getLogger(__name__)


def send(request: Request, limits: Limits | None = None) -> Reply:
    """The other side's reply, whatever its status; raises TargetNotUnderstood, NotSent or NoReply.

    Nothing leaves while a transaction is open: it would hold its locks for as long as the other side likes.
    """
    started, host, outcome = time.monotonic(), "", "defect"
    try:
        refuse_headers(request.headers)
        target = read_target(request.url)
        host = target.host
        reply = _exchanged(request, target, limits or Limits())
        outcome = f"{reply.status // 100}xx"
        return reply
    except (TargetNotUnderstood, NotSent, NoReply) as refusal:
        outcome = refusal.code
        raise
    finally:
        _tell(request.purpose, host, outcome, time.monotonic() - started)


def _exchanged(request: Request, target: Target, limits: Limits) -> Reply:
    with transaction.atomic(durable=True):
        if not is_approved(target):
            raise HostNotApproved
        rules = current_rules()
    return wire.exchange(request, target, rules, limits)


def _tell(purpose: str, host: str, outcome: str, seconds: float) -> None:
    """The log has a line without path, headers or body, and the request is counted; neither undoes what was sent."""
    milliseconds = round(seconds * 1000, 1)
    facts = {"purpose": purpose, "host": host, "outcome": outcome, "duration_ms": milliseconds}
    logger.info("%s to %s: %s %s ms", purpose, host or "?", outcome, milliseconds, extra={"facts": facts})
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Tally._meta.db_table} AS t (purpose, outcome, count, seconds) VALUES (%s, %s, 1, %s)"  # noqa: S608
                " ON CONFLICT (purpose, outcome)"
                " DO UPDATE SET count = t.count + 1, seconds = t.seconds + EXCLUDED.seconds",
                [purpose, outcome, seconds],
            )
    except Error:
        logger.warning("a request of %s could not be counted", purpose, exc_info=True)


__all__ = ["Limits", "Reply", "Request", "send"]
