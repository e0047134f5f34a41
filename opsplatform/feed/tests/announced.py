"""Events of tests: things that change and go, announced as a room would announce them."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from opsplatform.feed import vocabulary
from opsplatform.feed.models import Event, Head
from opsplatform.feed.services.announcing import announce
from opsplatform.feed.services.stamping import stamp
from opsplatform.kernel import clock

CHANGED = vocabulary.register("thing.changed", "变了")
GONE = vocabulary.register("thing.gone", "没了", is_end=True)


def tell(code: str, *, division: str = "310101", is_gone: bool = False, **facts: Any) -> Event:
    """Something became of the thing."""
    with transaction.atomic():
        return announce(
            GONE if is_gone else CHANGED,
            kind="thing",
            code=code,
            division=division,
            version=1,
            digest="d" * 64,
            facts=facts,
            at=clock.now(),
        )


def told(*codes: str) -> None:
    """Something became of each of the things, and has its position."""
    for code in codes:
        tell(code)
    stamp("test")


def let_the_lease_run_out() -> None:
    """Whoever is in charge has been silent for too long by now."""
    Head.objects.update(lease_until=F("lease_until") - timedelta(minutes=1))
