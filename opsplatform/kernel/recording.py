"""The trail as the rooms below it see it: audit registers itself here in `apps.ready()`; before, nothing is written."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import models


class Trail(Protocol):
    """What audit promises to the rooms below it."""

    def record(
        self,
        actor: Any,
        action: str,
        thing: models.Model,
        *,
        before: Any = None,
        after: Any = None,
        reason: str = "",
        division: str = "",
        **facts: Any,
    ) -> Any:
        """An entry stands in the trail once the surrounding transaction commits."""

    def changes_since(self, thing: models.Model, revision: int) -> Sequence[dict[str, Any]]:
        """What later revisions changed: place, before, after, by whom, oldest first."""


_trails: list[Trail] = []


def register_trail(trail: Trail) -> None:
    """Acts are recorded there from now on."""
    _trails[:] = [trail]


def trail() -> Trail:
    """The registered trail; without one nothing may be done, so this raises RuntimeError."""
    if not _trails:
        raise RuntimeError("no trail is registered: acts cannot be recorded")
    return _trails[0]
