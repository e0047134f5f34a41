"""Refusals of this room."""

from typing import Any

from opsplatform.kernel.errors import DomainError, Forbidden, WrongState


class OwnWork(Forbidden):
    """An author tried to decide on their own work."""

    code = "own_work"
    sentence = "不能审核自己参与编写的内容，请由另一位同事审核。"


class GateClosed(DomainError):
    """The gate found something that must be mended first; `findings` holds them all."""

    code = "gate_closed"
    status = 422
    sentence = "有必须先解决的问题，暂不能继续。"

    def __init__(self, findings: tuple[Any, ...]) -> None:
        self.findings = findings
        super().__init__(f"有 {len(findings)} 个必须先解决的问题。首个：{findings[0].sentence}")


class NotApproved(WrongState):
    """Only an approved version can be released."""

    code = "not_approved"
    sentence = "只有经第二人批准的版本才能发布。"


class NothingChanged(WrongState):
    """The content is byte for byte what was submitted before."""

    code = "nothing_changed"
    sentence = "内容与上一版本完全相同，无需提交。"
