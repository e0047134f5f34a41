from typing import Any

from django.conf import settings

from opsplatform.accounts.commands import Report, ReportCommand
from themes.services.demonstration import ACCOUNTS, seed_demonstration


class Command(ReportCommand):
    help = "建立演示环境：区划、机构、各角色账号，并发布两个主题。只能用于空库。"

    def perform(self, **options: Any) -> Report:
        said: list[str] = []
        seed_demonstration(said.append)
        accounts = {username: account.name for username, account in ACCOUNTS.items()}
        return {"accounts": accounts, "password": settings.DEMO_PASSWORD, "report": said}, "\n".join(said)
