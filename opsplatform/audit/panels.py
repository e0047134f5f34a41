"""What the trail tells on the home page of those who read it."""

from datetime import datetime, time

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from opsplatform.accounts.models import User
from opsplatform.audit import words
from opsplatform.audit.models import AuditEntry
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel
from opsplatform.kernel import clock


def entries_today(actor: User) -> Content:
    """How many acts the trail holds since midnight, by action, the most frequent first."""
    midnight = timezone.make_aware(datetime.combine(clock.today(), time.min))
    rows = list(
        AuditEntry.objects.visible_to(actor)
        .filter(at__gte=midnight)
        .order_by()
        .values("action")
        .annotate(count=Count("*"))
        .order_by("-count", "action")
    )
    listed = reverse("admin:audit_auditentry_changelist")
    entries = [
        Entry(
            title=words.action_in_words(row["action"]),
            url=f"{listed}?action={row['action']}",
            text=row["action"],
            badge=f"{row['count']} 条",
        )
        for row in rows
    ]
    return panels.content(entries, total=sum(row["count"] for row in rows), more_url=listed)


def _reads_trail(actor: User) -> bool:
    return actor.may_somewhere("audit.view")


panels.register(
    Panel("audit.today", "概况", "今天的审计记录", "history", _reads_trail, entries_today, "今天还没有审计记录。", 10)
)
