"""Policy rows of themes: who drafts, reviews, releases and reads them."""

from opsplatform.accounts.policy import Relation, Role, declare


def declare_policies() -> None:
    """The rows stand in the table."""
    declare(
        "themes.view_draft",
        "查看主题草稿",
        {
            Role.OPERATOR: Relation.SUBTREE,
            Role.LEAD_EDITOR: Relation.DEPARTMENT,
            Role.LEAD_REVIEWER: Relation.DEPARTMENT,
            Role.PARTNER_EDITOR: Relation.DEPARTMENT,
            Role.PARTNER_REVIEWER: Relation.DEPARTMENT,
        },
        grant="themes.view_theme",
    )
    # A dossier brings entries of registers, which are the city's.
    declare("themes.import", "导入主题资料", {Role.OPERATOR: Relation.CITY})
    declare("themes.edit", "编辑主题", {Role.LEAD_EDITOR: Relation.DEPARTMENT}, grant="themes.change_theme")
    declare("themes.recode", "因字典代码变动改写主题草稿", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.submit", "提交主题审核", {Role.LEAD_EDITOR: Relation.DEPARTMENT}, grant="themes.change_theme")
    declare("themes.approve", "审核主题", {Role.LEAD_REVIEWER: Relation.DEPARTMENT})
    declare("themes.settle_collision", "处理代码冲突", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.release", "发布主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.withdraw", "撤回主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.share", "单独授权主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("export.read", "读取已发布的主题", {Role.ACCEPTANCE_PLATFORM: Relation.ANYWHERE})
