"""Log lines for machines: one JSON object per line, with the request id and, in a worker, the id of the job."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

SAY_PATHS = frozenset({"django.request", "django.security.csrf"})

job_id: ContextVar[int | None] = ContextVar("job_id", default=None)


class JsonLines(logging.Formatter):
    """A record becomes one line of JSON; texts stay readable, a traceback is one field.

    A record may carry `facts`, which stand beside the other fields.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request_id": getattr(record, "request_id", "-"),
            "message": _message(record),
            **getattr(record, "facts", {}),
        }
        job = job_id.get()
        if job is not None:
            line["job_id"] = job
        if record.exc_info and not _tells_what_was_typed(record):
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """What was said; of Django's "… <reason> …: <path>" only the reason, because paths carry what people typed.

    Of what looks like an attack only its kind, which names the logger: the message is what was typed.
    """
    if record.name in SAY_PATHS and isinstance(record.args, tuple) and record.args:
        return str(record.args[0])
    if _tells_what_was_typed(record):
        return record.name
    return record.getMessage()


def _tells_what_was_typed(record: logging.LogRecord) -> bool:
    return record.name.startswith("django.security.") and record.name not in SAY_PATHS
