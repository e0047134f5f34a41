"""Policy rows of the way out: who approves where to, who may look."""

from opsplatform.accounts.policy import Relation, Role, declare


def declare_policies() -> None:
    """The rows stand in the table."""
    keepers = {Role.OPERATOR: Relation.CITY, Role.SYSTEM_ADMIN: Relation.CITY}
    declare(
        "egress.view",
        "查看出口目的地",
        {**keepers, Role.SECURITY_ADMIN: Relation.CITY, Role.AUDIT_ADMIN: Relation.CITY},
    )
    declare("egress.approve", "批准出口目的地", keepers)
