from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem
from opsplatform.egress import policies


class EgressConfig(AppConfig):
    name = "opsplatform.egress"
    label = "egress"
    verbose_name = "出口"

    def ready(self) -> None:
        """Declares the policy rows of its registers, which stand in the sidebar."""
        policies.declare_policies()
        navigation.register(
            NavItem("管理", "出口目的地", "outbound", "admin:egress_approvedhost_changelist", "egress.view", 50),
            NavItem("管理", "出口网段", "lan", "admin:egress_approvednetwork_changelist", "egress.view", 51),
        )
