from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class AuditConfig(AppConfig):
    name = "opsplatform.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        """The rooms below can record."""
        import_module("opsplatform.audit.registrations")
        import_module("opsplatform.audit.panels")
        import_module("opsplatform.audit.sheets")
        navigation.register(
            NavItem("管理", "审计", "history", "admin:audit_auditentry_changelist", "audit.view", 30),
        )
