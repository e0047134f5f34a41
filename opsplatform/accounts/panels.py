"""What accounts tell on the home page of their administrators."""

from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel

RECENTLY = timedelta(days=30)


def accounts_without_role(actor: User) -> Content:
    """People who can log in and may do nothing, the newest first."""
    rows = User.objects.visible_to(actor).filter(memberships__isnull=True, is_active=True, kind=User.Kind.PERSON)
    return _shown(rows.order_by("-joined_at"), "joined_at", "开通于", "无角色")


def recently_disabled(actor: User) -> Content:
    """Accounts disabled within a month; an account that is disabled no longer changes."""
    rows = User.objects.visible_to(actor).filter(is_active=False, updated_at__gte=Now() - RECENTLY)
    return _shown(rows.order_by("-updated_at"), "updated_at", "停用于", "已停用")


def _shown(rows: QuerySet[User], moment: str, word: str, badge: str) -> Content:
    shown, total = panels.most_pressing(rows.select_related("division"))
    entries = [
        Entry(
            title=f"{row.name}（{row.username}）",
            url=reverse("user", args=[row.pk]),
            text=str(row.division or "未填区划"),
            badge=badge,
            tone="warn",
            at=getattr(row, moment),
            at_word=word,
        )
        for row in shown
    ]
    return panels.content(entries, total=total, more_url=reverse("admin:accounts_user_changelist"))


def _assigns_roles(actor: User) -> bool:
    return actor.may_somewhere("accounts.assign_roles")


def _sees_accounts(actor: User) -> bool:
    return actor.may_somewhere("accounts.view_users")


panels.register(
    Panel(
        "accounts.without_role", "等我处理", "还没有角色的账号", "person_alert", _assigns_roles, accounts_without_role,
        "每个启用的账号都有角色。", 10,
    ),
    Panel(
        "accounts.disabled", "需要关注", "最近停用的账号", "person_off", _sees_accounts, recently_disabled,
        "近 30 天没有停用账号。", 10,
    ),
)  # fmt: skip
