from importlib import import_module

from django.apps import AppConfig

from opsplatform.register_files import policies


class RegisterFilesConfig(AppConfig):
    name = "opsplatform.register_files"
    label = "register_files"
    verbose_name = "登记信息的导出与导入"

    def ready(self) -> None:
        """Declares the policy rows of its pages, and the work it asks for."""
        policies.declare_policies()
        import_module("opsplatform.register_files.tasks")
