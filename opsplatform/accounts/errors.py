"""Refusals of this room."""

from opsplatform.kernel.errors import DomainError, Forbidden


class UndeclaredAction(DomainError):
    """Code asked for a right that no policy row declares: a defect of ours, refused all the same."""

    code = "undeclared_action"
    status = 403


class SeparationOfDuties(Forbidden):
    """The act would give one account two of the three administrations, or an administration and business rights."""

    code = "separation_of_duties"
    sentence = "系统管理员、安全管理员、审计管理员三员分立，同一账号不能兼任，也不能兼任业务角色。"


class OwnAccount(Forbidden):
    """The act would be upon the actor's own account, which needs a second person."""

    code = "own_account"
    sentence = "不能对自己的账号进行这项操作。"
