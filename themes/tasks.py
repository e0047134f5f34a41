"""Themes' share of the work that runs by itself."""

from celery import shared_task
from django.db import transaction

from opsplatform.jobs.registry import Payload, work
from opsplatform.jobs.services import asking
from themes import selectors
from themes.models import Theme
from themes.services import carrying_over, following, proving, watching


@work(
    watching.WATCH,
    "巡查在用主题",
    elements=lambda payload: payload.get("codes") or watching.list_codes_on_show(),
    element_type=Theme._meta.label_lower,
)
def watch_live(payload: Payload, element: str) -> None:
    """What today's registers say against the theme of this code is known."""
    watching.watch_live_themes(selectors.get_theme_by_code(element))


@work(carrying_over.FOLLOW, "本地化随市级新版合并", elements=lambda payload: payload["divisions"])
def follow_city(payload: Payload, element: str) -> None:
    """What the gate says about the localisation of this division under the city's version stands beside its change."""
    following.check_city_change(payload["theme"], payload["version"], element)


@work(proving.PROVE, "验证场景引导")
def prove_guidance(payload: Payload, element: str) -> None:
    """The proof that was asked for is done and kept."""
    proving.prove_asked(payload["digest"])


@shared_task(name="themes.watch_daily", ignore_result=True)
def watch_daily() -> None:
    """Every theme on show is going to be held against today's registers; asked for twice, it is done once."""
    with transaction.atomic():
        asking.ask(watching.WATCH, dedupe_key=f"{watching.WATCH}:daily")
