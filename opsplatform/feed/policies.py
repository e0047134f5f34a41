"""Policy rows of the feed. Machines read it by `export.read`, as everything else that is live."""

from opsplatform.accounts.policy import Relation, Role, declare


def declare_policies() -> None:
    """The rows stand in the table."""
    declare("feed.view", "查看变更流", {Role.OPERATOR: Relation.CITY, Role.SYSTEM_ADMIN: Relation.CITY})
    declare("feed.begin_epoch", "使变更流进入新的纪元", {Role.SYSTEM_ADMIN: Relation.CITY})
