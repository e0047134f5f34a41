from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "opsplatform.audit"
    label = "audit"
    verbose_name = "审计"
