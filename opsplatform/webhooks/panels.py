"""What webhooks tell on the home page: endpoints that somebody has to look at."""

from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel
from opsplatform.webhooks.models import Endpoint
from opsplatform.webhooks.selectors import list_troubled
from opsplatform.webhooks.wording import standing_of


def troubled_endpoints(actor: User) -> Content:
    """Endpoints that are parked, fail again and again, or left messages undelivered."""
    shown, total = panels.most_pressing(list_troubled(actor))
    return panels.content([_entry(endpoint) for endpoint in shown], total=total, more_url=_listed())


def _entry(endpoint: Endpoint) -> Entry:
    standing = standing_of(endpoint)
    failed = endpoint.failed  # type: ignore[attr-defined]
    return Entry(
        title=endpoint.name,
        url=reverse("webhook", args=[endpoint.pk]),
        text=endpoint.state_reason or (f"{failed} 条通知没有送达" if failed else f"连续失败 {endpoint.failures} 次"),
        badge=standing.text,
        tone="bad" if endpoint.state == Endpoint.State.PARKED else "warn",
        at=endpoint.failing_since,
        at_word="失败始于",
    )


def _listed() -> str:
    return reverse("admin:webhooks_endpoint_changelist")


def _keeps_endpoints(actor: User) -> bool:
    return actor.may_somewhere("webhooks.view")


panels.register(
    Panel("webhooks.troubled", "需要关注", "送不到的通知回调", "webhook", _keeps_endpoints, troubled_endpoints, "", 6)
)
