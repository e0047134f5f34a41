"""Tables of the way out: approved hosts, approved networks, and how often what came of it."""

from ipaddress import ip_network

from django.db import models
from django.db.models import Q

from opsplatform.egress.addresses import Network
from opsplatform.kernel.models import Revisioned


class ApprovedHost(Revisioned):
    """A host with a port that requests may be sent to, as long as the approval stands."""

    host = models.CharField(
        "主机", max_length=253, help_text="域名或 IP 地址，不写协议和路径；中文域名写作 xn-- 形式。"
    )
    port = models.PositiveIntegerField("端口", default=443)
    purpose = models.CharField("用途", max_length=200, help_text="对方是谁，发送什么。")
    is_active = models.BooleanField("批准有效", default=True, help_text="取消后不再向它发送任何内容。")

    class Meta:
        verbose_name = verbose_name_plural = "出口目的地"
        ordering = ["host", "port"]
        constraints = [
            models.UniqueConstraint(
                fields=["host", "port"], name="approved_host_once", violation_error_message="这一主机和端口已经登记。"
            ),
            models.CheckConstraint(
                name="approved_host_port",
                condition=Q(port__range=(1, 65535)),
                violation_error_message="端口应在 1 到 65535 之间。",
            ),
        ]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ApprovedNetwork(Revisioned):
    """A private network, or one of the government's, whose addresses may be sent to, also without TLS."""

    network = models.CharField("网段", max_length=49, unique=True, help_text="例如 10.20.0.0/16。")
    name = models.CharField("名称", max_length=200)
    is_active = models.BooleanField("批准有效", default=True, help_text="取消后不再向这一网段发送任何内容。")

    class Meta:
        verbose_name = verbose_name_plural = "出口网段"
        ordering = ["network"]

    def __str__(self) -> str:
        return self.network

    @property
    def range(self) -> Network:
        """The network as numbers."""
        return ip_network(self.network)


class Tally(models.Model):
    """How many requests of a purpose came to an outcome, and how long they took: the figures of all processes."""

    purpose = models.CharField("用途", max_length=60)
    outcome = models.CharField("结果", max_length=40)
    count = models.PositiveBigIntegerField("次数", default=0)
    seconds = models.FloatField("合计秒数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "出口计数"
        constraints = [models.UniqueConstraint(fields=["purpose", "outcome"], name="egress_tally_once")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.outcome}"
