"""Refusals of this room."""

from collections.abc import Sequence
from typing import Any

from opsplatform.kernel.errors import DomainError, Forbidden, Problem, WrongState


class OwnWork(Forbidden):
    """An author tried to decide on their own work."""

    code = "own_work"
    sentence = "不能审核自己参与编写的内容，请由另一位同事审核。"


class NotYourTurn(Forbidden):
    """The actor's step is not open: those before it have not agreed yet, or it is decided already."""

    code = "not_your_turn"
    sentence = "现在没有等您决定的步骤。"


class SamePerson(Forbidden):
    """Who asked for an emergency release tried to confirm it as well."""

    code = "same_person"
    sentence = "应急发布须由另一位同事确认，提出人不能自己确认。"


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


class StageRefused(WrongState):
    """Something of a stage cannot go on show now, so nothing of it does; `problems` says everything that stands against
    it, and why."""

    code = "stage_refused"
    sentence = "这一批不能发布。"

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f"（共 {len(problems)} 个原因）" if len(problems) > 1 else ""
        super().__init__(f"这一批不能发布：{problems[0].sentence}{more}", problems=tuple(problems))


class CannotRollBack(WrongState):
    """Something went on since, or what was there may not return; `problems` says where and what."""

    code = "cannot_roll_back"
    sentence = "之后又有新的情况，不能回退。"

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f"（共 {len(problems)} 处）" if len(problems) > 1 else ""
        super().__init__(f"不能回退：{problems[0].sentence}{more}", problems=tuple(problems))
