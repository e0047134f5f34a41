"""Themes' share of the work that runs by itself."""

from celery import shared_task
from django.db import transaction

from opsplatform.jobs.registry import Payload, work
from opsplatform.jobs.services import asking
from themes import selectors
from themes.models import Theme
from themes.services import watching


@work(
    watching.WATCH,
    "巡查在用主题",
    elements=lambda payload: payload.get("codes") or watching.list_codes_on_show(),
    element_type=Theme._meta.label_lower,
)
def watch_live(payload: Payload, element: str) -> None:
    """What today's registers say against the theme of this code is known."""
    watching.watch_live_themes(selectors.get_theme_by_code(element))


@shared_task(name="themes.watch_daily", ignore_result=True)
def watch_daily() -> None:
    """Every theme on show is going to be held against today's registers; asked for twice, it is done once."""
    with transaction.atomic():
        asking.ask(watching.WATCH, dedupe_key=f"{watching.WATCH}:daily")
