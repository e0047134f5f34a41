"""Health for probes: `live` says the process answers, `ready` that it can do its work. No rights needed."""

from collections.abc import Callable
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PATIENCE = timedelta(seconds=60)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every condition holds, else 503; each condition by name, with a sentence where it does not hold."""
    findings: dict[str, str] = {}
    try:
        for name, condition in CONDITIONS.items():
            findings[name] = condition()
    except Error:
        findings["database"] = "数据库没有应答"
    is_ready = not any(findings.values())
    return JsonResponse(
        {
            "status": "ok" if is_ready else "unavailable",
            "checks": {name: text or "ok" for name, text in findings.items()},
        },
        status=200 if is_ready else 503,
    )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        row = cursor.fetchone()
    return "" if row == (settings.DATABASE_APP_ROLE,) else "没有以应用角色连接数据库"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"有 {len(waiting)} 个数据库迁移尚未执行" if waiting else ""


def _queue() -> str:
    jobs = apps.get_model("jobs", "Job")._default_manager
    overdue = Now() - PATIENCE
    waiting = jobs.filter(state="waiting", due_at__lt=overdue)
    abandoned = jobs.filter(state="running", lease_until__lt=overdue)
    return "有到期超过 60 秒仍无人处理的任务" if waiting.exists() or abandoned.exists() else ""


def _feed() -> str:
    events = apps.get_model("feed", "Event")._default_manager
    late = events.filter(position__isnull=True, announced_at__lt=Now() - PATIENCE)
    return "有超过 60 秒仍未编号的变更事件" if late.exists() else ""


CONDITIONS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
    "feed": _feed,
}
