from importlib import import_module

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "opsplatform.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        """The rooms below can record."""
        import_module("opsplatform.audit.registrations")
