from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "opsplatform.api"
    label = "api"
    verbose_name = "接口"

    def ready(self) -> None:
        """No server starts with a route that states no rights."""
        import_module("opsplatform.api.checks")
