"""The act being done: the id of its request and the door it came through, for the audit trail and the logs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Channel = Literal["page", "api", "admin", "command", "job", ""]

request_id: ContextVar[str] = ContextVar("request_id", default="")
channel: ContextVar[Channel] = ContextVar("channel", default="")


@contextmanager
def through(door: Channel) -> Iterator[None]:
    """Acts inside the block came through this door."""
    token = channel.set(door)
    try:
        yield
    finally:
        channel.reset(token)
