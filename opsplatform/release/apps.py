from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    name = "opsplatform.release"
    label = "release"
    verbose_name = "审核与发布"
