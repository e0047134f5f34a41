from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class ThemesConfig(AppConfig):
    name = "themes"
    label = "themes"
    verbose_name = "一件事主题"

    def ready(self) -> None:
        """Themes are known to the rooms below."""
        import_module("themes.registrations")
        import_module("themes.tasks")
        import_module("themes.panels")
        import_module("themes.sheets")
        navigation.register(
            NavItem("工作", "主题", "hub", "themes:list", "registers.view", 20),
            NavItem("工作", "发布计划", "event_upcoming", "themes:plans", "themes.view_draft", 22),
            NavItem("工作", "某时在用", "history", "themes:on_show", "registers.view", 24),
            NavItem("登记信息", "场景分类", "schema", "categories:tree", "registers.view", 10),
            NavItem("工作", "代码冲突", "call_split", "admin:themes_collision_changelist", "registers.view", 90),
        )
