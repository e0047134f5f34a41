"""Policy rows of export and import. Which register, and which of its rows, is judged by the register's own rows."""

from opsplatform.accounts.policy import Relation, Role, declare


def declare_policies() -> None:
    """The rows stand in the table."""
    declare("registers.export", "导出登记信息", dict.fromkeys(Role.PEOPLE, Relation.ANYWHERE))
    declare(
        "registers.import",
        "从文件导入登记信息",
        dict.fromkeys(
            (
                Role.OPERATOR, Role.LEAD_EDITOR, Role.PARTNER_EDITOR, Role.DISTRICT_EDITOR, Role.DISTRICT_PUBLISHER,
            ),
            Relation.ANYWHERE,
        ),
    )  # fmt: skip
