from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem
from opsplatform.feed import policies


class FeedConfig(AppConfig):
    name = "opsplatform.feed"
    label = "feed"
    verbose_name = "变更流"

    def ready(self) -> None:
        """Declares its policy rows, its place in the sidebar, and the work of the clock."""
        policies.declare_policies()
        import_module("opsplatform.feed.tasks")
        navigation.register(NavItem("管理", "变更流", "stream", "admin:feed_event_changelist", "feed.view", 45))
