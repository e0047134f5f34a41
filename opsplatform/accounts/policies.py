"""Policy rows of the shared ground: registers, accounts, audit, jobs, export. Rooms above declare their own."""

from opsplatform.accounts.policy import Relation, Role, declare

_VIEWERS = dict.fromkeys(Role.PEOPLE | Role.MACHINES, Relation.CITY_SHARED)


def declare_policies() -> None:
    """The rows stand in the table."""
    declare("registers.view", "查看登记信息", _VIEWERS)
    declare("registers.edit", "维护公共登记信息", {Role.OPERATOR: Relation.CITY})
    declare(
        "catalog.edit_items",
        "维护事项",
        {
            Role.OPERATOR: Relation.SUBTREE,
            Role.LEAD_EDITOR: Relation.DEPARTMENT,
            Role.PARTNER_EDITOR: Relation.DEPARTMENT,
        },
    )
    declare(
        "catalog.edit_service_points",
        "维护办理地址",
        {
            Role.OPERATOR: Relation.SUBTREE,
            Role.DISTRICT_EDITOR: Relation.SUBTREE,
            Role.DISTRICT_PUBLISHER: Relation.SUBTREE,
        },
    )
    declare(
        "accounts.view_users",
        "查看用户",
        {Role.SYSTEM_ADMIN: Relation.SUBTREE, Role.SECURITY_ADMIN: Relation.SUBTREE},
    )
    declare("accounts.edit_users", "管理用户账号", {Role.SYSTEM_ADMIN: Relation.SUBTREE})
    declare("accounts.assign_roles", "授予和收回角色", {Role.SECURITY_ADMIN: Relation.SUBTREE})
    declare("audit.view", "查看审计记录", {Role.AUDIT_ADMIN: Relation.SUBTREE})
    declare("jobs.view_own", "查看自己发起的后台任务", dict.fromkeys(Role.PEOPLE, Relation.ANYWHERE))
    watchers = {Role.OPERATOR: Relation.CITY, Role.SYSTEM_ADMIN: Relation.CITY}
    declare("jobs.view_all", "查看全部后台任务", watchers)
    declare("jobs.steer", "重试和取消后台任务", watchers)
    declare("export.read", "读取已发布的主题", {Role.ACCEPTANCE_PLATFORM: Relation.ANYWHERE})
