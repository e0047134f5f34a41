from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "opsplatform.insight"
    label = "insight"
    verbose_name = "首页与效能"
