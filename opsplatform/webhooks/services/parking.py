"""An endpoint to which nothing gets through is parked, and people are told on their home pages."""

from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.webhooks.models import Endpoint

NOT_ENTITLED = "对方系统已停用，或已无权读取这一区划已发布的内容。"
GONE = "对方以状态码 410 表示不再接收通知。"
FAILED_TOO_LONG = "连续失败超过 3 天。"
SECRET_LOST = "签名密钥无法解开，请更换密钥。"  # noqa: S105


def park(endpoint: Endpoint, reason: str) -> None:
    """Nothing is sent until somebody resumes it; what waits goes on waiting. The endpoint is locked by the caller."""
    endpoint.state, endpoint.state_reason = Endpoint.State.PARKED, reason
    endpoint.revision += 1
    endpoint.updated_at = clock.now()
    endpoint.save(update_fields=["state", "state_reason", "revision", "updated_at"])
    trail.record(None, "webhook.parked", endpoint, reason=reason, division=endpoint.division.code)
