from importlib import import_module

from django.apps import AppConfig

from opsplatform.accounts import policies
from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class AccountsConfig(AppConfig):
    name = "opsplatform.accounts"
    label = "accounts"
    verbose_name = "账号与权限"

    def ready(self) -> None:
        """Declares the policy rows of the shared ground; no server starts with a route outside the table."""
        policies.declare_policies()
        import_module("opsplatform.accounts.checks")
        import_module("opsplatform.accounts.api.checks")
        import_module("opsplatform.accounts.panels")
        import_module("opsplatform.accounts.sheets")
        navigation.register(
            NavItem("管理", "用户", "group", "admin:accounts_user_changelist", "accounts.view_users", 10),
            NavItem("管理", "角色", "badge", "admin:accounts_role_changelist", "registers.view", 20),
        )
