"""The database did not serve: who waited in vain, was chosen to end a deadlock or lost the connection is told so.

What the database has against the content (constraints, sizes, rights) is not this: it is a defect and stays one.
"""

import logging
from collections.abc import Mapping

from django.db import Error

from opsplatform.kernel.errors import DomainError

_log = logging.getLogger(__name__)

_WAITED = "正忙：有人正在改动同一内容，等候后仍未轮到，没有保存任何改动。请稍后再试。"
_TOO_LONG = "正忙：这项操作超过了时限，已停止，没有保存任何改动。请稍后再试。"
_CROSSED = "正忙：与别人同时进行的操作相互等待，已撤销，没有保存任何改动。请再试一次。"

# SQLSTATE (PostgreSQL, appendix A) → sentence; whole classes by their first two characters
_SENTENCES: Mapping[str, str] = {"55P03": _WAITED, "57014": _TOO_LONG, "40P01": _CROSSED, "40001": _CROSSED}
_NOT_SERVING = ("08", "53", "57", "25P03")  # connection, resources, operator, ended while idle in a transaction


class Busy(DomainError):
    """The same request may succeed in a moment. Where the connection broke, nobody knows whether it already has."""

    code = "busy"
    status = 503
    sentence = "数据库暂时不能应答，请稍后再试；若刚才在保存，请先看看是否已经生效。"
    headers: Mapping[str, str] = {"Retry-After": "5"}


def busy_of(error: BaseException | None) -> Busy | None:
    """The refusal to make of a database error, which is written to the log; None where it is a defect or no such."""
    if not isinstance(error, Error):
        return None
    state = getattr(error.__cause__, "pgcode", None)
    sentence = _SENTENCES.get(state or "")
    if sentence is None and not (state or "08").startswith(_NOT_SERVING):
        return None
    _log.warning("the database did not serve (%s): %s", state or "no connection", str(error).strip())
    return Busy(sentence or "")
