from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "opsplatform.runtime"
    label = "runtime"
    verbose_name = "运行环境"
