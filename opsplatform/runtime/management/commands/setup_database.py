"""manage.py setup_database: database, roles and grants are in place."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from opsplatform.runtime.database_roles import setup_database
from opsplatform.runtime.errors import CannotRun


class Command(BaseCommand):
    help = "建立数据库、属主角色与应用角色并授权；可重复执行。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        plan = settings.DATABASE_PLAN
        try:
            setup_database(plan)
        except CannotRun as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"数据库 {plan.name} 已就绪：属主 {plan.owner_role}，应用 {plan.application_role}。")
