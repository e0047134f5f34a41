"""A ceiling per account, or per address for strangers, so that one runaway client does not starve the others."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class ActorThrottle(SimpleRateThrottle):
    """Counts requests of one account in the process; the rate is settings' `actor`."""

    scope = "actor"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """One counter per account, or per address of a stranger."""
        who = f"user-{request.user.pk}" if request.user.is_authenticated else f"address-{self.get_ident(request)}"
        return self.cache_format % {"scope": self.scope, "ident": who}
