from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import Role
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division


class Command(ActorCommand):
    help = "登记一个系统客户端（OAuth 2 client credentials）。密钥只显示这一次。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the client's name, role, division and scopes."""
        super().add_arguments(parser)
        parser.add_argument("name", help="系统名称")
        parser.add_argument("--role", required=True, help="角色代码，例如 acceptance_platform")
        parser.add_argument("--division", required=True, help="区划代码，例如 310000")
        parser.add_argument("--scopes", required=True, help="以逗号分隔，例如 export:read,registers:read")

    def perform(self, **options: Any) -> Report:
        """Registers the client; its secret is in the report and nowhere else."""
        role = Role.objects.filter(code=options["role"]).first()
        if role is None:
            raise NotFound(f"没有角色 {options['role']}。")
        division = Division.objects.filter(code=options["division"]).first()
        if division is None:
            raise NotFound(f"没有区划 {options['division']}。")
        scopes = [scope for scope in options["scopes"].split(",") if scope]
        credentials = register_machine_client(
            actor=options["actor"], name=options["name"], role=role, division=division, scopes=scopes
        )
        text = f"client_id      {credentials.client_id}\nclient_secret  {credentials.client_secret}"
        return credentials._asdict(), f"{text}\n请立即保存密钥：系统只留有它的散列值。"
