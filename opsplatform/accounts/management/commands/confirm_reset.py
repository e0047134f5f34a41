from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.accounts.services.users import confirm_reset_at_the_machine


class Command(ReportCommand):
    help = "确认一次密码重置：唯一的安全管理员忘记密码时用，平时由安全管理员在用户页上确认。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the account and the reason."""
        super().add_arguments(parser)
        parser.add_argument("username", help="密码被重置的账号")
        parser.add_argument("--note", required=True, help="理由，写入审计记录")

    def perform(self, **options: Any) -> Report:
        """Confirms the reset."""
        user = confirm_reset_at_the_machine(username=options["username"], note=options["note"])
        return {"username": user.username}, f"{user} 的密码重置已确认，可以用新的初始密码登录。"
