"""Start-up check: the actions that routes name are rows of the policy table."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from opsplatform.accounts import policy
from opsplatform.api.checks import operations


@register(Tags.urls)
def check_actions(**_: Any) -> list[CheckMessage]:
    """Errors for routes that name an action nobody declared."""
    declared = {row.action for row in policy.rows()}
    return [
        Error(f"{method.upper()} {pattern} names the undeclared action {action}", id="accounts.E001")
        for pattern, method, operation in operations()
        for action in operation.actions
        if action not in declared
    ]
