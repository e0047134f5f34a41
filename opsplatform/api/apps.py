from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "opsplatform.api"
    label = "api"
    verbose_name = "接口"
