"""What the catalogue tells on the home page: windows that are closed, or will be soon."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now, TruncDate
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServicePoint
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel

SOON = timedelta(days=30)


def expiring_service_points(actor: User) -> Content:
    """Windows in the actor's care whose validity is over or ends within a month, the longest over first."""
    within = actor.divisions_where("catalog.edit_service_points")
    rows: Any = (
        ServicePoint.objects.filter(valid_to__lte=TruncDate(Now() + SOON), division__in=within)
        .annotate(today=TruncDate(Now()))
        .select_related("division")
        .order_by("valid_to", "division__code", "name")
    )
    shown, total = panels.most_pressing(rows)
    entries = [
        Entry(
            title=f"{row.division} · {row.name}",
            url=reverse("admin:catalog_servicepoint_change", args=[row.pk]),
            badge="已过期" if row.valid_to < row.today else "即将到期",
            tone="bad" if row.valid_to < row.today else "warn",
            at=row.valid_to,
            at_word="有效期至",
        )
        for row in shown
    ]
    return panels.content(entries, total=total, more_url=reverse("admin:catalog_servicepoint_changelist"))


def _cares_for_windows(actor: User) -> bool:
    return actor.may_somewhere("catalog.edit_service_points")


panels.register(
    Panel(
        "catalog.service_points", "需要关注", "到期的办理地址", "location_off", _cares_for_windows,
        expiring_service_points, "没有已过期或一个月内到期的办理地址。", 20,
    )
)  # fmt: skip
