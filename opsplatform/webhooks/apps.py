from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem
from opsplatform.webhooks import policies


class WebhooksConfig(AppConfig):
    name = "opsplatform.webhooks"
    label = "webhooks"
    verbose_name = "通知回调"

    def ready(self) -> None:
        """Declares its policy rows, its place in the sidebar, its panel, and the work of the clock."""
        policies.declare_policies()
        import_module("opsplatform.webhooks.tasks")
        import_module("opsplatform.webhooks.panels")
        navigation.register(
            NavItem("管理", "通知回调", "webhook", "admin:webhooks_endpoint_changelist", "webhooks.view", 47)
        )
