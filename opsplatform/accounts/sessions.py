"""Sessions that know whose they are: Django's database sessions with account, address and last use as columns."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

# Keys in the session's own data, from which the columns are filled at every save.
ADDRESS = "address"
AGENT = "agent"
BEGAN = "began"


class LoginSession(AbstractBaseSession):
    """One device on which somebody is logged in; the row's absence ends the session."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="用户", null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    address = models.CharField("网络地址", max_length=45, blank=True)
    agent = models.CharField("浏览器", max_length=300, blank=True)
    began_at = models.DateTimeField("登录时间", null=True)
    last_seen_at = models.DateTimeField("最近使用", db_default=Now())

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "登录设备"
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="session_of_user")]

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(DatabaseSessionStore):
    """Settings name this module as SESSION_ENGINE."""

    @classmethod
    def get_model_class(cls) -> type[LoginSession]:
        return LoginSession

    def create_model_instance(self, data: dict[str, Any]) -> LoginSession:
        """The row of the session with its columns filled from the data."""
        row: Any = super().create_model_instance(data)
        account, began = data.get("_auth_user_id"), data.get(BEGAN)
        row.user_id = int(account) if account else None
        row.address = data.get(ADDRESS, "")
        row.agent = data.get(AGENT, "")
        row.began_at = datetime.fromisoformat(began) if began else None
        row.last_seen_at = Now()
        return cast(LoginSession, row)
