"""Start-up check of the console: every page, register and sidebar entry names an action that the policy table has."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from opsplatform.accounts import policy
from opsplatform.console import navigation
from opsplatform.console.navigation import SIGNED_IN
from opsplatform.console.pages import routed_pages
from opsplatform.console.site import site


def _named_actions() -> Iterator[tuple[str, str | None]]:
    for route, page in routed_pages():
        yield f"page /{route}", getattr(page, "action", None)
    for model, model_admin in site._registry.items():
        yield f"register {model._meta.label}", getattr(model_admin, "view_action", None)
        edit_action = getattr(model_admin, "edit_action", None)
        if edit_action is not None:
            yield f"register {model._meta.label}", edit_action
    for item in navigation.items():
        yield f"sidebar entry {item.url_name}", item.action


@register(Tags.urls)
def check_console_actions(**_: Any) -> list[CheckMessage]:
    """Errors for what names no action, or one that nobody declared."""
    declared = {row.action for row in policy.rows()} | {SIGNED_IN}
    return [
        Error(f"{place} names no action of the policy table: {action}", id="accounts.E002")
        for place, action in _named_actions()
        if action not in declared
    ]
