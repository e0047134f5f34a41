from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class ReleaseConfig(AppConfig):
    name = "opsplatform.release"
    label = "release"
    verbose_name = "审核与发布"

    def ready(self) -> None:
        """The engine's work is known, home pages show open reviews, city operation plans the steps."""
        import_module("opsplatform.release.tasks")
        import_module("opsplatform.release.panels")
        navigation.register(
            NavItem("登记信息", "审核步骤", "checklist", "review-plans", "registers.edit", 30),
        )
