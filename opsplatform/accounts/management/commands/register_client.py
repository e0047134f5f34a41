"""manage.py register_client: an OAuth client for another system; its secret is printed once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from opsplatform.accounts.models import Role, User
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.kernel.errors import DomainError
from opsplatform.kernel.request_context import through
from opsplatform.organizations.models import Division

REFUSED = 1


class Command(BaseCommand):
    """Registers a machine client through the same service as every other door."""

    help = "登记一个系统客户端（OAuth 2 client credentials），密钥只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="系统名称")
        parser.add_argument("--role", required=True, help="角色代码，例如 acceptance_platform")
        parser.add_argument("--scopes", required=True, help="以逗号或空格分隔，例如 export:read,registers:read")
        parser.add_argument("--division", default="310000", help="区划代码")
        parser.add_argument("--actor", required=True, help="操作人账号（系统管理员）")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with through("command"):
                credentials = register_machine_client(
                    actor=_found(User, "账号", username=options["actor"]),
                    name=options["name"],
                    role=_found(Role, "角色", code=options["role"]),
                    division=_found(Division, "区划", code=options["division"]),
                    scopes=options["scopes"].replace(",", " ").split(),
                )
        except DomainError as error:
            lines = [error.sentence, *(problem.sentence for problem in error.problems)]
            raise CommandError("\n".join(lines), returncode=REFUSED) from error
        if options["json"]:
            self.stdout.write(json.dumps(credentials._asdict(), ensure_ascii=False))
        else:
            self.stdout.write(f"client_id      {credentials.client_id}\nclient_secret  {credentials.client_secret}")
            self.stdout.write("请立即保存密钥：系统只留有它的散列值。")


def _found(model: Any, words: str, **key: str) -> Any:
    row = model.objects.filter(**key).first()
    if row is None:
        raise CommandError(f"没有{words} {', '.join(key.values())}。", returncode=2)
    return row
