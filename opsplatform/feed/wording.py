"""How the feed stands, in words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.timezone import localtime

from opsplatform.feed.cursors import Cursor
from opsplatform.feed.models import Standing

LATE = timedelta(seconds=10)


@dataclass(frozen=True)
class Told:
    """What operators see: one state with its tone, what to do where it is bad, and the figures."""

    state: str
    tone: str
    advice: str
    facts: list[tuple[str, Any]]


def standing_in_words(standing: Standing) -> Told:
    """The state of the feed as one word, its figures, and what helps."""
    head = standing.head
    state, tone, advice = _state(standing)
    seconds = int(standing.oldest_waiting.total_seconds())
    return Told(
        state,
        tone,
        advice,
        [
            ("已编到位置", str(head.position)),
            ("等待编号", f"{standing.waiting} 条，最久 {seconds} 秒" if standing.waiting else "没有"),
            ("编号进程", head.holder or "从未有过"),
            ("最近心跳", _moment(head.beaten_at) if head.beaten_at else "从未有过"),
            ("当前游标", str(Cursor(head.epoch, head.position))),
            ("纪元始于", _moment(head.epoch_began_at)),
            ("已压缩至位置", head.compacted_to or "尚未压缩过"),
        ],
    )


def _state(standing: Standing) -> tuple[str, str, str]:
    if not standing.is_attended:
        advice = "编号进程没有运行：对外读取停在现有位置，发布和撤回不受影响。请启动 manage.py stamp_feed。"
        return "没有编号进程", "bad", advice
    if standing.oldest_waiting > LATE:
        return "编号滞后", "warn", "有事件等待编号超过 10 秒：请查看编号进程的日志和数据库的负载。"
    return "正常", "good", ""


def _moment(moment: Any) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
