from django.apps import AppConfig
from django.core.checks import Tags, register

from opsplatform.accounts import policies
from opsplatform.accounts.api.checks import check_actions


class AccountsConfig(AppConfig):
    name = "opsplatform.accounts"
    label = "accounts"
    verbose_name = "账号与权限"

    def ready(self) -> None:
        """Declares the policy rows of the shared ground; no server starts with a route outside the table."""
        policies.declare_policies()
        register(check_actions, Tags.urls)
