"""Refusals of this room."""

from opsplatform.kernel.errors import WrongState


class EndpointEnded(WrongState):
    """Nothing is delivered to it any more, for good."""

    code = "endpoint_ended"
    sentence = "这个通知回调已注销。"


class NothingToRedeliver(WrongState):
    """No delivery is such as was asked for."""

    code = "nothing_to_redeliver"
    sentence = "这一时段没有可以重新投递的通知。"
