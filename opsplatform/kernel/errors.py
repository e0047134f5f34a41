"""Refusals: what every service raises when it will not do a thing, and what every edge turns into an answer."""

from dataclasses import dataclass
from typing import Any

MOST_PROBLEMS = 2_000  # that are told of one input


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: where (JSON pointer), what (stable code), and a sentence for people."""

    pointer: str
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.pointer} {self.sentence}".lstrip()


def more_problems() -> Problem:
    """That not all that is wrong was told."""
    return Problem("", "more_problems", f"错误太多，只列出 {MOST_PROBLEMS} 处。")


class DomainError(Exception):
    """The product refuses: a stable code, a Chinese sentence, every problem at once, nothing changed."""

    code = "refused"
    status = 409
    sentence = "不能这样做。"
    is_passing = False  # whether the same act may succeed a moment later without anybody doing anything

    def __init__(self, sentence: str = "", *, problems: tuple[Problem, ...] = (), **facts: Any) -> None:
        self.sentence = sentence or self.sentence
        self.problems = problems
        self.facts = facts
        super().__init__(self.sentence)


class NotFound(DomainError):
    """It does not exist, or lies outside the actor's scope, which must look the same."""

    code = "not_found"
    status = 404
    sentence = "没有找到，或不在您的权限范围内。"


class Forbidden(DomainError):
    """The actor sees it but may not do this to it."""

    code = "forbidden"
    status = 403
    sentence = "您没有进行这项操作的权限。"


class Invalid(DomainError):
    """The input is understood and wrong; `problems` lists everything that is."""

    code = "invalid"
    status = 422
    sentence = "填写的内容有误。"


class WrongState(DomainError):
    """Right thing, wrong moment."""

    code = "wrong_state"
    status = 409
    sentence = "当前状态下不能进行这项操作。"


class StaleRevision(DomainError):
    """Someone changed it since it was read; `facts["changes"]` says what."""

    code = "stale_revision"
    status = 412
    sentence = "内容已被他人修改，请先查看改动再保存。"
