from django.apps import AppConfig
from django.core.checks import Tags, register

from opsplatform.api.checks import check_statements


class ApiConfig(AppConfig):
    name = "opsplatform.api"
    label = "api"
    verbose_name = "接口"

    def ready(self) -> None:
        """No server starts with a route that states no rights."""
        register(check_statements, Tags.urls)
