"""How wrong passwords are counted: fast for one account at one address, slower for either of them alone."""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db.models import Sum
from django.http import HttpRequest

ACCOUNT_PATIENCE = 5  # times the limit: guessing at one account from many addresses
ADDRESS_PATIENCE = 20  # times the limit: guessing at many accounts from one address, behind which an office may sit


class LoginFailures(AxesDatabaseHandler):
    """django-axes' own counting by account and address, and beside it by account and by address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The largest of the three counts, each in the measure of AXES_FAILURE_LIMIT."""
        seen: Any = request
        recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        of_account = recent.filter(username=get_client_username(request, credentials))
        at_address = recent.filter(ip_address=seen.axes_ip_address)
        return max(
            super().get_failures(request, credentials),
            _total(of_account) // ACCOUNT_PATIENCE,
            _total(at_address) // ADDRESS_PATIENCE,
        )


def _total(attempts: Any) -> int:
    return attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
