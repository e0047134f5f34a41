"""Log lines for machines: one JSON object per line, with the request id."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """A record becomes one line of JSON; texts stay readable, a traceback is one field."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
