"""Policy rows of item forms: who drafts, reviews and enables them."""

from opsplatform.accounts.policy import Relation, Role, declare

_EDITORS = {
    Role.OPERATOR: Relation.SUBTREE,
    Role.LEAD_EDITOR: Relation.DEPARTMENT,
    Role.PARTNER_EDITOR: Relation.DEPARTMENT,
}
_REVIEWERS = {
    Role.OPERATOR: Relation.SUBTREE,
    Role.LEAD_REVIEWER: Relation.DEPARTMENT,
    Role.PARTNER_REVIEWER: Relation.DEPARTMENT,
}


def declare_policies() -> None:
    """The rows stand in the table. A form of a kind that names no department is the operators' alone."""
    declare("item_forms.view_draft", "查看事项表单草稿", _EDITORS | _REVIEWERS)
    declare("item_forms.edit", "编辑事项表单", _EDITORS)
    declare("item_forms.import", "导入事项表单", {Role.OPERATOR: Relation.CITY})
    declare("item_forms.recode", "因登记信息变动改写事项表单草稿", {Role.OPERATOR: Relation.SUBTREE})
    declare("item_forms.submit", "提交事项表单审核", _EDITORS)
    declare("item_forms.approve", "审核事项表单", _REVIEWERS)
    declare("item_forms.release", "启用事项表单", _REVIEWERS)
    declare("item_forms.withdraw", "停用事项表单", _REVIEWERS)
