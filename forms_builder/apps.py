from importlib import import_module

from django.apps import AppConfig

from forms_builder.policies import declare_policies
from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"
    label = "forms_builder"
    verbose_name = "表单与字典"

    def ready(self) -> None:
        """Its registers stand in the sidebar; the rooms below know the names of codes."""
        declare_policies()
        import_module("forms_builder.registrations")
        import_module("forms_builder.sheets")
        import_module("forms_builder.tasks")
        navigation.register(
            NavItem("登记信息", "字典", "menu_book", "admin:forms_builder_dictionary_changelist", "registers.view", 50),
            NavItem(
                "登记信息",
                "代码对照",
                "compare_arrows",
                "admin:forms_builder_crosswalk_changelist",
                "registers.view",
                55,
            ),
            NavItem(
                "登记信息", "公共字段", "input", "admin:forms_builder_publicfield_changelist", "registers.view", 60
            ),
            NavItem("工作", "字段对照", "join_inner", "public_fields:matching", "item_forms.edit", 35),
            NavItem("工作", "事项表单", "assignment", "forms_builder:item_forms", "registers.view", 30),
        )
