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
    # Who works on the theme's content or judges it cannot do so without the values it holds; nobody else needs them.
    declare(
        "themes.see_sensitive",
        "查看主题里敏感字段的值",
        {Role.LEAD_EDITOR: Relation.DEPARTMENT, Role.LEAD_REVIEWER: Relation.DEPARTMENT},
        grant="themes.change_theme",
    )
    declare("themes.recode", "因字典代码变动改写主题草稿", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.submit", "提交主题审核", {Role.LEAD_EDITOR: Relation.DEPARTMENT}, grant="themes.change_theme")
    # The steps of a review: a partner department confirms its part, the lead department all, operation the technique.
    reviewers = {Role.LEAD_REVIEWER: Relation.DEPARTMENT, Role.PARTNER_REVIEWER: Relation.DEPARTMENT}
    declare("themes.countersign", "会签主题", reviewers)
    declare("themes.approve", "审核主题", {Role.LEAD_REVIEWER: Relation.DEPARTMENT})
    declare("themes.sign_off", "平台审核主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.ask_emergency", "提出应急发布", {Role.OPERATOR: Relation.SUBTREE})
    declare(
        "themes.confirm_emergency",
        "确认应急发布",
        {Role.OPERATOR: Relation.SUBTREE, Role.LEAD_REVIEWER: Relation.DEPARTMENT},
    )
    declare("themes.settle_collision", "处理代码冲突", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.release", "发布主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.withdraw", "撤回主题", {Role.OPERATOR: Relation.SUBTREE})
    declare("themes.pause", "暂停与恢复受理", {Role.OPERATOR: Relation.SUBTREE})
    declare(
        "localisations.view",
        "查看区级本地化",
        dict.fromkeys((Role.OPERATOR, Role.DISTRICT_EDITOR, Role.DISTRICT_PUBLISHER), Relation.SUBTREE),
    )
    declare("localisations.edit", "编辑区级本地化", {Role.DISTRICT_EDITOR: Relation.SUBTREE})
    declare("localisations.submit", "提交区级本地化审核", {Role.DISTRICT_EDITOR: Relation.SUBTREE})
    declare("localisations.approve", "审核区级本地化", {Role.DISTRICT_PUBLISHER: Relation.SUBTREE})
    declare("localisations.sign_off", "从平台角度审核区级本地化", {Role.OPERATOR: Relation.SUBTREE})
    declare("localisations.release", "发布区级本地化", {Role.DISTRICT_PUBLISHER: Relation.SUBTREE})
    declare("localisations.request_exception", "申请本地化例外", {Role.DISTRICT_EDITOR: Relation.SUBTREE})
    declare("localisations.decide_exception", "决定本地化例外", {Role.OPERATOR: Relation.CITY})
    declare("themes.share", "单独授权主题", {Role.OPERATOR: Relation.SUBTREE})
