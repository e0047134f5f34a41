from django.apps import AppConfig

from opsplatform.accounts import policies


class AccountsConfig(AppConfig):
    name = "opsplatform.accounts"
    label = "accounts"
    verbose_name = "账号与权限"

    def ready(self) -> None:
        """Declares the policy rows of the shared ground."""
        policies.declare_policies()
