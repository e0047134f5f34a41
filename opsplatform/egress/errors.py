"""Refusals of the way out. `code` is also what logs and figures call the outcome."""

from opsplatform.kernel.errors import DomainError, Invalid


class TargetNotUnderstood(Invalid):
    """The address or a header of a request is not spelled as the only way we accept."""

    code = "target_not_understood"
    sentence = "地址应形如 https://主机名:端口/路径，只用 ASCII 字符，不含账号口令和片段。"


class NotSent(DomainError):
    """We will not send this; nothing has left."""

    code = "not_sent"
    sentence = "没有发出请求。"


class HostNotApproved(NotSent):
    """Nobody has approved the host with this port, or the approval was withdrawn."""

    code = "host_not_approved"
    sentence = "主机不在出口目的地登记中，或已停用。"


class AddressForbidden(NotSent):
    """The host's name leads to an address where nothing may be sent."""

    code = "address_forbidden"
    sentence = "主机名解析到不允许访问的地址。"


class NotEncrypted(NotSent):
    """Without TLS only hosts in approved networks are spoken to."""

    code = "not_encrypted"
    sentence = "只有出口网段登记中的内部网络可以使用 http，其他一律使用 https。"


class NoReply(DomainError):
    """The request may have arrived; no reply that we can use came back."""

    code = "no_reply"
    status = 502
    is_passing = True
    sentence = "没有得到可用的答复。"


class NotFoundByName(NoReply):
    """The host's name leads to no address at the moment."""

    code = "name_unknown"
    sentence = "主机名目前解析不到地址。"


class Unreachable(NoReply):
    """No connection, or TLS did not come about."""

    code = "unreachable"
    sentence = "连接不上对方，或对方的证书不可信。"


class TookTooLong(NoReply):
    """Connecting, a pause in the reply, or the whole took longer than allowed."""

    code = "too_slow"
    sentence = "对方答复太慢，已断开。"


class ReplyTooLarge(NoReply):
    """The reply, as sent or unpacked, is larger than allowed."""

    code = "reply_too_large"
    sentence = "对方的答复过大，已断开。"


class ReplyMalformed(NoReply):
    """What came back is no HTTP reply, or packed in a way we do not unpack."""

    code = "reply_malformed"
    sentence = "对方的答复不是正常的 HTTP 答复。"
