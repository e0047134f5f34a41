from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import SIGNED_IN, NavItem


class InsightConfig(AppConfig):
    name = "opsplatform.insight"
    label = "insight"
    verbose_name = "首页与效能"

    def ready(self) -> None:
        """The home page stands first in the sidebar."""
        navigation.register(NavItem("工作", "首页", "home", "home", SIGNED_IN, 1))
