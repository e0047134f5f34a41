"""Policy rows of webhooks: who looks after the endpoints of a division, and what a system does with its own."""

from opsplatform.accounts.policy import Relation, Role, declare


def declare_policies() -> None:
    """The rows stand in the table."""
    keepers = {Role.OPERATOR: Relation.SUBTREE, Role.SYSTEM_ADMIN: Relation.SUBTREE}
    declare("webhooks.view", "查看通知回调", keepers)
    declare("webhooks.keep", "维护通知回调", keepers)
    declare("webhooks.keep_own", "维护本系统的通知回调", {Role.ACCEPTANCE_PLATFORM: Relation.ANYWHERE})
