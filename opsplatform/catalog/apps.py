from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class CatalogConfig(AppConfig):
    name = "opsplatform.catalog"
    label = "catalog"
    verbose_name = "事项库"

    def ready(self) -> None:
        """Its registers stand in the sidebar, its panels on the home page."""
        import_module("opsplatform.catalog.panels")
        import_module("opsplatform.catalog.sheets")
        navigation.register(
            NavItem("登记信息", "事项", "checklist", "admin:catalog_serviceitem_changelist", "registers.view", 70),
            NavItem("登记信息", "材料", "description", "admin:catalog_material_changelist", "registers.view", 80),
            NavItem(
                "登记信息", "办理地址", "location_on", "admin:catalog_servicepoint_changelist", "registers.view", 100
            ),
        )
