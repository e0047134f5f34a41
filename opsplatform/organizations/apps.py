from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class OrganizationsConfig(AppConfig):
    name = "opsplatform.organizations"
    label = "organizations"
    verbose_name = "区划与部门"

    def ready(self) -> None:
        """Its registers stand in the sidebar and have their sheets."""
        import_module("opsplatform.organizations.sheets")
        navigation.register(
            NavItem(
                "登记信息", "区划", "account_tree", "admin:organizations_division_changelist", "registers.view", 20
            ),
            NavItem(
                "登记信息", "机构类别", "category", "admin:organizations_bodykind_changelist", "registers.view", 30
            ),
            NavItem("登记信息", "部门", "apartment", "admin:organizations_department_changelist", "registers.view", 40),
        )
