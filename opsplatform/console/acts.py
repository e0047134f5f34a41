"""What a person may do with a thing now, as its pages offer it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """A button that leads to a page. `reason` says why it is disabled; empty where it is open."""

    page: str
    title: str
    tone: str = ""
    reason: str = ""
