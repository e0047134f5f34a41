"""Where a reader of the feed stands: an epoch and a position, spelled "<epoch>.<position>"."""

import re
from typing import NamedTuple
from uuid import UUID

LATEST = "latest"  # instead of a cursor: the end of the feed as it is now

_SPELLING = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,17})")


class Cursor(NamedTuple):
    """Everything up to the position, in that epoch, has been read."""

    epoch: UUID
    position: int

    def __str__(self) -> str:
        return f"{self.epoch.hex}.{self.position}"


def read_cursor(text: str) -> Cursor | None:
    """The place that was spelled so; None for a text that no cursor has."""
    found = _SPELLING.fullmatch(text)
    return Cursor(UUID(found[1]), int(found[2])) if found else None
