"""How endpoints, deliveries and attempts are told to people."""

from typing import NamedTuple

from opsplatform.feed import vocabulary
from opsplatform.webhooks import payloads
from opsplatform.webhooks.models import Delivery, Endpoint

_OUTCOMES = {
    "delivered": "已送达",
    "refused": "对方没有接受",
    "host_not_approved": "主机不在出口目的地登记中",
    "address_forbidden": "域名指向不允许访问的地址",
    "not_encrypted": "须使用 https",
    "name_unknown": "域名解析不到",
    "unreachable": "连接不上，或证书不可信",
    "too_slow": "答复太慢",
    "reply_too_large": "答复过大",
    "reply_malformed": "答复不是 HTTP",
    "target_not_understood": "地址有误",
}
_OUR_TYPES = {payloads.PING: "测试", payloads.RESYNC: "须重新对齐"}
_TONES = {Delivery.State.DELIVERED: "good", Delivery.State.FAILED: "bad"}


class Standing(NamedTuple):
    """A state in a word, and its tone."""

    text: str
    tone: str


def standing_of(endpoint: Endpoint) -> Standing:
    """How the endpoint is doing."""
    if endpoint.state == Endpoint.State.ACTIVE:
        if endpoint.failures:
            return Standing("正在重试", "warn")
        return Standing("正常", "good") if endpoint.succeeded_at else Standing("还没有投递过", "neutral")
    return Standing(endpoint.get_state_display(), "bad" if endpoint.state == Endpoint.State.PARKED else "neutral")


def standing_of_delivery(delivery: Delivery) -> Standing:
    """How far the delivery is."""
    if delivery.state == Delivery.State.WAITING and delivery.attempts:
        return Standing("等待重试", "warn")
    return Standing(delivery.get_state_display(), _TONES.get(Delivery.State(delivery.state), "neutral"))


def outcome_in_words(outcome: str | None, status: int | None) -> str:
    """What an attempt came to: "对方没有接受（500）"; empty where there was none."""
    if not outcome:
        return ""
    words = _OUTCOMES.get(outcome, outcome)
    return f"{words}（{status}）" if status else words


def type_in_words(name: str) -> str:
    """What a message is about: "发布"."""
    return _OUR_TYPES.get(name) or vocabulary.title_of(name)
