"""manage.py prepare_demo: a development installation without accounts gets the demo; says how to log in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "首次启动时准备演示数据，并列出演示账号（仅限开发环境）。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.OPSPLATFORM_PROFILE == "production":
            raise CommandError("正式环境不准备演示数据。")
        accounts = get_user_model()._default_manager.all()
        if "seed_demo" in get_commands() and not accounts.exists():
            self.stderr.write("首次启动，正在准备演示数据……")
            call_command("seed_demo", stdout=self.stderr)
        demo = accounts.filter(is_demo=True, is_active=True, kind="person").order_by("username")
        if demo.exists():
            self.stdout.write(f"演示账号（口令均为 {settings.DEMO_PASSWORD}）：")
            for account in demo:
                self.stdout.write(f"  {account.get_username():<28}{account}")
