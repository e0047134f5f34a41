"""The request being served: its id and its channel, for the audit trail and the logs."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
channel: ContextVar[str] = ContextVar("channel", default="")  # page, api, admin, command, job
